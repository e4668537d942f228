//! What nobody may read.

use std::process::Command;

use functiongraph_service::testing::PROJECT;

use crate::fake::{Fake, answer, identity, page};
use crate::program::{Fixture, PASSWORD, Ran, functiongraph};

/// Every command that does something with the service or the settings.
const COMMANDS: [&[&str]; 8] = [
    &["list", "hello"],
    &["list", "hello", "-o", "jsonl"],
    &["list", "hello", "--dry-run"],
    &["publish", "hello", "--version", "v1"],
    &["publish", "hello", "--dry-run"],
    &["signature", "list", "hello"],
    &["signature", "publish", "hello", "-d", "x"],
    &["config", "show"],
];

#[test]
fn no_command_shows_a_secret() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("token");
    std::fs::write(&file, "token-s3cret\n").unwrap();
    let identity = identity("token-s3cret");
    let profile = crate::program::write_profile(
        home.path(),
        "[basic]\nak = AK\nsk = sk-s3cret\nsecurity_token = sts-s3cret\nregion = left-out\n",
    );
    let pair = |text: (&str, &str)| (text.0.to_owned(), text.1.to_owned());
    let callers: [Vec<(String, String)>; 5] = [
        vec![pair(("FUNCTIONGRAPH_TOKEN", "token-s3cret"))],
        vec![pair(("FUNCTIONGRAPH_TOKEN_FILE", file.to_str().unwrap()))],
        Fixture::login(&identity)
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        vec![
            pair(("HUAWEICLOUD_SDK_AK", "AK")),
            pair(("HUAWEICLOUD_SDK_SK", "sk-s3cret")),
            pair(("HUAWEICLOUD_SDK_SECURITY_TOKEN", "sts-s3cret")),
        ],
        vec![pair((
            "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
            profile.to_str().unwrap(),
        ))],
    ];
    let services = [
        page(&[]),
        answer(401, r#"{"error_code": "FSS.0401", "error_msg": "no"}"#),
    ]
    .map(Fake::always);
    for service in &services {
        // It is the proxy of all calls, too: addresses of proxies hold passwords.
        let proxy = service
            .url()
            .replace("http://", "http://user:proxy-s3cret@");
        for caller in &callers {
            for arguments in COMMANDS {
                let mut command = functiongraph(home.path());
                command
                    .args(arguments)
                    .args(["-vv", "--no-retries"])
                    .envs(caller.iter().cloned())
                    .env("FUNCTIONGRAPH_ENDPOINT", service.url())
                    .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT);
                shows_nothing(&mut command, arguments);
                if caller.iter().all(|(name, _)| name != "FUNCTIONGRAPH_USER") {
                    shows_nothing(command.env("FUNCTIONGRAPH_PROXY", &proxy), arguments);
                }
            }
        }
    }
    // They were all used.
    let seen = services[0].requests();
    for (header, secret) in [
        ("x-auth-token", "token-s3cret"),
        ("x-security-token", "sts-s3cret"),
    ] {
        let is_there = |request: &crate::fake::Request| request.header(header) == Some(secret);
        assert!(seen.iter().any(is_there), "{header}");
    }
    assert!(
        seen.iter()
            .any(|request| request.header("proxy-authorization").is_some())
    );
    assert!(identity.requests()[0].body.contains(PASSWORD));
}

fn shows_nothing(command: &mut Command, arguments: &[&str]) {
    let ran = Ran::of(command.output().unwrap());
    let shown = format!("{}{}", ran.out, ran.err);
    assert!(!shown.contains("s3cret"), "{arguments:?} {shown}");
    // A signature is what `signature` is for; nowhere else, and never in what is told beside it.
    assert!(!ran.err.contains("Signature="), "{arguments:?} {shown}");
    if arguments[0] != "signature" {
        assert!(!ran.out.contains("Signature="), "{arguments:?} {shown}");
    }
}

/// Addresses hold keys in other places than their user information, too.
#[test]
fn no_address_shows_a_secret() {
    let home = tempfile::tempdir().unwrap();
    let profile = "[basic]\nak = AK\nsk = sk\niam_endpoint = ADDRESS\n";
    for address in [
        "http://127.0.0.1:1/?key=s3cret",
        "http://127.0.0.1:1/#s3cret",
        "http://u:s3cret@127.0.0.1:1",
        "127.0.0.1:1?s3cret",
        "u:s3cret@127.0.0.1:1",
    ] {
        crate::program::write_profile(home.path(), &profile.replace("ADDRESS", address));
        for option in ["--endpoint", "--iam-endpoint", "--proxy", "--no-retries"] {
            for arguments in COMMANDS {
                let mut command = functiongraph(home.path());
                command
                    .args(arguments)
                    .env("FUNCTIONGRAPH_ENDPOINT", "http://127.0.0.1:1")
                    .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT)
                    .args(["-vv", "--timeout", "1", option]);
                if option != "--no-retries" {
                    command.args([address, "--no-retries"]);
                }
                shows_nothing(&mut command, arguments);
            }
        }
        let mut command = functiongraph(home.path());
        command
            .args(["config", "show"])
            .env("HTTPS_PROXY", address)
            .env("FUNCTIONGRAPH_REGION", "cn-north-4");
        shows_nothing(&mut command, &["config"]);
    }
}
