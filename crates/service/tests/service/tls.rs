//! HTTPS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::cli::{Folder, VENDOR_PROJECT, kill};
use crate::durability::{Daemon, furnish};
use crate::wire::{Answer, Request, exchange_raw, get};

/// Makes a certificate in a folder; answers it.
fn certify(folder: &Folder) -> CertificateDer<'static> {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    folder.write("chain.pem", certified.cert.pem());
    folder.write("key.pem", certified.signing_key.serialize_pem());
    certified.cert.der().clone()
}

/// Sends a request to whoever has this certificate.
async fn send(
    to: SocketAddr,
    trusted: &CertificateDer<'static>,
    request: &Request,
) -> std::io::Result<Answer> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(to).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    stream.write_all(&request.to_bytes()).await?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await?;
    let answer = Answer::parse(&received).unwrap();
    answer.judge(&request.to_bytes());
    Ok(answer)
}

#[cfg(unix)]
#[tokio::test]
async fn https_is_served_and_its_certificate_renewed() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let first = certify(&folder);
    folder.write(
        "f.toml",
        "[tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n[timeouts]\nhead = \"300ms\"\n",
    );
    let config = folder.path().join("f.toml");
    let more = ["--config", config.to_str().unwrap()];
    let mut daemon = Daemon::start(&folder.path().join("store.db"), &more);
    assert_eq!(daemon.scheme, "https");
    let path = format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions");
    let request = get(path).token(&token);
    send(daemon.address, &first, &request)
        .await
        .unwrap()
        .success();

    // Who speaks no TLS, and who speaks not at all, is sent away; others are not held up.
    let plain = exchange_raw(daemon.address, &request.to_bytes()).await;
    assert!(Answer::parse(&plain).is_none(), "{plain:?}");
    assert_eq!(exchange_raw(daemon.address, b"").await, b"");

    // A certificate that cannot be used changes nothing.
    folder.write("key.pem", "gone");
    kill(&daemon, "HUP");
    send(daemon.address, &first, &request)
        .await
        .unwrap()
        .success();
    let second = certify(&folder);
    kill(&daemon, "HUP");
    while send(daemon.address, &second, &request).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(send(daemon.address, &first, &request).await.is_err());
    kill(&daemon, "TERM");
    assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
}
