//! What went wrong, as the exit status and standard error tell it.

use functiongraph_service::testing::PROJECT;

use crate::fake::{Act, Fake, Nobody, answer, page};
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
        (&["publish", "hello", "--version", "latest"], 11, "FSS.1015"),
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
        (400, error("FSS.1015"), 11, None),
        (400, error("FSS.1016"), 11, None),
        (413, "<html>too large</html>".to_owned(), 11, None),
        (415, error("FSS.0415"), 11, None),
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

/// An identity service can be away or busy as the service can.
#[test]
fn a_login_that_is_not_answered_has_the_status_of_a_call() {
    let here = Fixture::new();
    let run = |url: String| {
        let mut command = here.anonymous(&["list", "hello", "--no-retries"]);
        let login = Fixture::login(&Fake::always(Act::Close));
        command.envs(login).env("HUAWEICLOUD_SDK_IAM_ENDPOINT", url);
        Ran::of(command.output().unwrap())
    };
    for (answered, exit, hint) in [
        (400, 3, "compare FUNCTIONGRAPH_USER"),
        (401, 3, "compare FUNCTIONGRAPH_USER"),
        (429, 7, "try again later"),
        (500, 8, "try again later"),
        (503, 8, "try again later"),
    ] {
        let body = r#"{"error": {"code": "IAM.1", "message": "no"}}"#;
        let ran = run(Fake::always(answer(answered, body)).url());
        assert_eq!(ran.status, exit, "{ran:?}");
        assert!(ran.err.contains(&format!("hint: {hint}")), "{ran:?}");
    }
    let hint = "hint: is the address right";
    for url in [Nobody::new().url(), Fake::always(Act::Close).url()] {
        let ran = run(url);
        assert_eq!(ran.status, 9, "{ran:?}");
        assert!(ran.err.contains(hint), "{ran:?}");
    }
}

#[test]
fn a_long_message_is_told_whole() {
    let home = tempfile::tempdir().unwrap();
    let report = |message: String| {
        let body = serde_json::json!({ "error_code": "FSS.1015", "error_msg": message });
        let service = Fake::always(answer(400, body));
        let mut command = service.command(home.path(), &["list", "hello"]);
        Ran::of(command.output().unwrap()).err
    };
    let text = report(format!("{}\u{1b}[2J\nthe end", "x".repeat(300)));
    let line = format!("message: {} [2J the end", "x".repeat(300));
    assert!(text.lines().any(|told| told == line), "{text}");
    // What the error's own text holds is not repeated.
    assert!(!report("short\nand sweet".to_owned()).contains("message: "));
    let text = report("x".repeat(10_000));
    let line = format!("message: {}…", "x".repeat(4096));
    assert!(text.lines().any(|told| told == line), "{text}");
}

#[test]
fn a_function_of_another_project_tells_who_names_which() {
    let home = tempfile::tempdir().unwrap();
    let urn = "urn:fss:cn-north-4:another:function:default:hello";
    for arguments in [
        &["list", urn][..],
        &["publish", urn],
        &["signature", "list", urn],
        &["signature", "publish", urn],
    ] {
        let service = Fake::always(page(&[]));
        let run = |more: &[&str]| {
            let mut command = service.command(home.path(), arguments);
            Ran::of(command.args(more).output().unwrap())
        };
        let typed = "mine";
        for (more, own) in [
            (
                &[][..],
                format!("$HUAWEICLOUD_SDK_PROJECT_ID the project {PROJECT}"),
            ),
            (
                &["--project-id", typed],
                format!("--project-id the project {typed}"),
            ),
        ] {
            let ran = run(more);
            assert_eq!(ran.status, 2, "{ran:?}");
            for part in [
                "the URN names the project another",
                &own,
                "hint: leave --project-id out and unset HUAWEICLOUD_SDK_PROJECT_ID",
            ] {
                assert!(ran.err.contains(part), "{ran:?}");
            }
        }
        assert_eq!(run(&["--project-id", "another"]).status, 0);
    }
}
