//! What the commands do.

use std::net::TcpListener;
use std::process::Stdio;

use functiongraph_service::testing::{FUNCTION_URN, PROJECT};

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
fn each_kind_of_failure_has_a_status() {
    let here = Fixture::new();
    here.run(&["publish", "hello", "--version", "v1"]).done();
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = format!("http://{nobody}");
    for (arguments, status, text) in [
        (&["publish", "hello", "--version", "v1"][..], 6, "FSS.1062"),
        (&["publish", "nix"], 5, "FSS.1051"),
        (
            &["list", "nix"],
            5,
            "hint: compare project, package and name",
        ),
        (
            &["publish", "hello", "--version", "-"],
            2,
            "the version's name",
        ),
        (&["publish", "hello", "--version", "latest"], 2, "FSS.1015"),
        (&["list", "a::b"], 2, "package in the function URN is empty"),
        (&["list", "hello", "--project-id", "other"], 4, "FSS.0403"),
        (&["list", "hello", "--region", "CN"], 2, "is no region"),
        (
            &["list", "hello", "--endpoint", &nobody, "--no-retries"],
            9,
            "no connection",
        ),
        (
            &["list", "hello", "--watch", "--output", "json"],
            2,
            "goes on for ever",
        ),
        (&["list"], 2, "FUNCTION"),
        (&["nix"], 2, "nix"),
        (&["man", "nix"], 2, "there is no command"),
        (
            &["list", "hello", "--token-file", "/nowhere"],
            1,
            "token file",
        ),
    ] {
        let ran = here.run(arguments);
        assert_eq!(ran.status, status, "{ran:?}");
        assert!(ran.err.contains(text), "{ran:?}");
        assert_eq!(ran.out, "", "{ran:?}");
        // Answers of the service have an id.
        assert_eq!(
            ran.err.contains("FSS."),
            ran.err.contains("request id"),
            "{ran:?}"
        );
    }
    let wrong = here
        .command(&["list", "hello"])
        .env("HUAWEICLOUD_SDK_SK", "wrong")
        .output();
    let wrong = Ran::of(wrong.unwrap());
    assert_eq!(wrong.status, 3, "{wrong:?}");
}

#[test]
fn a_token_counts_before_keys() {
    let here = Fixture::new();
    let file = here.home.path().join("token");
    std::fs::write(&file, format!("{}\n", here.service.token())).unwrap();
    for (name, value) in [
        ("FUNCTIONGRAPH_TOKEN", here.service.token()),
        ("FUNCTIONGRAPH_TOKEN_FILE", file.to_str().unwrap()),
    ] {
        let mut command = here.command(&["list", "hello"]);
        command.env("HUAWEICLOUD_SDK_SK", "wrong").env(name, value);
        Ran::of(command.output().unwrap()).done();
    }
}

#[test]
fn a_token_file_that_is_typed_counts_before_all() {
    let here = Fixture::new();
    let file = here.home.path().join("token");
    std::fs::write(&file, format!("{}\n", here.service.token())).unwrap();
    let file = file.to_str().unwrap();
    let mut command = here.command(&["list", "hello", "--token-file", file]);
    command.env("FUNCTIONGRAPH_TOKEN", "another");
    Ran::of(command.output().unwrap()).done();
    let mut command = here.command(&["config", "show", "--token-file", file]);
    command.env("FUNCTIONGRAPH_TOKEN", "another");
    let out = Ran::of(command.output().unwrap()).done();
    assert!(out.contains(file), "{out}");
    // A variable's file does not, and white space around a token is none of it.
    let mut command = here.command(&["list", "hello"]);
    command
        .env(
            "FUNCTIONGRAPH_TOKEN",
            format!(" {}\n", here.service.token()),
        )
        .env("FUNCTIONGRAPH_TOKEN_FILE", "/nowhere");
    Ran::of(command.output().unwrap()).done();
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
fn a_curl_line_is_signed_and_holds_no_secret() {
    let here = Fixture::new();
    let out = here
        .run(&["signature", "publish", "hello", "-d", "it's"])
        .done();
    assert!(out.starts_with("curl -sS -X POST "), "{out}");
    let access = format!("SDK-HMAC-SHA256 Access={}", here.service.access_key());
    assert!(out.contains(&access), "{out}");
    assert!(
        out.contains(r#"--data-raw '{"description":"it'\''s"}'"#),
        "{out}"
    );
    assert!(!out.contains(here.service.secret_key()), "{out}");
    let mut command = here.command(&["signature", "list", "hello"]);
    command.env("FUNCTIONGRAPH_TOKEN", here.service.token());
    let out = Ran::of(command.output().unwrap()).done();
    assert!(
        out.contains("-H \"X-Auth-Token: $FUNCTIONGRAPH_TOKEN\""),
        "{out}"
    );
    assert!(!out.contains(here.service.token()), "{out}");
    let mut command = here.command(&["signature", "list", "hello"]);
    command.env("HUAWEICLOUD_SDK_SECURITY_TOKEN", "s3cret");
    let out = Ran::of(command.output().unwrap()).done();
    assert!(
        out.contains("-H \"X-Security-Token: $HUAWEICLOUD_SDK_SECURITY_TOKEN\""),
        "{out}"
    );
    assert!(!out.contains("s3cret"), "{out}");
}

#[test]
fn the_configuration_tells_where_it_came_from() {
    let home = tempfile::tempdir().unwrap();
    let show = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = functiongraph(home.path());
        command
            .envs(variables.iter().copied())
            .args(["config", "show"])
            .args(arguments);
        Ran::of(command.output().unwrap()).done()
    };
    let row = |text: &str, name: &str| -> String {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let text = show(&[], &[]);
    assert_eq!(row(&text, "region"), "region - not set");
    assert_eq!(row(&text, "timeout"), "timeout 120 s default");
    assert!(
        row(&text, "credentials").contains("metadata would be asked"),
        "{text}"
    );
    let text = show(
        &[
            ("FUNCTIONGRAPH_REGION", "cn-north-4"),
            ("HUAWEICLOUD_SDK_AK", "MYKEY"),
            ("HUAWEICLOUD_SDK_SK", "s3cret"),
            ("FUNCTIONGRAPH_PROXY", "http://user:s3cret@proxy:1"),
            ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://user:s3cret@iam"),
        ],
        &["--project-id", "p"],
    );
    assert_eq!(
        row(&text, "region"),
        "region cn-north-4 $FUNCTIONGRAPH_REGION"
    );
    assert_eq!(
        row(&text, "endpoint"),
        "endpoint https://functiongraph.cn-north-4.myhuaweicloud.com the region"
    );
    assert_eq!(row(&text, "project_id"), "project_id p --project-id");
    assert_eq!(row(&text, "proxy"), "proxy …@proxy:1 $FUNCTIONGRAPH_PROXY");
    assert_eq!(
        row(&text, "iam_endpoint"),
        "iam_endpoint …@iam $HUAWEICLOUD_SDK_IAM_ENDPOINT"
    );
    assert!(
        row(&text, "credentials").starts_with("credentials MYKEY, secret key …"),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
    let text = show(&[("FUNCTIONGRAPH_TOKEN", "s3cret")], &[]);
    assert_eq!(
        row(&text, "credentials"),
        "credentials token … $FUNCTIONGRAPH_TOKEN"
    );
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

#[cfg(unix)]
#[test]
fn a_watch_shows_what_appears() {
    use std::io::{BufRead as _, BufReader};

    let here = Fixture::new();
    let mut child = here
        .command(&["list", "hello", "--watch=1", "--output", "jsonl"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["version"], "latest");
    here.run(&["publish", "hello", "--version", "v1"]).done();
    assert_eq!(next()["version"], "v1");
    // The program ends itself once its reader is gone and there is something to write.
    drop(lines);
    here.run(&["publish", "hello", "--version", "v2"]).done();
    assert!(child.wait().unwrap().success());
}
