//! What a user who starts from this example gets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use functiongraph_client::{Client, credentials::Token};

const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start() -> (Server, String) {
    let mut child =
        Command::new(env!("CARGO_BIN_EXE_minimal-server")).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let server = Server(child);
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    (server, address)
}

fn client(endpoint: &str, token: &str) -> Client {
    Client::builder()
        .endpoint(endpoint)
        .project_id(PROJECT)
        .credentials(Token::new(token))
        .build()
        .unwrap()
}

#[tokio::test]
async fn it_publishes_and_lists() {
    let (_server, endpoint) = start();
    let caller = client(&endpoint, "secret");
    let function = caller.function("default:test");
    for name in ["v1", "v2", "v3"] {
        let published = function.publish().version(name).send().await.unwrap();
        assert_eq!(published.version, name);
    }
    let taken = function.publish().version("v1").send().await.unwrap_err();
    assert!(taken.is_conflict(), "{taken}");
    let versions: Vec<_> = function.versions().page_size(2).try_collect().await.unwrap();
    let names: Vec<&str> = versions.iter().map(|version| version.version.as_str()).collect();
    assert_eq!(names, ["v1", "v2", "v3"]);
    let stranger = client(&endpoint, "guess");
    let refused = stranger.function("default:test").publish().send().await.unwrap_err();
    assert!(refused.is_unauthorized(), "{refused}");
}

#[test]
fn it_fits_a_screen() {
    let text = include_str!("../src/memory.rs");
    assert!(text.lines().count() < 60, "{} lines", text.lines().count());
}
