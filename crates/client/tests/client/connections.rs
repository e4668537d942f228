//! What is between the client and the server: TLS, proxies, and networks that swallow.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use functiongraph_client::credentials::{AccessKeys, PasswordLogin};
use functiongraph_client::{Client, ClientBuilder, Error, ErrorKind, TimeoutPhase};
use rcgen::CertifiedKey;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::server::{PROJECT, Server, URN, answer, builder};

async fn list(client: &Client) -> Result<u32, Error> {
    let page = client.function(URN).versions().pages().next().await;
    Ok(page.unwrap()?.attempts())
}

async fn service() -> Server {
    Server::doing([answer(200, json!({ "versions": [], "next_marker": 0 }))]).await
}

/// Speaks TLS in front of a server, as `localhost`.
struct Tls {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    /// Connections that came.
    connections: Arc<AtomicUsize>,
}

impl Tls {
    async fn before(server: &Server) -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let to = server.address();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut secure = acceptor.accept(stream).await?;
                    let mut plain = TcpStream::connect(to).await?;
                    tokio::io::copy_bidirectional(&mut secure, &mut plain).await
                });
            }
        });
        Self {
            address,
            certificate: cert.der().clone(),
            connections,
        }
    }

    /// Its address, by a name.
    fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.address.port())
    }

    /// A client of the address that trusts its certificate.
    fn trusting(&self, url: &str) -> ClientBuilder {
        let certificate = reqwest::Certificate::from_der(&self.certificate).unwrap();
        let http = Client::http_builder()
            .tls_certs_only([certificate])
            .no_proxy()
            .build()
            .unwrap();
        builder(url).http(http)
    }
}

#[tokio::test]
async fn https_is_spoken_to_whom_is_trusted() {
    let server = service().await;
    let tls = Tls::before(&server).await;
    let keys = AccessKeys::new("AK", "SK");
    let client = tls.trusting(&tls.url("localhost")).credentials(keys);
    let client = client.build().unwrap();
    list(&client).await.unwrap();
    client.function(URN).publish().send().await.unwrap();
    let host = format!("localhost:{}", tls.address.port());
    for request in server.requests() {
        assert_eq!(request.header("host"), Some(host.as_str()));
    }
    assert_eq!(server.count(), 2);
}

/// What is wrong with a certificate is no better the next time, and nothing is sent before.
#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_an_error_at_once() {
    let server = service().await;
    let tls = Tls::before(&server).await;
    let strange = builder(&tls.url("localhost")).build().unwrap();
    let elsewhere = tls.trusting(&tls.url("127.0.0.1")).build().unwrap();
    for (index, client) in [strange, elsewhere].iter().enumerate() {
        for error in [
            list(client).await.unwrap_err(),
            client.function(URN).publish().send().await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
            assert!(error.is_connect() && !error.is_timeout());
            assert!(!error.is_transient());
            let text = error.to_string();
            assert!(text.contains("no secure connection"), "{text}");
            assert!(text.contains("certificate"), "{text}");
            assert_eq!(error.attempts(), 1);
        }
        assert_eq!(tls.connections.load(Ordering::SeqCst), 2 * (index + 1));
    }
    assert_eq!(server.count(), 0);
}

/// What servers without TLS do when they are greeted with it.
async fn plainly() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(refusal).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_scheme_that_the_port_does_not_speak_is_an_error() {
    let server = service().await;
    let tls = Tls::before(&server).await;
    let plain = builder(&format!("http://{}", tls.address))
        .without_retries()
        .build();
    let secure = builder(&format!("https://{}", plainly().await)).build();
    for client in [plain, secure] {
        let error = list(&client.unwrap()).await.unwrap_err();
        let kind = error.kind();
        assert!(
            matches!(kind, ErrorKind::Connect | ErrorKind::Interrupted),
            "{error}"
        );
        assert_eq!(error.attempts(), 1, "{error}");
    }
}

/// The service, IAM and the lookup of the project, all through the proxy, which logs in as it says.
#[tokio::test]
async fn all_calls_go_through_the_proxy() {
    let proxy = Server::with(|_, request| {
        let target = request.target.as_str();
        let path = target.strip_prefix("http://").unwrap();
        match path.split_once('/').unwrap() {
            ("iam.test", "v3/auth/tokens?nocatalog=true") => {
                let project = json!({ "id": PROJECT });
                let token = json!({ "expires_at": "2100-01-01T00:00:00Z", "project": project });
                answer(201, json!({ "token": token }))
                    .header("x-subject-token", "t0ken")
                    .into()
            }
            ("iam.test", _) => answer(200, json!({ "projects": [{ "id": PROJECT }] })).into(),
            ("functiongraph.test", _) => answer(200, json!({ "versions": [] })).into(),
            _ => answer(404, "").into(),
        }
    })
    .await;
    let at = || {
        Client::builder()
            .endpoint("http://functiongraph.test")
            .iam_endpoint("http://iam.test")
            .region("cn-north-4")
            .proxy(format!("http://user:s3cret@{}", proxy.address()))
    };
    let login = PasswordLogin::new("account", "user", "password");
    for builder in [
        at().credentials(login),
        at().credentials(AccessKeys::new("AK", "SK")),
    ] {
        let client = builder.build().unwrap();
        client
            .function("test")
            .versions()
            .try_collect::<Vec<_>>()
            .await
            .unwrap();
    }
    let requests = proxy.requests();
    assert_eq!(requests.len(), 4);
    for request in &requests {
        // `user:s3cret`, as the proxy is told it and nobody else.
        assert_eq!(
            request.header("proxy-authorization"),
            Some("Basic dXNlcjpzM2NyZXQ=")
        );
    }
    assert_eq!(requests[3].header("host"), Some("functiongraph.test"));
    assert!(requests[3].header("authorization").is_some());
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_apart_from_the_service() {
    let proxy = Server::doing([answer(407, "who are you?")]).await;
    let client = builder("https://functiongraph.test")
        .proxy(proxy.url())
        .build()
        .unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.to_string().contains("no connection"), "{error}");
    let requests = proxy.requests();
    assert_eq!(requests[0].method, "CONNECT");
    assert_eq!(requests[0].target, "functiongraph.test:443");
    // What is for the service only is not told to the proxy.
    assert_eq!(requests[0].header("x-auth-token"), None);
}

/// A connection that is kept, and goes while the second call is on its way. Nobody sends that again
/// beneath this crate.
#[tokio::test]
async fn a_publication_on_a_connection_that_was_kept_is_sent_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                for answers in [true, false] {
                    if stream.read(&mut request).await.unwrap_or_default() == 0 {
                        return;
                    }
                    count.fetch_add(1, Ordering::SeqCst);
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
                    if answers {
                        stream.write_all(answer).await.unwrap();
                    }
                }
            });
        }
    });
    let client = builder(&url).build().unwrap();
    list(&client).await.unwrap();
    let error = client.function(URN).publish().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert_eq!((error.attempts(), seen.load(Ordering::SeqCst)), (1, 2));
}

/// A listener that has as many connections waiting as it takes: others are left without an answer.
async fn swallowing() -> (SocketAddr, Vec<TcpStream>, socket2::Socket) {
    use socket2::{Domain, Socket, Type};

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    let limit = Duration::from_millis(200);
    while let Ok(stream) = tokio::time::timeout(limit, TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
        assert!(waiting.len() < 64, "it takes any number of connections");
    }
    (address, waiting, socket)
}

#[tokio::test]
async fn a_connection_that_does_not_come_to_stand_is_a_time_out_of_its_own() {
    let (address, _waiting, _socket) = swallowing().await;
    let client = builder(&format!("http://{address}"))
        .connect_timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let publish = client.function(URN).publish();
    for error in [
        list(&client).await.unwrap_err(),
        // Nothing was sent, so that a publication without a name may be repeated, too.
        publish.send().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutPhase::Connect));
        assert!(error.is_timeout() && error.is_connect(), "{error}");
        assert!(error.is_transient());
        assert_eq!(error.attempts(), 4, "{error}");
    }
}
