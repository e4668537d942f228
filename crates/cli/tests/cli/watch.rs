//! `list --watch`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fake::{Act, Fake, Nobody, answer, page};
use crate::program::Fixture;

const WATCH: [&str; 5] = ["list", "hello", "--watch=1", "--output", "jsonl"];

/// How long anything may take that a test waits for.
const LIMIT: Duration = Duration::from_secs(60);

/// A program that watches.
struct Watching {
    child: Child,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Watching {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            out: lines(child.stdout.take().unwrap()),
            err: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    /// The name of the version that is written next.
    fn next(&self) -> String {
        let line: Value = serde_json::from_str(&self.out.recv_timeout(LIMIT).unwrap()).unwrap();
        line["version"].as_str().unwrap().to_owned()
    }

    /// The next line on standard error.
    fn told(&self) -> String {
        self.err.recv_timeout(LIMIT).unwrap()
    }

    fn interrupt(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -INT {id}")])
            .status();
        assert!(sent.unwrap().success());
    }

    /// The exit status, and the lines that nobody has read.
    fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        let status = self.child.wait().unwrap().code();
        (status, self.out.iter().collect(), self.err.iter().collect())
    }
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if sender.send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    receiver
}

fn version(name: &str) -> Value {
    json!({ "version": name })
}

#[test]
fn a_watch_shows_what_appears() {
    let here = Fixture::new();
    let watching = Watching::start(&mut here.command(&WATCH));
    assert_eq!(watching.next(), "latest");
    here.run(&["publish", "hello", "--version", "v1"]).done();
    assert_eq!(watching.next(), "v1");
    watching.interrupt();
    assert_eq!(watching.end(), (Some(0), vec![], vec![]));
}

#[test]
fn a_watch_whose_reader_is_gone_ends_quietly() {
    let here = Fixture::new();
    let mut child = here
        .command(&WATCH)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    // The program notices once there is something to write.
    drop(lines);
    here.run(&["publish", "hello", "--version", "v1"]).done();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_watch_waits_for_what_passes() {
    let home = tempfile::tempdir().unwrap();
    let two = [version("latest"), version("v1")];
    let service = Fake::with(move |count, _| match count {
        0 => page(&two[..1]),
        1 => answer(503, r#"{"error_code": "FSS.0503", "error_msg": "busy"}"#),
        2 => Act::Close,
        3 => page(&two),
        4 => answer(429, "{}"),
        5 => page(&two),
        _ => answer(403, r#"{"error_code": "FSS.0403", "error_msg": "no"}"#),
    });
    let watching = Watching::start(&mut service.command(home.path(), &WATCH));
    assert_eq!(watching.next(), "latest");
    assert!(
        watching
            .told()
            .contains("FSS.0503: busy (request id id-of-503)")
    );
    assert!(watching.told().contains("hint: "));
    assert_eq!(watching.told(), "going on until it passes");
    // Another failure of the same spell is not told again.
    assert_eq!(watching.told(), "the versions can be listed again");
    assert_eq!(watching.next(), "v1");
    assert!(watching.told().contains("429"));
    let (status, out, err) = watching.end();
    assert_eq!(status, Some(4));
    assert_eq!(out, Vec::<String>::new());
    let err = err.join("\n");
    assert!(err.contains("FSS.0403"), "{err}");
    assert_eq!(service.requests().len(), 7);
}

#[test]
fn a_watch_waits_as_long_as_it_is_asked_to() {
    let home = tempfile::tempdir().unwrap();
    let service = Fake::with(|count, _| match count {
        0 => Act::Answer(503, vec![("retry-after", "3".to_owned())], "{}".to_owned()),
        _ => page(&[version("latest")]),
    });
    let began = Instant::now();
    let watching = Watching::start(&mut service.command(home.path(), &WATCH));
    assert_eq!(watching.next(), "latest");
    assert!(began.elapsed() >= Duration::from_secs(3));
    watching.interrupt();
    assert_eq!(watching.end().0, Some(0));
}

#[test]
fn a_watch_may_begin_before_its_service() {
    let home = tempfile::tempdir().unwrap();
    let nobody = Nobody::new();
    let mut command = Fake::always(page(&[])).command(home.path(), &WATCH);
    command.env("FUNCTIONGRAPH_ENDPOINT", nobody.url());
    let watching = Watching::start(&mut command);
    assert!(watching.told().contains("no connection"));
    assert!(watching.told().contains("hint: "));
    assert_eq!(watching.told(), "going on until it passes");
    let all = [version("latest")];
    let service = Fake::on(nobody.listen(), move |_, _| page(&all));
    assert_eq!(watching.told(), "the versions can be listed again");
    assert_eq!(watching.next(), "latest");
    watching.interrupt();
    assert_eq!(watching.end().0, Some(0));
    assert!(!service.requests().is_empty());
}

#[test]
fn a_watch_ends_with_what_does_not_pass() {
    let home = tempfile::tempdir().unwrap();
    for (status, exit) in [(401, 3), (403, 4), (404, 5)] {
        let service = Fake::always(answer(status, "{}"));
        let watching = Watching::start(&mut service.command(home.path(), &WATCH));
        assert_eq!(watching.end().0, Some(exit));
        assert_eq!(service.requests().len(), 1);
    }
    let service = Fake::always(page(&[]));
    let mut command = service.command(home.path(), &WATCH);
    command.env_remove("HUAWEICLOUD_SDK_PROJECT_ID");
    assert_eq!(Watching::start(&mut command).end().0, Some(2));
}

/// The limit is for what is there at first. What appears stands at the end of the list, beyond it.
#[test]
fn a_watch_shows_what_appears_beyond_its_limit() {
    let home = tempfile::tempdir().unwrap();
    // A page for each version: five of them, and with the second round one more.
    let round = std::sync::atomic::AtomicUsize::new(0);
    let service = Fake::with(move |_, request| {
        let marker = request.target.split_once("marker=");
        let marker: usize = marker.map_or(0, |(_, rest)| rest[..1].parse().unwrap());
        let begins = usize::from(marker == 0);
        let round = round.fetch_add(begins, std::sync::atomic::Ordering::SeqCst) + begins;
        let there = if round > 1 { 6 } else { 5 };
        let page =
            json!({ "versions": [version(&format!("v{marker}"))], "next_marker": marker + 1 });
        answer(200, if marker < there { page } else { json!({}) })
    });
    let limit = ["--limit", "2"];
    let mut command = service.command(home.path(), &[&WATCH[..], &limit].concat());
    let watching = Watching::start(&mut command);
    assert_eq!([watching.next(), watching.next()], ["v0", "v1"]);
    assert_eq!(
        watching.told(),
        "there are more than 2 versions: --all lists them"
    );
    assert_eq!(watching.next(), "v5");
    watching.interrupt();
    assert_eq!(watching.end(), (Some(0), vec![], vec![]));
}
