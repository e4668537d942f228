//! What went wrong, as the exit status and standard error tell it.

use crate::fake::{Act, Fake, Nobody, answer};
use crate::program::{Fixture, Ran, functiongraph, write_profile};

#[test]
fn each_kind_of_failure_has_a_status() {
    let here = Fixture::new();
    here.run(&["publish", "hello", "--version", "v1"]).done();
    let nobody = Nobody::new();
    let nobody_url = nobody.url();
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
            &["list", "hello", "--endpoint", &nobody_url, "--no-retries"],
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
fn answers_have_statuses_ids_and_hints() {
    let home = tempfile::tempdir().unwrap();
    let error = |code: &str| format!(r#"{{"error_code": "{code}", "error_msg": "no"}}"#);
    for (status, body, exit, hint) in [
        (400, error("FSS.1015"), 2, None),
        (401, error("FSS.0401"), 3, Some("signatures need a clock")),
        (403, error("FSS.0403"), 4, Some("for another project")),
        (404, error("FSS.1051"), 5, Some("compare project")),
        (404, error("FSS.1052"), 5, None),
        (409, error("FSS.1062"), 6, Some("choose another name")),
        (429, error("FSS.0429"), 7, Some("try again later")),
        (500, error("FSS.0500"), 8, Some("try again later")),
        (
            503,
            "<html>away</html>".to_owned(),
            8,
            Some("try again later"),
        ),
        (
            200,
            "<html>sign in</html>".to_owned(),
            10,
            Some("is the address that"),
        ),
        (307, String::new(), 10, Some("is the address that")),
    ] {
        let service = Fake::always(answer(status, body));
        for arguments in [
            &["list", "hello"][..],
            &["list", "hello", "--output", "jsonl"],
            &["publish", "hello", "--version", "v1"],
        ] {
            let mut command = service.command(home.path(), arguments);
            let ran = Ran::of(command.output().unwrap());
            assert_eq!(ran.status, exit, "{ran:?}");
            assert_eq!(ran.out, "", "{ran:?}");
            assert!(ran.err.starts_with("error: "), "{ran:?}");
            let id = format!("id-of-{status}");
            assert_eq!(ran.err.matches(&id).count(), 1, "{ran:?}");
            assert_eq!(ran.err.contains("hint: "), hint.is_some(), "{ran:?}");
            assert!(ran.err.contains(hint.unwrap_or_default()), "{ran:?}");
        }
    }
}

#[test]
fn a_network_that_fails_has_a_status() {
    let home = tempfile::tempdir().unwrap();
    let breaking = Fake::always(Act::Close);
    let mut command = breaking.command(home.path(), &["list", "hello"]);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.status, 9, "{ran:?}");
    assert!(ran.err.contains("hint: is the address right"), "{ran:?}");
}

#[test]
fn credentials_that_cannot_be_used_have_a_status() {
    let here = Fixture::new();
    write_profile(here.home.path(), "[basic]\nak = a\ns3cret\n");
    let mut command = here.anonymous(&["list", "hello"]);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(
        ran.err.contains("line 3") && ran.err.contains("hint: "),
        "{ran:?}"
    );
    assert!(!ran.err.contains("s3cret"), "{ran:?}");
}

#[test]
fn what_is_missing_is_told_in_flags_and_variables() {
    let home = tempfile::tempdir().unwrap();
    let run = |variables: &[(&str, &str)]| {
        let mut command = functiongraph(home.path());
        command
            .args(["list", "hello"])
            .envs(variables.iter().copied());
        Ran::of(command.output().unwrap())
    };
    let token = ("FUNCTIONGRAPH_TOKEN", "t");
    let endpoint = ("FUNCTIONGRAPH_ENDPOINT", "http://127.0.0.1:1");
    let keys = [("HUAWEICLOUD_SDK_AK", "a"), ("HUAWEICLOUD_SDK_SK", "s")];
    for (variables, parts) in [
        (
            &[token][..],
            &["give --region or --endpoint", "FUNCTIONGRAPH_REGION"][..],
        ),
        (
            &[token, endpoint],
            &["no project is known", "hint: --project-id"],
        ),
        (
            &[keys[0], keys[1], endpoint],
            &["name a project or a region", "hint: --project-id"],
        ),
    ] {
        let ran = run(variables);
        assert_eq!(ran.status, 2, "{ran:?}");
        for part in parts {
            assert!(ran.err.contains(part), "{ran:?}");
        }
        assert!(
            !ran.err.contains("(..)") && !ran.err.contains("(\""),
            "{ran:?}"
        );
    }
}
