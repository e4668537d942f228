//! The router behind a real socket: what only shows in bytes.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{App, LIMIT, PROJECT, URN, path};

/// Serves the router on a free port of the loopback device.
async fn serve() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, App::new().router).await });
    TcpStream::connect(address).await.unwrap()
}

/// Sends bytes and reads until the server closes or `end` has come.
async fn exchange(stream: &mut TcpStream, bytes: &[u8], end: &str) -> String {
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&answer).contains(end) {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer)).await;
        match read.expect("an answer in time") {
            Ok(0) | Err(_) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8(answer).unwrap()
}

fn head(method: &str, target: &str, headers: &str) -> String {
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {PROJECT}\r\n{headers}\r\n"
    )
}

#[tokio::test]
async fn the_request_line_of_the_list_example_works_verbatim() {
    let example = include_str!("../../../../openapi/examples/s2-list-request.http");
    let line = example.lines().next().unwrap().trim();
    let mut stream = serve().await;
    let request = format!(
        "{line}\r\nHost: localhost\r\nX-Auth-Token: {PROJECT}\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(&mut stream, request.as_bytes(), "\u{0}").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\"next_marker\":2"), "{answer}");
}

#[tokio::test]
async fn a_huge_announced_body_is_refused_at_once() {
    let mut stream = serve().await;
    let request = head(
        "POST",
        &path(URN, ""),
        "Content-Type: application/json\r\nContent-Length: 9000000000000000000\r\nExpect: 100-continue\r\n",
    );
    let answer = exchange(&mut stream, request.as_bytes(), "FSS.0413").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_is_read_to_its_end_or_to_the_limit() {
    let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let mut stream = serve().await;
    let request =
        head("POST", &path(URN, ""), headers) + "1\r\n{\r\n10\r\n\"version\": \"c1\"}\r\n0\r\n\r\n";
    let answer = exchange(&mut stream, request.as_bytes(), "c1").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    let chunk = format!("{:x}\r\n{}\r\n", 1000, " ".repeat(1000));
    let request = head("POST", &path(URN, ""), headers) + &chunk.repeat(LIMIT / 1000 + 1);
    let answer = exchange(&mut stream, request.as_bytes(), "FSS.0413").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_broken_chunk_is_a_bad_request() {
    let mut stream = serve().await;
    let request = head("POST", &path(URN, ""), "Transfer-Encoding: chunked\r\n") + "nonsense\r\n";
    let answer = exchange(&mut stream, request.as_bytes(), "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_method_without_operation_is_refused_before_its_body_arrives() {
    let mut stream = serve().await;
    let request = head("DELETE", &path(URN, ""), "Content-Length: 1000\r\n");
    let answer = exchange(&mut stream, request.as_bytes(), "FSS.0405").await;
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains("\r\nallow: get, head, post\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn head_sends_the_headers_alone() {
    let mut stream = serve().await;
    let get = exchange(
        &mut stream,
        head("GET", &path(URN, ""), "").as_bytes(),
        "next_marker",
    )
    .await;
    let length = get
        .to_lowercase()
        .split("content-length: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap()
        .to_owned();
    let request = head("HEAD", &path(URN, ""), "Connection: close\r\n");
    let answer = exchange(&mut stream, request.as_bytes(), "\u{0}").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains(&format!("content-length: {length}\r\n")),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_goes_away_harms_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, App::new().router).await });
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = head("POST", &path(URN, ""), "Content-Length: 100\r\n") + "{\"version\"";
        stream.write_all(request.as_bytes()).await.unwrap();
        drop(stream);
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = exchange(
        &mut stream,
        head("GET", &path(URN, ""), "").as_bytes(),
        "next_marker",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}
