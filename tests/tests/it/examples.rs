//! The client's examples as they stand there: they go to the region's own addresses, by TLS and
//! through the proxy that the environment names, and there is the service.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;

use functiongraph_service::testing::{FUNCTION_URN, PROJECT, TestService};
use rcgen::CertifiedKey;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;

use crate::client::{identity, service};

const FUNCTIONGRAPH: &str = "functiongraph.cn-north-4.myhuaweicloud.com";
const IAM: &str = "iam.cn-north-4.myhuaweicloud.com";

/// A proxy behind which the region's addresses are servers of the test.
struct Region {
    proxy: SocketAddr,
    /// The certificate that the servers have, and whom programs are to trust.
    certificate: PathBuf,
}

impl Region {
    async fn of(folder: &Path, service: SocketAddr, iam: SocketAddr) -> Self {
        let names = [FUNCTIONGRAPH.to_owned(), IAM.to_owned()];
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = folder.join("region.pem");
        std::fs::write(&certificate, cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(relay(stream, tls.clone(), service, iam));
            }
        });
        Self { proxy, certificate }
    }

    /// Runs an example of the client, with what its own documentation says it needs.
    async fn run(&self, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(built(name));
        command
            .args(arguments)
            .env_clear()
            .env("HTTPS_PROXY", format!("http://{}", self.proxy))
            .env("SSL_CERT_FILE", &self.certificate)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command.output().await.unwrap()
    }
}

/// Lets one connection through to whom it asks for.
async fn relay(
    mut stream: TcpStream,
    tls: TlsAcceptor,
    service: SocketAddr,
    iam: SocketAddr,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head);
    let to = match head.split(' ').nth(1) {
        Some(host) if host == format!("{FUNCTIONGRAPH}:443") => service,
        Some(host) if host == format!("{IAM}:443") => iam,
        _ => return stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await,
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut secure = tls.accept(stream).await?;
    let mut plain = TcpStream::connect(to).await?;
    copy_bidirectional(&mut secure, &mut plain).await.map(drop)
}

/// An example, which is built with the tests.
fn built(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.ancestors().nth(2).unwrap().join("examples");
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is not built: cargo build --workspace --all-features --examples",
        path.display()
    );
    path
}

/// What an example prints when all goes well.
fn printed(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    String::from_utf8(output.stdout).unwrap()
}

async fn region(folder: &Path) -> (Region, TestService) {
    let iam = identity().await;
    let service = service(&iam).await;
    let address = |url: &str| url.strip_prefix("http://").unwrap().parse().unwrap();
    let region = Region::of(folder, address(&service.url()), address(&iam)).await;
    (region, service)
}

// Elsewhere programs trust whom the system does, whatever `SSL_CERT_FILE` says.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_examples_do_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let (region, service) = region(folder.path()).await;
    let keys = [
        ("HUAWEICLOUD_SDK_AK", service.access_key()),
        ("HUAWEICLOUD_SDK_SK", service.secret_key()),
    ];
    let publish = ["cn-north-4", "default:hello", "v1"];
    let published = printed(region.run("publish", &publish, &keys).await);
    let (version, digest) = published.trim_end().split_once(' ').unwrap();
    assert_eq!((version, digest.len()), ("v1", 128));
    let taken = printed(region.run("publish", &publish, &keys).await);
    assert_eq!(taken, "that name is taken\n");

    let listed = printed(region.run("list", &publish[..2], &keys).await);
    let names: Vec<_> = listed
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["latest", "v1"]);

    let login = ["cn-north-4", "Default", "user", "default:hello"];
    let password = [("PASSWORD", "password")];
    let counted = printed(region.run("password_login", &login, &password).await);
    assert_eq!(counted, "2 versions\n");

    let url = service.url();
    let tour = [url.as_str(), PROJECT, FUNCTION_URN];
    let token = [("TOKEN", service.token())];
    // It publishes v1 itself, which is there.
    let output = region.run("tour", &tour, &token).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && errors.contains("FSS.1062"),
        "{errors}"
    );

    printed(region.run("mock", &[], &[]).await);
}

#[tokio::test]
async fn an_example_without_arguments_says_what_it_needs() {
    for name in ["list", "password_login", "publish", "tour"] {
        let output = Command::new(built(name)).output().await.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(errors.contains(&format!("usage: {name} ")), "{errors}");
    }
}
