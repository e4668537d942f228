//! The command line of the built binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::durability::{Daemon, functiongraphd, furnish};
use crate::lifecycle::{draining, in_flight};
use crate::wire::{get, post};

pub(crate) const VENDOR_PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    /// A working copy like the vendor's, with other fields.
    fn write_copy(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut copy: Value = serde_json::from_str(include_str!("data/s2-version.json")).unwrap();
        change(&mut copy);
        self.write(name, copy.to_string());
    }

    /// Runs a command in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = functiongraphd()
            .current_dir(self.path())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Run::of(output)
    }

    fn import(&self, arguments: &[&str]) -> Run {
        self.run(&[&["import", "--store", "sqlite:store.db"], arguments].concat())
    }
}

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.stderr, "");
        self.stdout
    }

    /// Fails with a code and, on stderr, with all of the words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "");
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {}", self.stderr);
        }
    }
}

#[test]
fn both_examples_of_the_vendor_import_unaltered() {
    for example in [
        include_str!("data/s1-version.json"),
        include_str!("data/s2-version.json"),
    ] {
        let folder = Folder::new();
        folder.write("f.json", example);
        let imported = folder.import(&["f.json"]).succeeds();
        assert_eq!(
            imported,
            format!("created {VENDOR_PROJECT}:default:test (f.json)\n")
        );
        let again = folder.import(&["f.json"]).succeeds();
        assert_eq!(
            again,
            format!("unchanged {VENDOR_PROJECT}:default:test (f.json)\n")
        );
        // White space is not a difference, and --update does not make one.
        let value: Value = serde_json::from_str(example).unwrap();
        folder.write("f.json", value.to_string());
        let again = folder.import(&["--update", "f.json"]).succeeds();
        assert!(again.starts_with("unchanged"), "{again}");
    }
}

#[test]
fn a_function_that_differs_is_replaced_only_on_demand() {
    let folder = Folder::new();
    folder.write("s1.json", include_str!("data/s1-version.json"));
    folder.write("s2.json", include_str!("data/s2-version.json"));
    folder.import(&["s1.json"]).succeeds();
    folder.import(&["s2.json"]).fails(
        1,
        &["s2.json", "/digest", "/last_modified", "/xrole", "--update"],
    );
    folder.write_copy("new.json", |copy| {
        copy["func_urn"] = format!("urn:fss:r:{VENDOR_PROJECT}:function:default:new").into();
        copy["func_name"] = "new".into();
    });
    folder
        .import(&["new.json", "s2.json"])
        .fails(1, &["nothing was imported", "s2.json"]);
    let updated = folder
        .import(&["new.json", "s2.json", "--update"])
        .succeeds();
    assert_eq!(
        updated,
        format!(
            "created {VENDOR_PROJECT}:default:new (new.json)\nupdated {VENDOR_PROJECT}:default:test (s2.json)\n"
        )
    );
}

#[test]
fn every_problem_of_every_file_is_reported_with_its_place() {
    let folder = Folder::new();
    folder.write_copy("good.json", |_| {});
    folder.write_copy("fields.json", |copy| {
        copy["timeout"] = 0.into();
        copy["runtime"] = Value::Null;
        copy["memory_size"] = "128".into();
        copy["version"] = "v1".into();
        copy["package"] = "other".into();
        copy["func_code"] = json!({"file": "!"});
        copy.as_object_mut().unwrap().remove("handler");
    });
    folder.write_copy("urn.json", |copy| copy["func_urn"] = "test".into());
    folder.write_copy("version.json", |copy| {
        copy["func_urn"] = format!("urn:fss:r:{VENDOR_PROJECT}:function:default:test:v1").into();
    });
    folder.write_copy("digest.json", |copy| {
        copy["func_code"] = json!({"file": "Y29kZQ=="})
    });
    folder.write("text.json", "{\"a\": ");
    folder.write("array.json", "[]");
    folder.write("page.json", "{\"versions\": [], \"next_marker\": 1}");
    folder.write("deep.json", "[".repeat(100_000));
    folder.write("binary.json", [0xff, 0xfe, 0x00]);
    folder.write("empty.json", "");
    folder.write_copy("twin.json", |_| {});
    let files = [
        "good.json",
        "fields.json",
        "urn.json",
        "version.json",
        "digest.json",
        "text.json",
        "array.json",
        "page.json",
        "deep.json",
        "binary.json",
        "empty.json",
        "twin.json",
        "missing.json",
        "empty-folder",
    ];
    fs::create_dir(folder.path().join("empty-folder")).unwrap();
    let run = folder.import(&files);
    run.fails(
        1,
        &[
            "nothing was imported",
            "fields.json: /timeout: ",
            "fields.json: /runtime: ",
            "fields.json: /memory_size: ",
            "fields.json: /version: ",
            "fields.json: /package: ",
            "fields.json: /func_code/file: is not base64",
            "fields.json: /handler: is required",
            "urn.json: /func_urn: ",
            "version.json: /func_urn: ",
            "digest.json: /digest: is not the SHA-512 of the code",
            "text.json: the file is not JSON",
            "array.json: the file has to hold one object",
            "page.json: /versions: the file is a page of a list",
            "deep.json: the file is not JSON",
            "binary.json: the file is not JSON",
            "empty.json: the file is not JSON",
            "twin.json: /func_urn: good.json has the same function",
            "missing.json: the file cannot be read",
            "empty-folder: there is no *.json file in this folder",
        ],
    );
    let imported = folder.import(&["good.json"]).succeeds();
    assert!(
        imported.starts_with("created"),
        "all or nothing: {imported}"
    );
}

#[test]
fn code_comes_inline_and_its_digest_is_checked_or_made() {
    let folder = Folder::new();
    folder.write_copy("f.json", |copy| {
        // As tools that break lines write it.
        copy["func_code"] = json!({"file": "Y29k\nZQ==\n", "link": ""});
        let fields = copy.as_object_mut().unwrap();
        fields.remove("digest");
        fields.remove("code_size");
    });
    folder.import(&["f.json"]).succeeds();
    folder.write_copy("f.json", |copy| {
        copy["func_code"] = json!({"file": "Y29kZQ=="});
        copy["digest"] = "x".repeat(128).into();
    });
    folder
        .import(&["--update", "f.json"])
        .fails(1, &["/digest"]);
}

#[test]
fn a_token_is_printed_once_and_only_its_hash_is_kept() {
    let folder = Folder::new();
    let add = |more: &[&str]| {
        folder.run(
            &[
                &[
                    "token",
                    "add",
                    "--store",
                    "sqlite:store.db",
                    "--project",
                    "p1",
                ],
                more,
            ]
            .concat(),
        )
    };
    let made = add(&[]).succeeds();
    assert_eq!(made.lines().count(), 1);
    let made = made.trim();
    assert_ne!(add(&[]).succeeds().trim(), made);
    let chosen = "a-token-of-thirty-two-characters";
    assert_eq!(add(&["--token", chosen]).succeeds(), format!("{chosen}\n"));
    assert_eq!(
        add(&["--token", chosen, "--role", "publisher"]).succeeds(),
        format!("{chosen}\n")
    );
    add(&["--token", chosen, "--role", "reader"]).fails(1, &["already", "publisher"]);
    let short = add(&["--token", "8-chars-"]);
    assert_eq!((short.code, short.stdout.as_str()), (Some(0), "8-chars-\n"));
    assert!(short.stderr.starts_with("warning: "), "{}", short.stderr);
    add(&["--token", "7-chars"]).fails(2, &["at least 8 characters"]);
    let spaced = add(&["--token", "with spaces in it"]);
    assert!(!spaced.stderr.contains("with spaces"), "{}", spaced.stderr);
    spaced.fails(2, &["no spaces"]);
    add(&["--role", "admin"]).fails(2, &["reader", "publisher"]);
    folder
        .run(&[
            "token",
            "add",
            "--store",
            "sqlite:store.db",
            "--project",
            "p/1",
        ])
        .fails(1, &["project"]);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for token in [made, chosen] {
            let found = bytes
                .windows(token.len())
                .any(|window| window == token.as_bytes());
            assert!(!found, "a token in the clear");
        }
    }
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    let folder = Folder::new();
    for (arguments, words) in [
        (&[][..], &["Usage"][..]),
        (&["nix"], &["nix"]),
        (&["serve"], &["--store"]),
        (&["serve", "--store", "sqlite:"], &["sqlite:PATH"]),
        (
            &["serve", "--store", "mysql://h/db"],
            &["supported", "sqlite:PATH", "postgres://USER@HOST/DATABASE"],
        ),
        (
            &["serve", "--store", "postgres://h/db"],
            &["postgres://USER[:PASSWORD]@HOST"],
        ),
        (
            &["serve", "--store", "store.db"],
            &["supported", "sqlite:PATH"],
        ),
        (&["serve", "--store", "sqlite::memory:"], &["memory"]),
        (
            &["serve", "--store", "sqlite:s", "--listen", "nowhere"],
            &["--listen"],
        ),
        (
            &["serve", "--store", "sqlite:s", "--max-versions", "0"],
            &["--max-versions"],
        ),
        (
            &["serve", "--store", "sqlite:s", "--log", "=="],
            &["--log: expects a level or a filter"],
        ),
        (&["serve", "--store", "sqlite:s", "--nix"], &["--nix"]),
        (&["import", "--store", "sqlite:s"], &["FILE|DIR"]),
        (&["token", "add", "--store", "sqlite:s"], &["--project"]),
        (
            &[
                "token",
                "add",
                "--store",
                "sqlite:s",
                "--project",
                "p",
                "--expires",
                "soon",
            ],
            &["--expires", "90d"],
        ),
        (
            &[
                "key",
                "add",
                "--store",
                "sqlite:s",
                "--project",
                "p",
                "--secret",
                "s",
            ],
            &["--access"],
        ),
        (
            &["functions", "show", "--store", "sqlite:s", "hello"],
            &["\"hello\"", "--project"],
        ),
        (
            &[
                "functions",
                "show",
                "--store",
                "sqlite:s",
                "p:default:hello:v1",
            ],
            &["names a version"],
        ),
        (
            &[
                "versions",
                "delete",
                "--store",
                "sqlite:s",
                "a:b:c:d:e",
                "v1",
            ],
            &["a:b:c:d:e"],
        ),
        (
            &["audit", "list", "--store", "sqlite:s", "--limit", "0"],
            &["--limit"],
        ),
    ] {
        folder.run(arguments).fails(2, words);
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "a wrong command made a file"
    );
}

#[test]
fn a_store_that_cannot_be_opened_is_exit_1() {
    let folder = Folder::new();
    folder.write("notes.txt", "Notes. ".repeat(1000));
    folder.write("f.json", include_str!("data/s2-version.json"));
    for (store, words) in [
        (
            "sqlite:missing/store.db",
            &["missing", "does not exist"][..],
        ),
        (
            "sqlite:notes.txt",
            &["notes.txt", "not a functiongraphd store"],
        ),
        ("sqlite:.", &["folder"]),
    ] {
        folder
            .run(&["serve", "--store", store, "--listen", "127.0.0.1:0"])
            .fails(1, words);
        folder
            .run(&["import", "--store", store, "f.json"])
            .fails(1, words);
        folder
            .run(&["token", "add", "--store", store, "--project", "p1"])
            .fails(1, words);
    }
}

#[test]
fn an_address_in_use_is_named() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    folder
        .run(&["serve", "--store", "sqlite:store.db", "--listen", &address])
        .fails(1, &[&address, "--listen"]);
}

#[test]
fn help_and_version_are_told() {
    let folder = Folder::new();
    let version = folder.run(&["--version"]).succeeds();
    assert_eq!(
        version,
        format!("functiongraphd {}\n", env!("CARGO_PKG_VERSION"))
    );
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["import", "--help"],
        &["token", "add", "--help"],
    ] {
        assert!(folder.run(command).succeeds().contains("Usage"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn serving_ends_well_on_signals() {
    for signal in ["INT", "TERM"] {
        let folder = Folder::new();
        let token = furnish(folder.path());
        let store = folder.path().join("store.db");
        let mut daemon = Daemon::start(&store, &[]);
        let path = format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions");
        let published = post(&path).token(&token).json(json!({"version": "v1"}));
        published.send(daemon.address).await.success();
        // An import while the service runs is seen at once.
        folder.write_copy("f.json", |copy| copy["timeout"] = 99.into());
        folder.import(&["--update", "f.json"]).succeeds();
        let page = get(&path)
            .token(&token)
            .send(daemon.address)
            .await
            .success();
        assert_eq!(page["versions"][0]["timeout"], 99);
        assert_eq!(page["versions"][1]["timeout"], 3);

        kill(&daemon, signal);
        assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("store.db"))
            .collect();
        assert_eq!(left, ["store.db"], "the log was not folded in");
    }
}

#[cfg(unix)]
pub(crate) fn kill(daemon: &Daemon, signal: &str) {
    let killed = Command::new("kill")
        .args([format!("-{signal}"), daemon.child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
}

#[cfg(unix)]
#[tokio::test]
async fn a_second_signal_does_not_wait() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let mut daemon = Daemon::start(
        &folder.path().join("store.db"),
        &["--shutdown-timeout", "600"],
    );
    let head = format!(
        "POST /v2/{VENDOR_PROJECT}/fgs/functions/test/versions HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\nContent-Length: 2\r\n\r\n"
    );
    let _stuck = in_flight(daemon.address, &head).await;
    kill(&daemon, "INT");
    draining(daemon.address).await;
    assert!(daemon.child.try_wait().unwrap().is_none());
    kill(&daemon, "INT");
    assert_eq!(daemon.child.wait().unwrap().code(), Some(1));
}

/// Every line about a request has its id, and none has a secret.
#[cfg(unix)]
#[tokio::test]
async fn the_log_has_request_ids_and_no_secrets() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let log = folder.path().join("log");
    let mut daemon = Daemon::start_with(
        &folder.path().join("store.db"),
        &["--log-format", "json", "--log", "trace"],
        fs::File::create(&log).unwrap().into(),
    );
    let path = format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions");
    let secret = "a-secret-in-the-body";
    for (id, request) in [
        (
            "id-1",
            post(&path)
                .token(&token)
                .json(json!({"description": secret})),
        ),
        ("id-2", get(&path).token(&token)),
        ("id-3", get(&path).token("a-wrong-token-of-somebody")),
        ("id-4", get("/nix")),
        ("id-5", post(&path).token(&token).json("{")),
    ] {
        request
            .header("X-Request-Id", id)
            .send(daemon.address)
            .await;
    }
    kill(&daemon, "TERM");
    assert_eq!(daemon.child.wait().unwrap().code(), Some(0));
    let log = fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (id, status, operation, project) in [
        (
            "id-1",
            200,
            Some("create_function_version"),
            Some(VENDOR_PROJECT),
        ),
        (
            "id-2",
            200,
            Some("list_function_versions"),
            Some(VENDOR_PROJECT),
        ),
        ("id-3", 401, Some("list_function_versions"), None),
        ("id-4", 404, None, None),
        (
            "id-5",
            400,
            Some("create_function_version"),
            Some(VENDOR_PROJECT),
        ),
    ] {
        let served: Vec<&Value> = lines
            .iter()
            .filter(|line| line["request_id"] == id && line["message"] == "served")
            .collect();
        assert_eq!(served.len(), 1, "{id}");
        assert_eq!(served[0]["status"], status, "{id}");
        assert_eq!(served[0]["operation"].as_str(), operation, "{id}");
        assert_eq!(served[0]["tenant"].as_str(), project, "{id}");
        let caller = served[0]["caller"].as_str();
        assert_eq!(caller.is_some(), project.is_some(), "{id}");
        assert!(
            caller.is_none_or(|caller| caller.starts_with("tk-")),
            "{id}"
        );
        assert!(served[0]["duration_us"].is_u64());
    }
    for secret in [&token, secret, "a-wrong-token-of-somebody"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}
