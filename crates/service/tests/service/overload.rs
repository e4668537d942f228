//! Too many requests, connections, callers; callers that do not read.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use functiongraph_service::auth::Role;
use functiongraph_service::config::Rate;
use functiongraph_service::testing::{FUNCTION_URN, PROJECT};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::Fixture;
use crate::lifecycle::{head, in_flight, read_answer};
use crate::wire::{Answer, exchange_raw, get};

fn list(token: &str) -> crate::wire::Request {
    get(Fixture::path(FUNCTION_URN)).token(token)
}

/// Sends requests until one is one too many.
async fn until_refused(fixture: &Fixture, token: &str) -> Answer {
    loop {
        let answer = fixture.bare(list(token)).await;
        if answer.status == 429 {
            return answer;
        }
    }
}

#[tokio::test]
async fn a_caller_that_asks_too_often_is_told_when_to_come_back() {
    let one = NonZeroU32::new(1).unwrap();
    let fixture = Fixture::with(|settings| {
        settings.limits.rate = Some(Rate {
            per_second: one,
            burst: one,
        });
    })
    .await;
    let token = fixture.service.token().to_owned();
    let refused = until_refused(&fixture, &token).await;
    let message = refused.error(429, "FSS.0429");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(message.ends_with("try again in 1 second"), "{message}");

    // Somebody else is not held back by it, nor are those who watch.
    let other = fixture
        .service
        .add_token(PROJECT, Role::Reader)
        .await
        .unwrap();
    fixture.bare(list(&other)).await.success();
    fixture.bare(get("/healthz")).await.success();

    // Who has no credential is known by address, and does not hold back who has one.
    let guess = until_refused(&fixture, "a-guess-at-a-token").await;
    guess.error(429, "FSS.0429");
    let third = fixture
        .service
        .add_token(PROJECT, Role::Reader)
        .await
        .unwrap();
    fixture.bare(list(&third)).await.success();

    // What was promised holds.
    tokio::time::sleep(Duration::from_secs(1)).await;
    fixture.bare(list(&token)).await.success();
}

#[tokio::test]
async fn a_caller_is_not_limited_unless_that_is_asked_for() {
    let fixture = Fixture::start().await;
    for _ in 0..200 {
        fixture.bare(list(fixture.service.token())).await.success();
    }
}

#[tokio::test]
async fn requests_that_are_too_many_at_once_are_refused_and_the_others_finished() {
    let fixture = Fixture::with(|settings| settings.limits.requests = 1).await;
    let address = fixture.service.address();
    let token = fixture.service.token().to_owned();
    let mut first = in_flight(address, &head(&token)).await;
    let refused = fixture.bare(list(&token)).await;
    refused.error(503, "FSS.0503");
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Whoever watches over the service still gets through.
    fixture.bare(get("/healthz")).await.success();
    fixture.bare(get("/readyz")).await.success();
    first.write_all(b"{}").await.unwrap();
    read_answer(&mut first).await.success();
    fixture.bare(list(&token)).await.success();
}

#[tokio::test]
async fn connections_that_are_too_many_are_told_so() {
    let fixture = Fixture::with(|settings| settings.limits.connections = 1).await;
    let address = fixture.service.address();
    let token = fixture.service.token().to_owned();
    let first = in_flight(address, &head(&token)).await;
    let refused = fixture.bare(list(&token)).await;
    refused.error(503, "FSS.0503");
    assert_eq!(refused.header("connection"), Some("close"));
    drop(first);
    while fixture.bare(list(&token)).await.status != 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A connection whose answers nobody reads, until the service gives it up.
async fn ask_and_never_read(to: SocketAddr) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
    // More answers than all of the buffers on the way can hold; the rest of the time it only looks
    // whether the connection is still there.
    for _ in 0..5000 {
        if stream.write_all(request).await.is_err() {
            return;
        }
    }
    while stream.write_all(b"x").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_caller_that_does_not_read_is_given_up() {
    let fixture = Fixture::with(|settings| {
        settings.limits.write_timeout = Duration::from_millis(200);
    })
    .await;
    ask_and_never_read(fixture.service.address()).await;
    fixture.list("").await.success();
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let fixture = Fixture::with(|settings| {
        settings.limits.head_timeout = Duration::from_millis(100);
    })
    .await;
    // Before its first request, and after one.
    assert_eq!(exchange_raw(fixture.service.address(), b"").await, b"");
    let mut stream = TcpStream::connect(fixture.service.address()).await.unwrap();
    let request = format!("{}{{}}", head(fixture.service.token()));
    stream.write_all(request.as_bytes()).await.unwrap();
    read_answer(&mut stream).await.success();
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0);
}
