//! Metrics and health, on a listener of their own.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use functiongraph_service::monitoring::METRICS;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::cli::{Folder, VENDOR_PROJECT};
use crate::durability::{Daemon, furnish};
use crate::lifecycle::{in_flight, read_answer};
use crate::wire::{Answer, exchange, exchange_raw, get, post};

fn versions() -> String {
    format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions")
}

async fn scrape(from: SocketAddr) -> String {
    let answer = get("/metrics").send(from).await;
    assert_eq!(answer.status, 200);
    let media_type = answer.header("content-type").unwrap();
    assert!(
        media_type.starts_with("text/plain; version=0.0.4"),
        "{media_type}"
    );
    answer.text().to_owned()
}

/// The value of a time series.
fn value(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|number| number.parse().unwrap())
}

/// All time series, without their values.
fn series(metrics: &str) -> BTreeSet<&str> {
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some(line.rsplit_once(' ')?.0))
        .collect()
}

#[tokio::test]
async fn requests_are_counted_by_operation_and_status() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let more = ["--metrics-listen", "127.0.0.1:0"];
    let daemon = Daemon::start(&folder.path().join("store.db"), &more);
    let monitor = daemon.metrics.unwrap();
    for _ in 0..3 {
        get(versions())
            .token(&token)
            .send(daemon.address)
            .await
            .success();
    }
    post(versions())
        .token(&token)
        .json(json!({}))
        .send(daemon.address)
        .await
        .success();
    get(versions())
        .send(daemon.address)
        .await
        .error(401, "FSS.0401");
    get("/nix")
        .send(daemon.address)
        .await
        .error(404, "FSS.0404");

    let metrics = scrape(monitor).await;
    for (series, count) in [
        (
            "functiongraphd_requests_total{operation=\"list_function_versions\",status=\"200\"}",
            3.0,
        ),
        (
            "functiongraphd_requests_total{operation=\"create_function_version\",status=\"200\"}",
            1.0,
        ),
        (
            "functiongraphd_requests_total{operation=\"list_function_versions\",status=\"401\"}",
            1.0,
        ),
        (
            "functiongraphd_requests_total{operation=\"none\",status=\"404\"}",
            1.0,
        ),
        (
            "functiongraphd_request_seconds_count{operation=\"list_function_versions\"}",
            4.0,
        ),
        (
            "functiongraphd_request_seconds_bucket{operation=\"create_function_version\",le=\"+Inf\"}",
            1.0,
        ),
        ("functiongraphd_requests_in_flight", 0.0),
        ("functiongraphd_store_connections{state=\"busy\"}", 0.0),
        (
            "functiongraphd_store_seconds_count{operation=\"page\"}",
            3.0,
        ),
        ("functiongraphd_requests_shed_total", 0.0),
        ("functiongraphd_requests_rate_limited_total", 0.0),
        ("functiongraphd_connections_refused_total", 0.0),
        (
            concat!(
                "functiongraphd_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"}"
            ),
            1.0,
        ),
    ] {
        assert_eq!(
            value(&metrics, series),
            Some(count),
            "{series} in\n{metrics}"
        );
    }
    // Every metric that there is, is in the list; and every one in the list is documented.
    let readme = include_str!("../../README.md");
    for line in metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
    {
        let (name, kind) = line.split_once(' ').unwrap();
        let known = METRICS.iter().find(|metric| metric.name == name);
        assert_eq!(
            known.map(|metric| metric.kind.as_str()),
            Some(kind),
            "{name}"
        );
    }
    for metric in METRICS {
        assert!(
            readme.contains(&format!("| `{}`", metric.name)),
            "{}",
            metric.name
        );
    }
}

#[tokio::test]
async fn whatever_is_asked_for_the_metrics_do_not_grow() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let more = ["--metrics-listen", "127.0.0.1:0", "--rate", "1000000"];
    let daemon = Daemon::start(&folder.path().join("store.db"), &more);
    let ask = async |number: usize| {
        let path = format!("/v2/p{number}/fgs/functions/f{number}/versions?marker={number}");
        let name = format!("id-{number}");
        for request in [
            get(path).token(&format!("a-token-of-somebody-{number}")),
            get(format!("/{number}")).header("X-Request-Id", name),
            post(versions())
                .token(&token)
                .json(json!({"version": format!("-{number}")})),
        ] {
            request.send(daemon.address).await;
        }
    };
    ask(0).await;
    let monitor = daemon.metrics.unwrap();
    let before = scrape(monitor).await;
    for number in 1..200 {
        ask(number).await;
    }
    let after = scrape(monitor).await;
    assert_eq!(series(&before), series(&after));
    assert_ne!(before, after);
}

#[tokio::test]
async fn health_and_readiness_are_told_apart() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let more = ["--metrics-listen", "127.0.0.1:0"];
    let mut daemon = Daemon::start(&folder.path().join("store.db"), &more);
    let monitor = daemon.metrics.unwrap();
    let status = async |path: &str| get(path).send(monitor).await.status;
    assert_eq!(
        (status("/healthz").await, status("/readyz").await),
        (200, 200)
    );
    assert_eq!((status("/").await, status("/docs").await), (404, 404));
    // Nor is it the API, which the document describes.
    let api = exchange_raw(monitor, &get(versions()).to_bytes()).await;
    assert_eq!(Answer::parse(&api).unwrap().status, 404);
    // Metrics are not the API's, nor the other way round.
    get("/metrics")
        .send(daemon.address)
        .await
        .error(404, "FSS.0404");

    let text = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n",
        versions()
    );
    let mut stuck = in_flight(daemon.address, &text).await;
    let metrics = scrape(monitor).await;
    assert_eq!(
        value(&metrics, "functiongraphd_requests_in_flight"),
        Some(1.0)
    );
    // Those of before are let go of a moment after their answers.
    while value(&scrape(monitor).await, "functiongraphd_connections") != Some(1.0) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    crate::cli::kill(&daemon, "TERM");
    while status("/readyz").await != 503 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(status("/healthz").await, 200);
    let answer: Answer = exchange(
        monitor,
        b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(answer.text(), "shutting down\n");
    stuck.write_all(b"{}").await.unwrap();
    read_answer(&mut stuck).await.success();
    assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_nobody_up() {
    use std::process::Stdio;
    let folder = Folder::new();
    let token = furnish(folder.path());
    let more = [
        "--metrics-listen",
        "127.0.0.1:0",
        "--log",
        "trace",
        "--log-format",
        "json",
    ];
    // The pipe is never read: it is full soon.
    let mut daemon = Daemon::start_with(&folder.path().join("store.db"), &more, Stdio::piped());
    let lost = async || {
        let metrics = scrape(daemon.metrics.unwrap()).await;
        value(&metrics, "functiongraphd_log_lines_lost_total").unwrap_or(0.0)
    };
    let path = format!("/{}", "x".repeat(20_000));
    while lost().await == 0.0 {
        for _ in 0..50 {
            get(&path).send(daemon.address).await.error(404, "FSS.0404");
        }
    }
    get(versions())
        .token(&token)
        .send(daemon.address)
        .await
        .success();
    crate::cli::kill(&daemon, "TERM");
    assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
}
