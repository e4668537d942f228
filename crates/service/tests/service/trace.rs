//! The order of system calls: no answer is written before its commit is on disk.
//!
//! That a killed process loses nothing proves no sync, since the system keeps what was written. So
//! the calls themselves are looked at.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::durability::{Daemon, PATH, furnish};
use crate::wire::post;

/// What happened to the log of the store, and what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// Something was written to the log.
    Written,
    /// The log was synced, and all that was written before is on disk.
    Synced,
    /// An answer 200 was begun.
    Answered,
}

/// Reads a line of the trace. A call that another thread's call interrupts stands on two lines: what
/// counts is the end of a sync, and the beginning of an answer.
fn event(line: &str, syncing: &mut Vec<String>) -> Option<Event> {
    let (thread, call) = line.split_once(' ')?;
    let call = call.trim_start();
    let sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
    let resumed =
        call.starts_with("<... fsync resumed") || call.starts_with("<... fdatasync resumed");
    let log = call.contains("store.db-wal>");
    if sync && log {
        if call.ends_with("<unfinished ...>") {
            syncing.push(thread.to_owned());
            return None;
        }
        assert!(call.ends_with("= 0"), "{line}");
        return Some(Event::Synced);
    }
    if resumed && let Some(place) = syncing.iter().position(|known| known == thread) {
        syncing.remove(place);
        assert!(call.ends_with("= 0"), "{line}");
        return Some(Event::Synced);
    }
    if log && (call.starts_with("pwrite64(") || call.starts_with("write(")) {
        return Some(Event::Written);
    }
    let sends = ["write(", "writev(", "sendto(", "sendmsg("]
        .iter()
        .any(|name| call.starts_with(name));
    (sends && call.contains("HTTP/1.1 200 OK")).then_some(Event::Answered)
}

#[tokio::test]
#[ignore = "needs strace: cargo xtask test --only stores"]
async fn no_answer_is_written_before_its_commit_is_on_disk() {
    const PUBLICATIONS: usize = 20;
    let folder = TempDir::new().unwrap();
    let token = furnish(folder.path());
    let trace = folder.path().join("trace");
    let mut command = Command::new("strace");
    command
        .args(["-f", "-y", "-s", "64", "-o"])
        .arg(&trace)
        .args([
            "-e",
            "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg",
        ])
        .arg(env!("CARGO_BIN_EXE_functiongraphd"));
    let store = format!("sqlite:{}", folder.path().join("store.db").display());
    let mut daemon = Daemon::start_command(
        command,
        &store,
        &["--max-versions", "1000"],
        Stdio::inherit(),
    );
    // One after the other, so that each answer belongs to the commit before it.
    for number in 0..PUBLICATIONS {
        let body = json!({"version": format!("v{number}")});
        let request = post(PATH).token(&token).json(body);
        request.send(daemon.address).await.success();
    }
    // What strace runs ends with it, and it has to write its file first.
    let id = daemon.child.id();
    let service = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    let stopped = Command::new("kill")
        .args(["-TERM", service.trim()])
        .status()
        .unwrap();
    assert!(stopped.success());
    daemon.child.wait().unwrap();

    let events = events(&trace);
    let answers = events
        .iter()
        .filter(|event| **event == Event::Answered)
        .count();
    assert_eq!(answers, PUBLICATIONS, "{events:?}");
    // One thread writes and syncs, so that nothing is written while a sync is under way.
    let (mut written, mut unsynced) = (false, false);
    for event in &events {
        match event {
            Event::Written => (written, unsynced) = (true, true),
            Event::Synced => unsynced = false,
            Event::Answered => {
                assert!(written, "answered before anything was written: {events:?}");
                assert!(!unsynced, "answered before it was on disk: {events:?}");
                // The next answer needs a commit of its own.
                written = false;
            }
        }
    }
}

fn events(trace: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(trace).unwrap();
    let mut syncing = Vec::new();
    text.lines()
        .filter_map(|line| event(line, &mut syncing))
        .collect()
}
