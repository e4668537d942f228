//! `config show`.

use std::path::Path;

use functiongraph_service::testing::PROJECT;

use crate::fake::{Fake, Nobody, TOKEN, page};
use crate::program::{Ran, functiongraph, write_profile};

fn show(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = functiongraph(home);
    command
        .envs(variables.iter().copied())
        .args(["config", "show"])
        .args(arguments);
    Ran::of(command.output().unwrap())
}

/// The rows of a setting, with one space between their words.
fn rows(text: &str, name: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let of_name = |line: &&str| line.split_whitespace().next() == Some(name);
    text.lines().filter(of_name).map(words).collect()
}

const KEYS: [(&str, &str); 2] = [
    ("HUAWEICLOUD_SDK_AK", "MYKEY"),
    ("HUAWEICLOUD_SDK_SK", "s3cret"),
];
const REGION: (&str, &str) = ("FUNCTIONGRAPH_REGION", "cn-north-4");

#[test]
fn a_machine_without_settings_has_reasons() {
    let home = tempfile::tempdir().unwrap();
    let text = show(home.path(), &[], &[]).done();
    let profile = home.path().join(".huaweicloud").join("credentials");
    for (name, row) in [
        ("region", "region - not set"),
        ("endpoint", "endpoint - not set"),
        ("iam_endpoint", "iam_endpoint - not set"),
        (
            "project_id",
            "project_id - the function's URN has to name it",
        ),
        ("proxy", "proxy - not set"),
        ("timeout", "timeout 120 s default"),
        ("no_retries", "no_retries false default"),
    ] {
        assert_eq!(rows(&text, name), [row], "{text}");
    }
    assert_eq!(
        rows(&text, "credentials"),
        [
            "credentials none the environment: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK are not set".to_owned(),
            format!("credentials none {}: there is no such file", profile.display()),
            "credentials not known before a call the metadata service of the cloud server would be asked".to_owned(),
        ]
    );
    let text = show(home.path(), &[REGION], &[]).done();
    assert_eq!(
        rows(&text, "project_id"),
        ["project_id - the function's URN, else looked up at IAM"]
    );
}

/// An empty variable counts as unset; an empty argument is a mistake.
#[test]
fn empty_variables_are_not_set() {
    let home = tempfile::tempdir().unwrap();
    let plain = show(home.path(), &[REGION], &[]).done();
    let empty = [
        REGION,
        ("FUNCTIONGRAPH_ENDPOINT", ""),
        ("HUAWEICLOUD_SDK_IAM_ENDPOINT", ""),
        ("HUAWEICLOUD_SDK_PROJECT_ID", " "),
        ("FUNCTIONGRAPH_TOKEN_FILE", ""),
        ("FUNCTIONGRAPH_TOKEN", ""),
        ("FUNCTIONGRAPH_PROXY", ""),
    ];
    assert_eq!(show(home.path(), &empty, &[]).done(), plain);
    let typed = show(home.path(), &[], &["--region", ""]);
    assert_ne!(typed.status, 0);
}

#[test]
fn flags_variables_and_the_region_have_values() {
    let home = tempfile::tempdir().unwrap();
    let variables = [
        REGION,
        KEYS[0],
        KEYS[1],
        ("FUNCTIONGRAPH_PROXY", "http://user:s3cret@127.0.0.1:1"),
    ];
    let text = show(home.path(), &variables, &["--project-id", "p"]).done();
    for (name, row) in [
        ("region", "region cn-north-4 $FUNCTIONGRAPH_REGION"),
        (
            "endpoint",
            "endpoint https://functiongraph.cn-north-4.myhuaweicloud.com the region",
        ),
        (
            "iam_endpoint",
            "iam_endpoint https://iam.cn-north-4.myhuaweicloud.com the region",
        ),
        ("project_id", "project_id p --project-id"),
        ("proxy", "proxy … $FUNCTIONGRAPH_PROXY"),
        (
            "credentials",
            "credentials MYKEY, secret key … $HUAWEICLOUD_SDK_AK, $HUAWEICLOUD_SDK_SK",
        ),
    ] {
        assert_eq!(rows(&text, name), [row], "{text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
    let text = show(
        home.path(),
        &[
            REGION,
            ("CLOUD_SDK_AK", "SAMPLE"),
            ("CLOUD_SDK_SK", "s3cret"),
            ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "s3cret"),
            ("HUAWEICLOUD_SDK_IAM_ENDPOINT", "https://iam"),
        ],
        &[],
    )
    .done();
    assert_eq!(
        rows(&text, "credentials"),
        ["credentials SAMPLE, secret key …, security token … $CLOUD_SDK_AK, $CLOUD_SDK_SK"]
    );
    assert_eq!(
        rows(&text, "iam_endpoint"),
        ["iam_endpoint https://iam $HUAWEICLOUD_SDK_IAM_ENDPOINT"]
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn a_profile_tells_what_it_gives() {
    let home = tempfile::tempdir().unwrap();
    let profile = write_profile(
        home.path(),
        &format!(
            "[global]\nak = WIDE\nsk = s3cret\nsecurity_token = s3cret\nproject_id = {PROJECT}\niam_endpoint = https://iam.example\n"
        ),
    );
    let profile = profile.display();
    let text = show(home.path(), &[REGION], &[]).done();
    for (name, row) in [
        (
            "project_id",
            format!(
                "project_id {PROJECT} {profile}; a function's URN that names one counts before it"
            ),
        ),
        (
            "iam_endpoint",
            format!("iam_endpoint https://iam.example {profile}"),
        ),
    ] {
        assert_eq!(rows(&text, name), [row], "{text}");
    }
    let credentials = rows(&text, "credentials");
    assert!(credentials[0].contains("are not set"), "{text}");
    assert_eq!(
        credentials[1],
        format!("credentials WIDE, secret key …, security token … {profile}")
    );
    assert_eq!(credentials.len(), 2, "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    // What is said nearer to the call counts before it.
    let text = show(
        home.path(),
        &[REGION, ("HUAWEICLOUD_SDK_PROJECT_ID", "p")],
        &["--iam-endpoint", "https://other"],
    )
    .done();
    assert_eq!(
        rows(&text, "project_id"),
        ["project_id p $HUAWEICLOUD_SDK_PROJECT_ID"]
    );
    assert_eq!(
        rows(&text, "iam_endpoint"),
        ["iam_endpoint https://other --iam-endpoint"]
    );
}

#[test]
fn tokens_and_logins_are_named_and_not_shown() {
    let home = tempfile::tempdir().unwrap();
    let text = show(
        home.path(),
        &[("FUNCTIONGRAPH_TOKEN", "s3cret"), REGION],
        &[],
    )
    .done();
    assert_eq!(
        rows(&text, "credentials"),
        ["credentials token … $FUNCTIONGRAPH_TOKEN"]
    );
    assert_eq!(
        rows(&text, "project_id"),
        ["project_id - the function's URN has to name it"]
    );
    let login = [
        ("FUNCTIONGRAPH_USER", "user"),
        ("FUNCTIONGRAPH_PASSWORD", "s3cret"),
        ("FUNCTIONGRAPH_DOMAIN", "account"),
        REGION,
    ];
    let text = show(home.path(), &login, &[]).done();
    assert_eq!(
        rows(&text, "credentials"),
        [
            "credentials user of account, password … $FUNCTIONGRAPH_USER, $FUNCTIONGRAPH_PASSWORD, $FUNCTIONGRAPH_DOMAIN"
        ]
    );
    assert_eq!(
        rows(&text, "project_id"),
        ["project_id - the function's URN, else that of the login, the region's"]
    );
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn what_cannot_be_used_is_told_after_everything_else() {
    let home = tempfile::tempdir().unwrap();
    let profile = write_profile(home.path(), "[basic]\nak = a\ns3cret\n");
    let line = format!("{}, line 3", profile.display());
    for (variables, arguments, status, row, message) in [
        (&[REGION][..], &[][..], 3, line.as_str(), line.as_str()),
        (
            &KEYS[..1],
            &[],
            3,
            "HUAWEICLOUD_SDK_SK is not",
            "the environment",
        ),
        (
            &[("FUNCTIONGRAPH_USER", "user"), REGION],
            &[],
            2,
            "not all of them are set",
            "a login needs",
        ),
        (
            &[REGION],
            &["--token-file", "/nowhere"],
            1,
            "the token file /nowhere",
            "the token file /nowhere",
        ),
        (
            &[("FUNCTIONGRAPH_TOKEN", "t"), ("FUNCTIONGRAPH_REGION", "CN")],
            &[],
            2,
            "$FUNCTIONGRAPH_TOKEN",
            "`CN` is no region",
        ),
    ] {
        let ran = show(home.path(), variables, arguments);
        assert_eq!(ran.status, status, "{ran:?}");
        assert_eq!(rows(&ran.out, "timeout"), ["timeout 120 s default"]);
        let last = rows(&ran.out, "credentials").pop().unwrap();
        assert!(last.contains(row), "{ran:?}");
        assert!(ran.err.contains(message), "{ran:?}");
        assert!(
            !ran.out.contains("s3cret") && !ran.err.contains("s3cret"),
            "{ran:?}"
        );
    }
}

#[test]
fn the_proxy_of_the_environment_is_told() {
    let home = tempfile::tempdir().unwrap();
    let plain = ("FUNCTIONGRAPH_ENDPOINT", "http://h");
    for (variables, row) in [
        (
            &[("HTTPS_PROXY", "http://p:1")][..],
            "http://p:1 $HTTPS_PROXY",
        ),
        (&[("https_proxy", "p:1")], "p:1 $https_proxy"),
        (&[("HTTP_PROXY", "http://p:1")], "- not set"),
        (
            &[plain, ("HTTP_PROXY", "http://p:1")],
            "http://p:1 $HTTP_PROXY",
        ),
        (&[plain, ("HTTPS_PROXY", "http://p:1")], "- not set"),
        (
            &[REGION, ("ALL_PROXY", "socks5://p:1")],
            "socks5://p:1 $ALL_PROXY",
        ),
        (&[("HTTPS_PROXY", "http://u:s3cret@p:1")], "… $HTTPS_PROXY"),
        (
            &[("all_proxy", "http://p:1"), ("no_proxy", "a,b")],
            "http://p:1 $all_proxy; hosts of $no_proxy are reached without",
        ),
        (&[("NO_PROXY", "a")], "- not set"),
        (
            &[
                ("HTTPS_PROXY", "http://p:1"),
                ("FUNCTIONGRAPH_PROXY", "http://q:1"),
            ],
            "http://q:1 $FUNCTIONGRAPH_PROXY",
        ),
    ] {
        let text = show(home.path(), variables, &[]).done();
        assert_eq!(rows(&text, "proxy"), [format!("proxy {row}")], "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

/// What is told is what the HTTP client does.
#[test]
fn the_proxy_that_is_told_is_the_one_that_is_used() {
    let home = tempfile::tempdir().unwrap();
    let service = Nobody::new().url();
    let proxy = Fake::always(page(&[]));
    let url = proxy.url();
    let bare = url.strip_prefix("http://").unwrap();
    for (variables, is_used) in [
        (&[("HTTP_PROXY", url.as_str())][..], true),
        (&[("http_proxy", bare)], true),
        (&[("HTTPS_PROXY", &url)], false),
        (&[("ALL_PROXY", &url)], true),
        (&[("HTTP_PROXY", ""), ("http_proxy", &url)], false),
        (&[("HTTP_PROXY", "ftp://h"), ("all_proxy", &url)], true),
        (&[("HTTP_PROXY", "http:// "), ("all_proxy", &url)], true),
        (&[("HTTP_PROXY", &url), ("REQUEST_METHOD", "GET")], false),
    ] {
        let run = |arguments: &[&str]| {
            let mut command = functiongraph(home.path());
            command
                .args(arguments)
                .envs(variables.iter().copied())
                .env("FUNCTIONGRAPH_ENDPOINT", &service)
                .env("FUNCTIONGRAPH_TOKEN", TOKEN)
                .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT);
            Ran::of(command.output().unwrap())
        };
        let shown = rows(&run(&["config", "show"]).done(), "proxy");
        assert_eq!(shown != ["proxy - not set"], is_used, "{shown:?}");
        let listed = run(&["list", "hello", "--no-retries"]);
        assert_eq!(listed.status == 0, is_used, "{variables:?} {listed:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_variable_that_is_no_text_is_a_mistake() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let home = tempfile::tempdir().unwrap();
    let value = OsStr::from_bytes(b"s3cret\xff");
    for name in [
        "FUNCTIONGRAPH_TOKEN",
        "FUNCTIONGRAPH_USER",
        "FUNCTIONGRAPH_PASSWORD",
        "FUNCTIONGRAPH_DOMAIN",
    ] {
        for arguments in [&["config", "show"][..], &["list", "hello"]] {
            let mut command = functiongraph(home.path());
            command.args(arguments).envs([REGION]).env(name, value);
            let ran = Ran::of(command.output().unwrap());
            assert_eq!(ran.status, 2, "{ran:?}");
            assert!(
                ran.err.contains(&format!("{name} is not valid UTF-8")),
                "{ran:?}"
            );
            assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
        }
    }
}
