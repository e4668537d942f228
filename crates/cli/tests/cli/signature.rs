//! The line of `signature`, as a shell runs it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use functiongraph_service::testing::PROJECT;

use crate::fake::{Fake, identity, page};
use crate::program::{Fixture, Ran, write_profile};

/// Stands in for curl: writes the words that it was given, a line each.
const CURL: &str = "curl() { printf '%s\\n' \"$@\"; }";

/// The words that a shell makes of a line, in a folder and with variables.
fn words(line: &str, folder: &Path, variables: &[(&str, &str)]) -> Vec<String> {
    let mut shell = Command::new("sh");
    shell
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(variables.iter().copied())
        .current_dir(folder)
        .args(["-c", &format!("{CURL}\n{line}")]);
    let out = Ran::of(shell.output().unwrap()).done();
    out.lines().map(ToOwned::to_owned).collect()
}

/// The values of an option among the words.
fn values<'w>(words: &'w [String], option: &str) -> Vec<&'w str> {
    words
        .windows(2)
        .filter(|pair| pair[0] == option)
        .map(|pair| pair[1].as_str())
        .collect()
}

/// Does what curl would do with its words; the status of the answer.
fn sent(words: &[String]) -> u16 {
    let url = words.last().unwrap().strip_prefix("http://").unwrap();
    let (host, path) = url.split_once('/').unwrap();
    let method = values(words, "-X")[0];
    let body = values(words, "--data-raw").concat();
    let mut text = format!("{method} /{path} HTTP/1.1\r\nconnection: close\r\n");
    let headers = values(words, "-H");
    for header in &headers {
        text.push_str(&format!("{header}\r\n"));
    }
    if !headers.iter().any(|header| header.starts_with("host:")) {
        text.push_str(&format!("host: {host}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_signed_line_holds_no_secret_and_works() {
    let here = Fixture::new();
    let publish = ["signature", "publish", "hello", "-d", "it's $HOME"];
    for arguments in [&publish[..], &["signature", "list", "hello"]] {
        let line = here.run(arguments).done();
        assert!(line.starts_with("curl -sSg -X "), "{line}");
        let access = format!("SDK-HMAC-SHA256 Access={}", here.service.access_key());
        assert!(line.contains(&access), "{line}");
        assert!(!line.contains(here.service.secret_key()), "{line}");
        assert_eq!(sent(&words(&line, here.home.path(), &[])), 200, "{line}");
    }
    let listed = here.run(&["list", "hello"]).done();
    assert!(listed.contains("it's $HOME"), "{listed}");
}

#[test]
fn a_token_is_taken_from_its_variable() {
    let here = Fixture::new();
    let token = ("FUNCTIONGRAPH_TOKEN", here.service.token());
    let mut command = here.command(&["signature", "list", "hello"]);
    let line = Ran::of(command.env(token.0, token.1).output().unwrap()).done();
    assert!(line.contains("$FUNCTIONGRAPH_TOKEN"), "{line}");
    assert!(!line.contains(token.1), "{line}");
    assert_eq!(sent(&words(&line, here.home.path(), &[token])), 200);
    // As the client takes it, white space is left out.
    let spaced = format!(" {}\n", token.1);
    let spaced = (token.0, spaced.as_str());
    let mut command = here.command(&["signature", "list", "hello"]);
    let line = Ran::of(command.env(spaced.0, spaced.1).output().unwrap()).done();
    assert_eq!(sent(&words(&line, here.home.path(), &[spaced])), 200);
    let mut command = here.command(&["signature", "list", "hello", "--reveal"]);
    let line = Ran::of(command.env(token.0, token.1).output().unwrap()).done();
    assert_eq!(sent(&words(&line, here.home.path(), &[])), 200);
}

#[test]
fn a_token_is_taken_from_its_file() {
    let here = Fixture::new();
    for name in ["it's a \"$(token)\"", "-n"] {
        let text = format!(" {}\r\n", here.service.token());
        std::fs::write(here.home.path().join(name), text).unwrap();
        let file = format!("--token-file={name}");
        let mut command = here.command(&["signature", "list", "hello", &file]);
        command.current_dir(here.home.path());
        let line = Ran::of(command.output().unwrap()).done();
        assert!(line.contains("$(tr -d '[:space:]' < '"), "{line}");
        assert!(!line.contains(here.service.token()), "{line}");
        assert_eq!(sent(&words(&line, here.home.path(), &[])), 200, "{line}");
    }
}

#[test]
fn a_token_of_a_login_is_in_no_variable() {
    let here = Fixture::new();
    let identity = identity(here.service.token());
    let sign = |reveal: &[&str]| {
        let mut command = here.anonymous(&["signature", "list", "hello"]);
        command.args(reveal).envs(Fixture::login(&identity));
        Ran::of(command.output().unwrap())
    };
    let ran = sign(&[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for part in ["note: ", "set FUNCTIONGRAPH_TOKEN to it", "--reveal"] {
        assert!(ran.err.contains(part), "{ran:?}");
    }
    assert!(!ran.out.contains(here.service.token()), "{ran:?}");
    let token = ("FUNCTIONGRAPH_TOKEN", here.service.token());
    assert_eq!(sent(&words(&ran.out, here.home.path(), &[token])), 200);
    assert_eq!(sent(&words(&ran.out, here.home.path(), &[])), 401);
    let line = sign(&["--reveal"]).done();
    assert_eq!(sent(&words(&line, here.home.path(), &[])), 200, "{line}");
}

#[test]
fn a_token_of_temporary_keys_is_taken_from_where_it_is() {
    const NAME: &str = "HUAWEICLOUD_SDK_SECURITY_TOKEN";
    let service = Fake::always(page(&[]));
    let home = tempfile::tempdir().unwrap();
    let sign = |variables: &[(&str, &str)], reveal: &[&str]| {
        let mut command = crate::program::functiongraph(home.path());
        command
            .args(["signature", "list", "hello"])
            .args(reveal)
            .env("FUNCTIONGRAPH_ENDPOINT", service.url())
            .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT)
            .envs(variables.iter().copied());
        Ran::of(command.output().unwrap())
    };
    let header = |line: &str, variables: &[(&str, &str)]| {
        let words = words(line, home.path(), variables);
        assert_eq!(sent(&words), 200, "{line}");
        let request = service.requests().pop().unwrap();
        request.header("x-security-token").unwrap().to_owned()
    };
    let token = (NAME, "it's-$ecret");
    let keys = [
        ("HUAWEICLOUD_SDK_AK", "AK"),
        ("HUAWEICLOUD_SDK_SK", "s"),
        token,
    ];
    let line = sign(&keys, &[]).done();
    assert!(!line.contains("$ecret"), "{line}");
    assert_eq!(header(&line, &[token]), token.1);

    let text = format!("[basic]\nak = AK\nsk = s\nsecurity_token = {}\n", token.1);
    write_profile(home.path(), &text);
    let ran = sign(&[], &[]);
    assert!(ran.err.contains(&format!("set {NAME} to it")), "{ran:?}");
    assert!(!ran.out.contains("$ecret"), "{ran:?}");
    assert_eq!(header(&ran.out, &[token]), token.1);
    assert_eq!(header(&sign(&[], &["--reveal"]).done(), &[]), token.1);
    // A pair that is not temporary has none.
    write_profile(home.path(), "[basic]\nak = AK\nsk = s\n");
    assert!(!sign(&[], &[]).done().contains("x-security-token"));
}

#[test]
fn a_line_goes_through_the_proxy_that_is_set() {
    let here = Fixture::new();
    let sign = |proxy: &str| here.run(&["signature", "list", "hello", "--proxy", proxy]);
    let proxy = |line: &str| {
        let words = words(line, here.home.path(), &[]);
        values(&words, "-x").join(" ")
    };
    let line = sign("http://127.0.0.1:1").done();
    assert_eq!(proxy(&line), "http://127.0.0.1:1");
    let line = here.run(&["signature", "list", "hello"]).done();
    assert_eq!(proxy(&line), "");
    let ran = sign("http://user:s3cret@[::1]:1/");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(proxy(&ran.out), "http://[::1]:1");
    assert!(
        ran.err.contains("note: ") && ran.err.contains("--proxy-user"),
        "{ran:?}"
    );
    assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
}
