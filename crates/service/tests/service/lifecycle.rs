//! Slow callers, shutting down, and a store that fails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use functiongraph_service::auth::{CredentialId, Grant, KeyGrant, Role, TokenHash};
use functiongraph_service::config::Settings;
use functiongraph_service::domain::{FunctionKey, Page, PageRange, Publication};
use functiongraph_service::store::{FunctionId, PublishError, Published, Store, StoreError};
use functiongraph_service::testing::{FUNCTION_URN, PROJECT};
use functiongraph_service::{Service, serve};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::http::Fixture;
use crate::wire::{Answer, exchange, exchange_raw, get, post};

/// The head of a request to publish, whose body of 2 bytes is still to come.
pub(crate) fn head(token: &str) -> String {
    format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n",
        Fixture::path(FUNCTION_URN)
    )
}

/// A request in flight: the service has read its head and waits for its body.
pub(crate) async fn in_flight(to: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let head = head.replacen("\r\n", "\r\nExpect: 100-continue\r\n", 1);
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// Waits until the service refuses requests because it is shutting down.
pub(crate) async fn draining(address: SocketAddr) {
    while get("/readyz").send(address).await.status != 503 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        received.extend_from_slice(&buffer[..count]);
        if let Some(answer) = Answer::parse(&received) {
            let length: usize = answer.header("content-length").unwrap().parse().unwrap();
            if answer.body.len() >= length || count == 0 {
                return answer;
            }
        }
        assert!(
            count > 0,
            "closed: {:?}",
            String::from_utf8_lossy(&received)
        );
    }
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let fixture = Fixture::start().await;
    let mut stream = TcpStream::connect(fixture.service.address()).await.unwrap();
    for _ in 0..3 {
        let text = format!("{}{{}}", head(fixture.service.token()));
        stream.write_all(text.as_bytes()).await.unwrap();
        read_answer(&mut stream).await.success();
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_waited_for_in_vain() {
    let fixture = Fixture::with(|settings| {
        settings.limits.request_timeout = Duration::from_millis(700);
    })
    .await;
    let start = Instant::now();
    let text = format!("{}{{", head(fixture.service.token()));
    let answer = exchange(fixture.service.address(), text.as_bytes()).await;
    answer.error(408, "FSS.0408");
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(start.elapsed() >= Duration::from_millis(700));
    let page = fixture.list("").await.success();
    assert_eq!(page["count"], 1, "half a request published");
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let fixture = Fixture::with(|settings| {
        settings.limits.head_timeout = Duration::from_millis(200);
    })
    .await;
    let received = exchange_raw(fixture.service.address(), b"GET / HTT").await;
    if let Some(answer) = Answer::parse(&received) {
        assert_eq!(answer.status, 408);
    } else {
        assert_eq!(received, b"");
    }
    // Nor does a connection that was used stay for ever.
    let received = exchange_raw(
        fixture.service.address(),
        b"GET /nix HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await;
    assert_eq!(Answer::parse(&received).unwrap().status, 404);
}

#[tokio::test]
async fn what_is_in_flight_at_shutdown_is_finished_and_the_rest_refused() {
    let fixture = Fixture::start().await;
    let address = fixture.service.address();
    let token = fixture.service.token().to_owned();
    let mut idle = TcpStream::connect(address).await.unwrap();
    let text = format!("{}{{}}", head(&token));
    idle.write_all(text.as_bytes()).await.unwrap();
    read_answer(&mut idle).await.success();

    let mut in_flight = in_flight(address, &head(&token)).await;
    let stopping = tokio::spawn(fixture.service.stop());
    draining(address).await;

    // Others are refused, with an answer.
    for request in [
        get(Fixture::path(FUNCTION_URN)).token(&token),
        get("/readyz"),
        get("/nix"),
    ] {
        let answer = request.send(address).await;
        answer.error(503, "FSS.0503");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    // That it is alive is still told, lest somebody kill it.
    assert_eq!(get("/healthz").send(address).await.status, 200);
    // Idle connections are closed.
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap_or(0), 0);
    assert!(!stopping.is_finished());
    in_flight.write_all(b"{}").await.unwrap();
    let version = read_answer(&mut in_flight).await.success();
    assert_eq!(version["version"], "v20261121-120001");
    stopping.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_shutdown_has_an_end() {
    let fixture = Fixture::with(|settings| {
        settings.limits.shutdown_timeout = Duration::from_millis(300);
    })
    .await;
    let address = fixture.service.address();
    let _stuck = in_flight(address, &head(fixture.service.token())).await;
    let start = Instant::now();
    fixture.service.stop().await.unwrap();
    let took = start.elapsed();
    assert!(
        (Duration::from_millis(300)..Duration::from_secs(5)).contains(&took),
        "{took:?}"
    );
}

/// A store that knows a token and a function, and fails at everything else.
struct Broken(StoreError);

impl Store for Broken {
    async fn grant(&self, _: TokenHash, _: Timestamp) -> Result<Option<Grant>, StoreError> {
        Ok(Some(Grant {
            id: CredentialId::new("tk-any"),
            project: PROJECT.into(),
            role: Role::Publisher,
        }))
    }

    async fn key(&self, _: &str, _: Timestamp) -> Result<Option<KeyGrant>, StoreError> {
        Err(self.0.clone())
    }

    async fn note_signature(
        &self,
        _: [u8; 32],
        _: Timestamp,
        _: Timestamp,
    ) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn function(&self, _: &FunctionKey) -> Result<Option<FunctionId>, StoreError> {
        if let StoreError::Closed = self.0 {
            return Err(self.0.clone());
        }
        panic!("the inside of the service");
    }

    async fn has_version(&self, _: FunctionId, _: &str) -> Result<bool, StoreError> {
        Err(self.0.clone())
    }

    async fn page(&self, _: FunctionId, _: PageRange) -> Result<Option<Page>, StoreError> {
        Err(self.0.clone())
    }

    async fn publish(&self, _: FunctionId, _: Publication) -> Result<Published, PublishError> {
        Err(self.0.clone().into())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        Err(self.0.clone())
    }

    async fn close(&self) {}
}

/// Serves a store; answers a failing request's answer, and whether it is ready.
async fn answers_on(error: StoreError) -> (Answer, Answer) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = Service::builder(Arc::new(Broken(error)))
        .settings(Settings::default())
        .build()
        .unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(serve(listener, service, async {
        drop(stopped.await);
    }));
    let answer = post(Fixture::path(FUNCTION_URN))
        .token("any-token")
        .send(address)
        .await;
    assert_eq!(get("/healthz").send(address).await.status, 200);
    let health = get("/readyz").send(address).await;
    drop(stop);
    running.await.unwrap().unwrap();
    (answer, health)
}

#[tokio::test]
async fn a_store_that_is_away_is_a_503() {
    let (answer, health) = answers_on(StoreError::Closed).await;
    answer.error(503, "FSS.0503");
    health.error(503, "FSS.0503");
}

#[tokio::test]
async fn the_unforeseen_is_a_500_and_tells_nothing_of_the_inside() {
    let error = StoreError::Damaged {
        store: "/the/inside".into(),
        reason: "the inside".into(),
    };
    let (answer, health) = answers_on(error).await;
    let message = answer.error(500, "FSS.0500");
    assert!(!message.contains("inside"), "{message}");
    assert!(message.contains("request id"), "{message}");
    assert!(!health.error(503, "FSS.0503").contains("inside"));
}
