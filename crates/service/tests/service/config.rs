//! The configuration: file, environment, flags, and what is wrong with them.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::{Folder, Run, VENDOR_PROJECT};
use crate::durability::{Daemon, functiongraphd, furnish};
use crate::wire::{get, post};

const EXAMPLE: &str = include_str!("../../deploy/functiongraphd.toml");

/// Runs `config print` in a folder with a file `f.toml`.
fn print(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = functiongraphd()
        .current_dir(folder.path())
        .args(["config", "print", "--config", "f.toml"])
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run::of(output)
}

/// Key, value and source of every setting.
fn settings(run: Run) -> Vec<(String, Value, String)> {
    let text = run.succeeds();
    let list: Vec<Value> = serde_json::from_str(&text).unwrap();
    list.iter()
        .map(|setting| {
            let text = |name: &str| setting[name].as_str().unwrap().to_owned();
            (text("key"), setting["value"].clone(), text("source"))
        })
        .collect()
}

fn setting(run: Run, key: &str) -> (Value, String) {
    let all = settings(run);
    let found = all.into_iter().find(|(known, _, _)| known == key);
    let (_, value, source) = found.unwrap_or_else(|| panic!("no {key}"));
    (value, source)
}

fn file(text: &str) -> Folder {
    let folder = Folder::new();
    folder.write("f.toml", text);
    folder
}

#[test]
fn the_example_says_what_the_defaults_are() {
    let example = settings(print(&file(EXAMPLE), &["--format", "json"], &[]));
    let bare = settings(print(&file(""), &["--format", "json"], &[]));
    assert_eq!(example.len(), bare.len());
    for ((key, value, source), (_, default, _)) in example.iter().zip(&bare) {
        assert_eq!(value, default, "{key}");
        assert_eq!(source == "default", value.is_null(), "{key}");
    }
}

#[test]
fn the_example_has_every_setting() {
    let whole: String = EXAMPLE
        .lines()
        // `#name = value` and `#[[name]]` are settings, `# Text` is a comment.
        .map(|line| match line.strip_prefix('#') {
            // There are two ways to give it.
            Some(rest) if rest.starts_with("password =") => line,
            Some(rest) if rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()) => rest,
            _ => line,
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let folder = file(&whole);
    folder.write("iam-password", "a-password\n");
    fs::create_dir(folder.path().join("secrets")).unwrap();
    folder.write("secrets/akexample", "a-secret-of-24-characters\n");
    let all = settings(print(&folder, &["--format", "json"], &[]));
    for (key, _, source) in &all {
        let elsewhere = key == "auth.iam.password";
        assert_eq!(source.starts_with("f.toml:"), !elsewhere, "{key}");
    }
    let keys: Vec<&str> = all.iter().map(|(key, _, _)| key.as_str()).collect();
    assert!(keys.contains(&"keys[0].secret_file") && keys.contains(&"tokens[0].expires"));
}

#[test]
fn secrets_are_masked() {
    let folder = file(concat!(
        "[auth.iam]\nurl = \"http://127.0.0.1:5000\"\nuser = \"u\"\nproject = \"p\"\n",
        "[[keys]]\naccess = \"AK1\"\nsecret = \"secret-of-the-file\"\nproject = \"p1\"\n",
        "security_token = \"secret-token\"\n",
    ));
    let environment = [("FUNCTIONGRAPHD_IAM_PASSWORD", "secret-of-the-environment")];
    for format in ["toml", "json"] {
        let printed = print(&folder, &["--format", format], &environment).succeeds();
        assert!(!printed.contains("secret-"), "{printed}");
        assert_eq!(printed.matches("\"***\"").count(), 3, "{printed}");
        assert!(printed.contains("FUNCTIONGRAPHD_IAM_PASSWORD"), "{printed}");
    }
    // Nor are they on the command line, or in what is said of a wrong one.
    let help = folder.run(&["serve", "--help"]).succeeds();
    assert!(!help.contains("--iam-password <"), "{help}");
    let wrong = file("[auth.iam]\npassword = 12345678\n");
    let run = print(&wrong, &[], &[]);
    assert!(!run.stderr.contains("12345678"), "{}", run.stderr);
    run.fails(
        2,
        &["f.toml:2:12: auth.iam.password: expects a password, not a number"],
    );
}

#[test]
fn what_is_wrong_with_credentials_is_told() {
    let folder = file(concat!(
        "[auth.iam]\n",
        "url = \"http://127.0.0.1:5000\"\n",
        "password = \"x\"\n",
        "password_file = \"missing\"\n",
        "publisher_roles = \"admin\"\n",
        "[[keys]]\n",
        "acces = \"AK1\"\n",
        "secret_file = \"missing\"\n",
        "project = \"p1\"\n",
        "role = \"admin\"\n",
        "[[keys]]\n",
        "access = \"AK2\"\n",
        "project = \"p1\"\n",
        "[[tokens]]\n",
        "name = \"ci\"\n",
        "sha256 = \"the token itself\"\n",
        "project = \"p1\"\n",
        "expires = \"soon\"\n",
    ));
    let run = print(&folder, &[], &[]);
    assert!(!run.stderr.contains("the token itself"), "{}", run.stderr);
    run.fails(
        2,
        &[
            "f.toml:2:7: auth.iam.url: auth.iam.user has to be given too",
            "f.toml:2:7: auth.iam.url: auth.iam.project has to be given too",
            "f.toml:4:17: auth.iam.password_file: auth.iam.password is given too; leave one",
            "f.toml:5:19: auth.iam.publisher_roles: expects a list of names of roles, not a text",
            "f.toml:6:1: keys[0]: access is missing",
            "f.toml:7:1: keys[0].acces: this key is not known; did you mean access?",
            "f.toml:6:1: keys[0]: secret_file: missing cannot be read",
            "f.toml:10:8: keys[0].role: expects publisher or reader",
            "f.toml:11:1: keys[1]: secret is missing, or secret_file",
            "f.toml:16:10: tokens[0].sha256: expects the token's SHA-256, 64 hexadecimal digits",
            "f.toml:18:11: tokens[0].expires: expects a time",
        ],
    );
    let twice = "[[keys]]\naccess = \"AK\"\nsecret = \"s\"\nproject = \"p\"\n".repeat(2);
    folder.write("f.toml", twice);
    let serve = [
        "serve",
        "--config",
        "f.toml",
        "--store",
        "sqlite:s",
        "--listen",
        "127.0.0.1:0",
    ];
    folder
        .run(&serve)
        .fails(2, &["the access key AK is configured twice"]);
    let token = format!(
        "[[tokens]]\nname = \"NAME\"\nsha256 = \"{}\"\nproject = \"p\"\n",
        "0".repeat(64)
    );
    let twice = [token.replace("NAME", "one"), token.replace("NAME", "two")].concat();
    folder.write("f.toml", twice);
    folder.run(&serve).fails(2, &["one and two", "the same"]);
}

#[tokio::test]
async fn credentials_of_the_configuration_let_in() {
    let folder = Folder::new();
    furnish(folder.path());
    let token = "a-token-of-the-configuration-32-c";
    // printf %s … | sha256sum
    let sha256 = "abcde50daa935dc4f972586628b26e2352c5b0066322eeb708ac5c04532dcde7";
    folder.write("secret", "a-secret-of-24-characters\n");
    let expired = "0".repeat(64);
    folder.write(
        "f.toml",
        format!(
            "[[tokens]]\nname = \"ci\"\nsha256 = \"{sha256}\"\nproject = \"{VENDOR_PROJECT}\"\nrole = \"reader\"\n\
             [[tokens]]\nname = \"old\"\nsha256 = \"{expired}\"\nproject = \"p\"\nexpires = \"2020-01-01T00:00:00Z\"\n\
             [[keys]]\naccess = \"AK1\"\nsecret_file = \"secret\"\nproject = \"{VENDOR_PROJECT}\"\n"
        ),
    );
    let config = folder.path().join("f.toml");
    let more = ["--config", config.to_str().unwrap()];
    let daemon = Daemon::start(&folder.path().join("store.db"), &more);
    let path = format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions");
    get(&path).token(token).send(daemon.address).await.success();
    let publish = post(&path).json("{}");
    let by_reader = publish.clone().token(token).send(daemon.address).await;
    by_reader.error(403, "FSS.0403");
    get(&path)
        .token("another-token-of-the-same-length-")
        .send(daemon.address)
        .await
        .error(401, "FSS.0401");

    let secret = functiongraph_signing::SecretKey::new("a-secret-of-24-characters");
    let signer = functiongraph_signing::Signer::new("AK1", secret).unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let now =
        functiongraph_signing::SigningTime::from_unix(now.as_secs().try_into().unwrap()).unwrap();
    publish
        .signed(&signer, now)
        .send(daemon.address)
        .await
        .success();
    let audit = folder
        .run(&["audit", "list", "--store", "sqlite:store.db"])
        .succeeds();
    assert!(audit.contains("key AK1"), "{audit}");
}

#[test]
fn a_flag_precedes_the_environment_that_the_file_that_the_default() {
    let folder = file("[limits]\nmax_body = 3000\n");
    let json = ["--format", "json"];
    let with_flag = ["--format", "json", "--max-body", "5000"];
    let environment = [("FUNCTIONGRAPHD_MAX_BODY", "4000")];
    let of = |run| setting(run, "limits.max_body");
    let expect = |value: u64, source: &str| (Value::from(value), source.to_owned());
    assert_eq!(
        of(print(&folder, &with_flag, &environment)),
        expect(5000, "--max-body")
    );
    assert_eq!(
        of(print(&folder, &json, &environment)),
        expect(4000, "FUNCTIONGRAPHD_MAX_BODY")
    );
    assert_eq!(of(print(&folder, &json, &[])), expect(3000, "f.toml:2:12"));
    assert_eq!(
        of(print(&folder, &json, &[("FUNCTIONGRAPHD_MAX_BODY", "")])),
        expect(3000, "f.toml:2:12")
    );
    let bare = file("");
    assert_eq!(of(print(&bare, &json, &[])), expect(1_048_576, "default"));
}

#[test]
fn the_file_may_be_named_in_the_environment() {
    let folder = file("listen = \"127.0.0.1:81\"\n");
    let output = functiongraphd()
        .current_dir(folder.path())
        .args(["config", "print", "--format", "json"])
        .env("FUNCTIONGRAPHD_CONFIG", "f.toml")
        .output()
        .unwrap();
    let listen = setting(Run::of(output), "listen");
    assert_eq!(listen, ("127.0.0.1:81".into(), "f.toml:1:10".into()));
}

#[test]
fn what_is_printed_is_a_file_that_means_the_same() {
    let folder = file("[limits]\nrate = 7\n[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    let flags = [
        "--refuse-unchanged",
        "--head-timeout",
        "90",
        "--store",
        "sqlite:s.db",
    ];
    let printed = print(&folder, &flags, &[]).succeeds();
    for line in [
        "store = \"sqlite:s.db\"",
        "refuse_unchanged = true",
        "head = \"1m 30s\"",
        "rate = 7",
        "# burst =",
    ] {
        assert!(printed.contains(line), "no {line} in:\n{printed}");
    }
    let again = file(&printed);
    let values = |run| -> Vec<(String, Value)> {
        let all = settings(run).into_iter();
        all.map(|(key, value, _)| (key, value)).collect()
    };
    let flags = [&flags[..], &["--format", "json"]].concat();
    assert_eq!(
        values(print(&again, &["--format", "json"], &[])),
        values(print(&folder, &flags, &[]))
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_place() {
    let folder = file(concat!(
        "lisen = \"127.0.0.1:80\"\n",
        "max_body = 5000\n",
        "\n",
        "[limits]\n",
        "max_body = \"a lot\"\n",
        "max_headers = 4\n",
        "max_requests = 1.5\n",
        "  burst_ = 5\n",
        "[timeout]\n",
        "head = 5\n",
        "[timeouts]\n",
        "head = \"soon\"\n",
        "request = true\n",
        "[rules]\n",
        "refuse_unchanged = \"yes\"\n",
        "[tls]\n",
        "key = \"k.pem\"\n",
    ));
    let environment = [("FUNCTIONGRAPHD_LISTEN", "everywhere")];
    print(&folder, &["--max-versions", "none"], &environment).fails(
        2,
        &[
            "f.toml:1:1: lisen: this key is not known; did you mean listen?",
            "f.toml:2:1: max_body: this key is not known; did you mean limits.max_body?",
            "f.toml:5:12: limits.max_body: expects a whole number from 1024 to 4294967295, not a text",
            "f.toml:6:15: limits.max_headers: expects a whole number from 8 to 512",
            "f.toml:7:16: limits.max_requests: expects a whole number from 1 to 1000000, not a number with a fraction",
            "f.toml:8:3: limits.burst_: this key is not known; did you mean limits.burst?",
            "f.toml:9:2: timeout: this key is not known",
            "f.toml:12:8: timeouts.head: expects a time from 10ms to 1h",
            "f.toml:13:11: timeouts.request: expects a time",
            "f.toml:15:20: rules.refuse_unchanged: expects true or false, not a text",
            "f.toml:17:7: tls.key: tls.certificate has to be given too",
            "FUNCTIONGRAPHD_LISTEN: expects an address and a port",
            "--max-versions: expects a whole number from 1 to 4294967295",
        ],
    );
    let sections = file("limits = 5\nlisten.port = 80\n");
    print(&sections, &[], &[]).fails(
        2,
        &[
            "f.toml:1:1: limits: expects a table, [limits]",
            "f.toml:2:1: listen: expects an address and a port, such as 127.0.0.1:8080, not a table",
        ],
    );
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_nothing_is_begun() {
    let folder = Folder::new();
    folder.write("syntax.toml", "listen = \n");
    folder.write(
        "twice.toml",
        "listen = \"127.0.0.1:80\"\nlisten = \"127.0.0.1:81\"\n",
    );
    folder.write("binary.toml", [0xff, 0xfe]);
    folder.write("typo.toml", "lisen = \"127.0.0.1:80\"\n");
    for (config, words) in [
        ("missing.toml", &["missing.toml cannot be read"][..]),
        (".", &[". cannot be read"]),
        ("syntax.toml", &["syntax.toml:1:", "not TOML"]),
        ("twice.toml", &["twice.toml:2:1", "not TOML"]),
        ("binary.toml", &["binary.toml cannot be read"]),
        (
            "typo.toml",
            &["typo.toml:1:1: lisen", "did you mean listen?"],
        ),
    ] {
        for command in [
            &["serve"][..],
            &["token", "add", "--project", "p1"],
            &["import", "f.json"],
            &["config", "print"],
        ] {
            let more = ["--config", config];
            let run = folder.run(&[command, &more].concat());
            run.fails(2, words);
        }
        let serve = ["serve", "--config", config, "--store", "sqlite:made.db"];
        folder.run(&serve).fails(2, words);
    }
    assert!(!folder.path().join("made.db").exists());
}

#[test]
fn the_store_may_be_named_in_the_file() {
    let folder = file("store = \"sqlite:from-the-file.db\"\n");
    folder
        .run(&["token", "add", "--config", "f.toml", "--project", "p1"])
        .succeeds();
    assert!(folder.path().join("from-the-file.db").exists());
    for command in [&["serve"][..], &["token", "add", "--project", "p1"]] {
        folder
            .run(command)
            .fails(2, &["--store", "FUNCTIONGRAPHD_STORE", "sqlite:PATH"]);
    }
}

#[test]
fn listeners_and_certificates_that_cannot_be_used_are_named() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let serve = |more: &[&str]| {
        let command = [
            "serve",
            "--store",
            "sqlite:store.db",
            "--listen",
            "127.0.0.1:0",
        ];
        folder.run(&[&command, more].concat())
    };
    serve(&["--metrics-listen", &address]).fails(1, &[&address, "--metrics-listen"]);

    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    folder.write("chain.pem", certified.cert.pem());
    folder.write("key.pem", certified.signing_key.serialize_pem());
    folder.write("other.pem", other.signing_key.serialize_pem());
    folder.write("notes.txt", "no certificate, and no key");
    folder.write(
        "broken.pem",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    );
    for (certificate, key, words) in [
        (
            "chain.pem",
            "missing.pem",
            &["private key missing.pem cannot be read"][..],
        ),
        (
            "missing.pem",
            "key.pem",
            &["certificate missing.pem cannot be read"],
        ),
        (".", "key.pem", &["certificate . cannot be read"]),
        (
            "chain.pem",
            "notes.txt",
            &["notes.txt has no private key in PEM form"],
        ),
        (
            "notes.txt",
            "key.pem",
            &["notes.txt has no certificate in PEM form"],
        ),
        (
            "broken.pem",
            "key.pem",
            &["certificate broken.pem cannot be read"],
        ),
        (
            "chain.pem",
            "other.pem",
            &["chain.pem", "other.pem", "cannot be used together"],
        ),
    ] {
        serve(&["--tls-certificate", certificate, "--tls-key", key]).fails(1, words);
    }
    assert!(fs::metadata(folder.path().join("store.db")).is_err());
}
