//! Where the program finds who calls.

use functiongraph_service::testing::PROJECT;

use crate::fake::{Fake, answer, identity};
use crate::program::{Fixture, PASSWORD, Ran, write_profile};

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
fn a_file_that_holds_no_token_is_not_cut_to_one() {
    let here = Fixture::new();
    let file = here.home.path().join("large");
    std::fs::write(&file, "x".repeat(64 * 1024 + 1)).unwrap();
    let ran = here.run(&["list", "hello", "--token-file", file.to_str().unwrap()]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.err.contains("larger than 65536 bytes"), "{ran:?}");
}

#[test]
fn a_user_can_log_in() {
    let here = Fixture::new();
    let identity = identity(here.service.token());
    let list = |home: Option<&str>| {
        let mut command = here.anonymous(&["list", "hello"]);
        command.envs(Fixture::login(&identity));
        if let Some(variable) = home {
            command.env_remove(variable);
        }
        Ran::of(command.output().unwrap())
    };
    let out = list(None).done();
    assert!(out.contains("latest"), "{out}");
    let requests = identity.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].target, "/v3/auth/tokens?nocatalog=true");
    let body: serde_json::Value = serde_json::from_str(&requests[0].body).unwrap();
    let login = &body["auth"]["identity"]["password"]["user"];
    assert_eq!(login["name"], "user");
    assert_eq!(login["password"], PASSWORD);
    assert_eq!(login["domain"]["name"], "account");
    assert_eq!(body["auth"]["scope"]["project"]["id"], PROJECT);
    // What is missing is told in the words of the command line.
    for (variable, text) in [
        ("FUNCTIONGRAPH_DOMAIN", "not all of them are set"),
        (
            "HUAWEICLOUD_SDK_IAM_ENDPOINT",
            "give --region, or --iam-endpoint and --project-id",
        ),
    ] {
        let ran = list(Some(variable));
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.err.contains(text), "{ran:?}");
    }
    assert_eq!(identity.requests().len(), 1);
}

#[test]
fn a_login_that_is_refused_says_why() {
    let here = Fixture::new();
    let refusal = r#"{"error": {"code": "IAM.1", "message": "The password is wrong."}}"#;
    let identity = Fake::always(answer(401, refusal));
    let mut command = here.anonymous(&["list", "hello"]);
    let ran = Ran::of(command.envs(Fixture::login(&identity)).output().unwrap());
    assert_eq!(ran.status, 3, "{ran:?}");
    for part in [
        "The password is wrong.",
        "request id id-of-401",
        "hint: compare FUNCTIONGRAPH_USER",
    ] {
        assert!(ran.err.contains(part), "{ran:?}");
    }
}

#[test]
fn the_profile_of_the_home_is_read() {
    let here = Fixture::new();
    let keys = format!(
        "ak = {}\nsk = {}\n",
        here.service.access_key(),
        here.service.secret_key()
    );
    for section in [
        format!("[basic]\n{keys}project_id = {PROJECT}\n"),
        format!("[global]\n{keys}domain_id = d\nproject_id = {PROJECT}\n"),
    ] {
        write_profile(here.home.path(), &section);
        let mut command = here.anonymous(&["list", "hello"]);
        let out = Ran::of(command.output().unwrap()).done();
        assert!(out.contains("latest"), "{out}");
    }
    // Another file that a variable names counts before it.
    let mut command = here.anonymous(&["list", "hello"]);
    command.env("HUAWEICLOUD_SDK_CREDENTIALS_FILE", "/nowhere");
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.err.contains("/nowhere"), "{ran:?}");
}
