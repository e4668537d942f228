//! What the commands do.

use std::process::Stdio;

use functiongraph_service::testing::{FUNCTION_URN, PROJECT};

use crate::fake::{Fake, identity, page};
use crate::program::{Fixture, Ran, functiongraph};

#[test]
fn versions_are_published_and_listed() {
    let here = Fixture::new();
    let out = here
        .run(&[
            "publish",
            FUNCTION_URN,
            "--version",
            "v1",
            "-d",
            "first\u{1b}[31m",
        ])
        .done();
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.len(), 2, "{out}");
    assert!(lines[0].starts_with("VERSION"), "{out}");
    assert!(
        lines[1].starts_with("v1 ") && lines[1].ends_with("first\\u{1b}[31m"),
        "{out}"
    );
    for name in ["v2", "v3"] {
        here.run(&["publish", "hello", "--version", name, "-o", "json"])
            .done();
    }

    let out = here
        .run(&["list", "default:hello", "--all", "--page-size", "1"])
        .done();
    let names: Vec<_> = out
        .lines()
        .skip(1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["latest", "v1", "v2", "v3"]);

    // The same versions in every form.
    let json = here.run(&["list", "hello", "--output", "json"]).done();
    let jsonl = here.run(&["list", "hello", "--output", "jsonl"]).done();
    let yaml = here.run(&["list", "hello", "--output", "yaml"]).done();
    let all: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let lines: Vec<serde_json::Value> = jsonl
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(all, lines);
    assert_eq!(all[1]["version_description"], "first\u{1b}[31m");
    assert_eq!(yaml.matches("func_urn:").count(), 4, "{yaml}");

    for format in ["table", "json", "yaml", "jsonl"] {
        let ran = here.run(&["list", "hello", "--limit", "2", "--output", format]);
        assert_eq!(ran.status, 0);
        assert_eq!(
            ran.err,
            "there are more than 2 versions: --all lists them\n"
        );
        assert!(
            ran.out.contains("v1") && !ran.out.contains("v2"),
            "{}",
            ran.out
        );
    }
}

#[test]
fn nothing_is_sent_when_nothing_is_to_be() {
    let here = Fixture::new();
    let out = here
        .run(&["publish", FUNCTION_URN, "--version", "v1", "--dry-run"])
        .done();
    assert!(
        out.starts_with(&format!("POST {}/v2/{PROJECT}/", here.watch.url())),
        "{out}"
    );
    assert!(
        out.contains("\nauthorization: …\n") && out.contains("{\"version\":\"v1\"}"),
        "{out}"
    );
    let out = here
        .run(&["list", "hello", "--page-size", "7", "--dry-run"])
        .done();
    assert!(out.contains("versions?maxitems=7\n"), "{out}");
    let out = here.run(&["list", "hello"]).done();
    assert_eq!(out.lines().count(), 2, "{out}");
}

#[test]
fn a_reader_may_leave_early() {
    let here = Fixture::new();
    let mut child = here
        .command(&["list", "hello", "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
}

#[test]
fn verbose_tells_calls_without_secrets() {
    let here = Fixture::new();
    let ran = here.run(&["list", "hello", "-v"]);
    assert_eq!(ran.status, 0);
    assert!(
        ran.err
            .contains("functiongraph.call{operation=\"list_function_versions\""),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains(here.service.secret_key()) && !ran.err.contains("Signature="));
    // Not a terminal: no colours.
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
}

#[test]
fn what_nobody_hears_does_no_harm() {
    let here = Fixture::new();
    let mut child = here
        .command(&["list", "hello", "-vv", "--output", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("latest"), "{ran:?}");
}

#[test]
fn a_dry_run_logs_in_and_sends_no_call() {
    let home = tempfile::tempdir().unwrap();
    let identity = identity("token-s3cret");
    let service = Fake::always(page(&[]));
    for (count, call) in [&["publish", "hello"], &["list", "hello"]]
        .iter()
        .enumerate()
    {
        let mut command = functiongraph(home.path());
        command
            .args(*call)
            .arg("--dry-run")
            .env("FUNCTIONGRAPH_ENDPOINT", service.url())
            .envs(Fixture::login(&identity));
        let out = Ran::of(command.output().unwrap()).done();
        assert!(out.contains("x-auth-token: …"), "{out}");
        assert_eq!(identity.requests().len(), count + 1);
        assert!(service.requests().is_empty());
    }
}
