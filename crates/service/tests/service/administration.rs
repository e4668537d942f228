//! The administrator's commands, on the built binary.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::cli::{Folder, Run, VENDOR_PROJECT};
use crate::durability::{Daemon, functiongraphd, furnish};
use crate::wire::{get, post};

const STORE: [&str; 2] = ["--store", "sqlite:store.db"];

/// Runs a command on the store of a folder.
fn run(folder: &Folder, command: &[&str]) -> Run {
    folder.run(&[command, &STORE].concat())
}

/// What a command lists.
fn list(folder: &Folder, command: &[&str]) -> Vec<Value> {
    let text = run(folder, &[command, &["--format", "json"]].concat()).succeeds();
    serde_json::from_str(&text).unwrap()
}

fn versions() -> String {
    format!("/v2/{VENDOR_PROJECT}/fgs/functions/test/versions")
}

/// A working copy of a function with this name in a project, like the vendor's.
fn copy(project: &str, name: &str) -> Value {
    let mut copy: Value = serde_json::from_str(include_str!("data/s2-version.json")).unwrap();
    copy["func_urn"] = format!("urn:fss:r:{project}:function:default:{name}").into();
    copy["func_name"] = name.into();
    copy
}

#[test]
fn a_folder_is_imported_with_the_code_beside_its_files() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("in/deep")).unwrap();
    let mut with_code = copy("p1", "beside");
    with_code.as_object_mut().unwrap().remove("digest");
    with_code["code_size"] = Value::Null;
    folder.write("in/deep/beside.json", with_code.to_string());
    folder.write("in/deep/beside.zip", b"the code");
    folder.write("in/a.json", copy("p1", "a").to_string());
    folder.write("in/notes.txt", "not a function");
    // A page as the list of a function without versions has it.
    let page = json!({"versions": [copy("p1", "page")], "next_marker": 1, "count": 1});
    folder.write("in/page.json", page.to_string());
    let imported = run(&folder, &["import", "in"]).succeeds();
    let lines: Vec<&str> = imported.lines().collect();
    assert_eq!(
        lines,
        [
            "created p1:default:a (in/a.json)",
            "created p1:default:beside (in/deep/beside.json)",
            "created p1:default:page (in/page.json)",
        ]
    );
    let again = run(&folder, &["import", "in"]).succeeds();
    assert_eq!(again.matches("unchanged").count(), 3);
    let shown = run(
        &folder,
        &["functions", "show", "p1:default:beside", "--format", "json"],
    );
    let shown: Value = serde_json::from_str(&shown.succeeds()).unwrap();
    assert_eq!(shown["code"]["size"], 8);
    assert_eq!(shown["latest"]["code_size"], 8);
    assert_eq!(shown["latest"]["digest"], shown["code"]["sha512"]);
}

#[test]
fn every_problem_of_a_folder_is_told_with_its_place() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path().join("in")).unwrap();
    let mut twice = copy("p1", "twice");
    twice["func_code"] = json!({"file": "Y29kZQ=="});
    twice.as_object_mut().unwrap().remove("digest");
    folder.write("in/twice.json", twice.to_string());
    folder.write("in/twice.code", "code");
    folder.write("in/two.json", copy("p1", "two").to_string());
    folder.write("in/two.zip", "code");
    folder.write("in/two.jar", "code");
    folder.write("in/other.json", copy("p1", "other").to_string());
    folder.write("in/other.zip", "not the code of this digest");
    folder.write("in/empty.json", copy("p1", "empty").to_string());
    folder.write("in/empty.zip", "");
    let mut wrong = copy("p1", "page");
    wrong["timeout"] = 0.into();
    folder.write("in/page.json", json!({"versions": [wrong]}).to_string());
    run(&folder, &["import", "in"]).fails(
        1,
        &[
            "nothing was imported",
            "in/twice.json: /func_code/file: is given, and code lies in in/twice.code too",
            "in/two.json: /func_code: both in/two.zip and in/two.jar lie beside the file",
            "in/other.json: /digest: is not the SHA-512 of the code",
            "in/empty.json: /func_code: in/empty.zip is empty",
            "in/page.json: /versions/0/timeout: ",
        ],
    );
    assert_eq!(list(&folder, &["functions", "list"]), Vec::<Value>::new());
}

#[tokio::test]
async fn functions_are_listed_shown_and_given_other_code() {
    let folder = Folder::new();
    for (project, name) in [("p1", "b"), ("p2", "a"), ("p1", "a"), ("p1", "ab")] {
        folder.write(
            &format!("{project}-{name}.json"),
            copy(project, name).to_string(),
        );
    }
    run(&folder, &["import", "."]).succeeds();
    let names = |command: &[&str]| -> Vec<String> {
        let functions = list(&folder, &[&["functions", "list"], command].concat());
        let name = |function: &Value| {
            format!(
                "{}/{}",
                function["project"].as_str().unwrap(),
                function["name"].as_str().unwrap()
            )
        };
        functions.iter().map(name).collect()
    };
    assert_eq!(names(&[]), ["p1/a", "p1/ab", "p1/b", "p2/a"]);
    assert_eq!(names(&["--project", "p1"]), ["p1/a", "p1/ab", "p1/b"]);
    assert_eq!(names(&["--prefix", "a"]), ["p1/a", "p1/ab", "p2/a"]);
    assert_eq!(names(&["--after", "p1:default:ab"]), ["p1/b", "p2/a"]);
    let some = run(&folder, &["functions", "list", "--limit", "3"]);
    assert_eq!(some.stderr, "there are more: --after p1:default:b\n");
    assert_eq!(
        some.stdout,
        "PROJECT  PACKAGE  NAME  VERSIONS\n\
         p1       default  a     1\n\
         p1       default  ab    1\n\
         p1       default  b     1\n"
    );

    let shown = run(&folder, &["functions", "show", "--project", "p1", "a"]).succeeds();
    assert!(shown.starts_with("function "), "{shown}");
    assert!(shown.contains("latest.handler"), "{shown}");
    folder.write("code.zip", "other code");
    let update = ["functions", "update", "p1:default:a", "--code", "code.zip"];
    assert_eq!(run(&folder, &update).succeeds(), "updated p1:default:a\n");
    assert_eq!(run(&folder, &update).succeeds(), "unchanged p1:default:a\n");
    let shown = run(
        &folder,
        &["functions", "show", "p1:default:a", "--format", "json"],
    );
    let shown: Value = serde_json::from_str(&shown.succeeds()).unwrap();
    assert_eq!(shown["latest"]["code_size"], 10);

    for (command, words) in [
        (
            &["functions", "show", "p1:default:nix"][..],
            "no function p1:default:nix",
        ),
        (
            &[
                "functions",
                "update",
                "p1:default:nix",
                "--code",
                "code.zip",
            ],
            "no function",
        ),
        (
            &["functions", "update", "p1:default:a", "--code", "nix.zip"],
            "nix.zip cannot be read",
        ),
        (
            &["versions", "delete", "p1:default:nix", "v1"],
            "no function",
        ),
        (
            &["versions", "delete", "p1:default:a", "v1"],
            "never had a version v1",
        ),
        (&["token", "revoke", "tk-nix"], "no token tk-nix"),
        (&["key", "revoke", "NIX"], "no access key NIX"),
    ] {
        run(&folder, command).fails(1, &[words]);
    }
    folder.write("empty.zip", "");
    run(
        &folder,
        &["functions", "update", "p1:default:a", "--code", "empty.zip"],
    )
    .fails(1, &["empty.zip is empty"]);
}

#[tokio::test]
async fn a_deleted_version_leaves_its_position_empty() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let daemon = Daemon::start(&folder.path().join("store.db"), &[]);
    for name in ["v1", "v2", "v3"] {
        let publish = post(versions())
            .token(&token)
            .json(json!({"version": name}));
        publish.send(daemon.address).await.success();
    }
    let function = format!("{VENDOR_PROJECT}:default:test");
    let delete = ["versions", "delete", &function, "v2"];
    assert_eq!(
        run(&folder, &delete).succeeds(),
        format!("deleted {function}:v2\n")
    );
    assert_eq!(
        run(&folder, &delete).succeeds(),
        format!("unchanged {function}:v2\n")
    );
    let page = get(format!("{}?marker=2", versions())).token(&token);
    let page = page.send(daemon.address).await.success();
    assert_eq!(page["versions"][0]["version"], "v3");
    assert_eq!(page["next_marker"], 4);
}

#[tokio::test]
async fn tokens_are_listed_expire_and_are_revoked() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let add = [
        "token",
        "add",
        "--project",
        "p1",
        "--role",
        "reader",
        "--expires",
        "90d",
    ];
    run(&folder, &add).succeeds();
    let past = [
        "token",
        "add",
        "--project",
        "p1",
        "--expires",
        "2020-01-01T00:00:00Z",
    ];
    run(&folder, &past).fails(1, &["not in the future"]);
    let tokens = list(&folder, &["token", "list"]);
    assert_eq!(tokens.len(), 2);
    let of_p1 = list(&folder, &["token", "list", "--project", "p1"]);
    assert_eq!(of_p1.len(), 1);
    assert_eq!(of_p1[0]["role"], "reader");
    assert_eq!(of_p1[0]["state"], "valid");
    assert!(of_p1[0]["expires"].is_string());
    let table = run(&folder, &["token", "list"]).succeeds();
    assert!(table.starts_with("ID "), "{table}");
    assert!(!table.contains(&token));

    let daemon = Daemon::start(&folder.path().join("store.db"), &[]);
    let request = get(versions()).token(&token);
    request.send(daemon.address).await.success();
    let own = list(&folder, &["token", "list", "--project", VENDOR_PROJECT]);
    let id = own[0]["id"].as_str().unwrap();
    let revoke = ["token", "revoke", id];
    assert_eq!(run(&folder, &revoke).succeeds(), format!("revoked {id}\n"));
    assert_eq!(
        run(&folder, &revoke).succeeds(),
        format!("unchanged {id}\n")
    );
    request.send(daemon.address).await.error(401, "FSS.0401");
    let own = list(&folder, &["token", "list", "--project", VENDOR_PROJECT]);
    assert_eq!(own[0]["state"], "revoked");
}

#[test]
fn keys_are_given_made_listed_and_revoked() {
    let folder = Folder::new();
    let add = |more: &[&str]| {
        run(
            &folder,
            &[&["key", "add", "--project", "p1"], more].concat(),
        )
    };
    let secret = "a-secret-of-24-characters";
    let given = ["--access", "AK1", "--secret", secret];
    assert_eq!(add(&given).succeeds(), "access AK1\n");
    assert_eq!(add(&given).succeeds(), "access AK1\n");
    add(&[
        "--access",
        "AK1",
        "--secret",
        "another-secret-of-some-length",
    ])
    .fails(1, &["already"]);
    add(&["--access", "AK1", "--secret", "short"]).fails(1, &["16 to 128"]);
    add(&["--access", "A K", "--secret", secret]).fails(1, &["access key"]);
    add(&["--access", "AK2", "--secret-file", "missing"]).fails(1, &["missing"]);
    add(&["--access", "AK2", "--secret-file", "f", "--secret", secret]).fails(2, &["--secret"]);
    folder.write("secret", format!("{secret}\n"));
    assert_eq!(
        add(&["--access", "AK2", "--secret-file", "secret"]).succeeds(),
        "access AK2\n"
    );

    let mut child = functiongraphd()
        .current_dir(folder.path())
        .args([
            "key",
            "add",
            "--project",
            "p1",
            "--access",
            "AK3",
            "--secret-file",
            "-",
        ])
        .args(STORE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(secret.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"access AK3\n");

    let made = add(&["--role", "reader", "--expires", "1d"]).succeeds();
    let (access, made_secret) = made.split_once('\n').unwrap();
    let access = access.strip_prefix("access ").unwrap();
    let made_secret = made_secret.trim_end().strip_prefix("secret ").unwrap();
    assert_eq!((access.len(), made_secret.len()), (20, 40));

    let keys = list(&folder, &["key", "list", "--project", "p1"]);
    assert_eq!(keys.len(), 4);
    let made = keys.iter().find(|key| key["access"] == access).unwrap();
    assert_eq!(
        (&made["role"], &made["state"]),
        (&json!("reader"), &json!("valid"))
    );
    let revoke = ["key", "revoke", "AK1"];
    assert_eq!(run(&folder, &revoke).succeeds(), "revoked AK1\n");
    assert_eq!(run(&folder, &revoke).succeeds(), "unchanged AK1\n");
    let table = run(&folder, &["key", "list"]).succeeds();
    assert!(table.contains("revoked"), "{table}");
    for secret in [secret, made_secret] {
        assert!(!table.contains(secret));
        assert!(!run(&folder, &["audit", "list"]).succeeds().contains(secret));
    }
}

#[tokio::test]
async fn every_change_leaves_a_record() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let daemon = Daemon::start(&folder.path().join("store.db"), &[]);
    let publish = post(versions())
        .token(&token)
        .json(json!({"version": "v1"}));
    let publish = publish.header("X-Request-Id", "the-request");
    publish.send(daemon.address).await.success();
    let function = format!("{VENDOR_PROJECT}:default:test");
    folder.write("code.zip", "code");
    run(
        &folder,
        &["functions", "update", &function, "--code", "code.zip"],
    )
    .succeeds();
    run(&folder, &["versions", "delete", &function, "v1"]).succeeds();
    run(
        &folder,
        &["key", "add", "--project", "p1", "--access", "AK1"],
    )
    .succeeds();
    run(&folder, &["key", "revoke", "AK1"]).succeeds();
    let records = list(&folder, &["audit", "list"]);
    let actions: Vec<&str> = records
        .iter()
        .map(|record| record["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "function.create",
            "token.add",
            "version.publish",
            "function.update-code",
            "version.delete",
            "key.add",
            "key.revoke",
        ]
    );
    let published = &records[2];
    assert_eq!(published["actor"]["kind"], "token");
    assert_eq!(published["request_id"], "the-request");
    assert_eq!(published["project"], VENDOR_PROJECT);
    assert_eq!(records[0]["actor"]["kind"], "administrator");
    let after = records[4]["number"].to_string();
    assert_eq!(
        list(&folder, &["audit", "list", "--after", &after]).len(),
        2
    );
    assert_eq!(
        list(&folder, &["audit", "list", "--project", "p1"]).len(),
        2
    );
    let some = run(&folder, &["audit", "list", "--limit", "2"]);
    assert!(some.stdout.starts_with("NUMBER "), "{}", some.stdout);
    assert!(some.stderr.starts_with("there are more: --after "));
}

/// Whoever reads a list may stop at any time.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = Folder::new();
    furnish(folder.path());
    for command in [
        &["functions", "list"][..],
        &["token", "list"],
        &["audit", "list", "--format", "json"],
        &["config", "print"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = functiongraphd()
            .current_dir(folder.path())
            .args(command)
            .args(STORE)
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert_eq!(output.stderr, b"", "{command:?}");
    }
    // But a token that nobody read is lost, which has to be told.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = functiongraphd()
        .current_dir(folder.path())
        .args(["token", "add", "--project", "p1"])
        .args(STORE)
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[tokio::test]
async fn a_store_is_backed_up_restored_copied_and_checked() {
    let folder = Folder::new();
    let token = furnish(folder.path());
    let daemon = Daemon::start(&folder.path().join("store.db"), &[]);
    let publish = async |name: &str| {
        let request = post(versions())
            .token(&token)
            .json(json!({"version": name}));
        request.send(daemon.address).await.success()
    };
    publish("v1").await;
    // While the service runs.
    let checked = run(&folder, &["store", "check"]).succeeds();
    assert!(checked.contains("published versions  1\n"), "{checked}");
    assert!(checked.ends_with("all is well\n"), "{checked}");
    let backup = run(&folder, &["store", "backup", "backup.db"]).succeeds();
    assert_eq!(backup, "written to backup.db\n");
    run(&folder, &["store", "backup", "backup.db"]).fails(1, &["backup.db exists already"]);
    publish("v2").await;

    let of = |store: &str, command: &[&str]| {
        let url = format!("sqlite:{store}");
        folder.run(&[command, &["--store", &url]].concat())
    };
    let restored = of("restored.db", &["store", "restore", "backup.db"]).succeeds();
    assert!(restored.contains("published versions  1\n"), "{restored}");
    of("restored.db", &["store", "restore", "backup.db"]).fails(1, &["restored.db"]);
    let copied = run(&folder, &["store", "copy", "--to", "sqlite:copied.db"]).succeeds();
    assert!(copied.contains("published versions  2\n"), "{copied}");
    of("copied.db", &["store", "check"]).succeeds();

    let copy = Daemon::start(&folder.path().join("copied.db"), &[]);
    let request = get(versions()).token(&token);
    let page = request.send(daemon.address).await.success();
    assert_eq!(request.send(copy.address).await.success(), page);
    assert_eq!(page["count"], 3);
}

#[test]
fn a_store_is_made_by_migrating_it_and_not_by_looking_at_it() {
    let folder = Folder::new();
    folder.write("notes.txt", "no backup");
    for command in [
        &["functions", "list"][..],
        &["functions", "show", "p:default:f"],
        &["token", "list"],
        &["key", "list"],
        &["audit", "list"],
        &["store", "check"],
        &["store", "backup", "backup.db"],
        &["store", "copy", "--to", "sqlite:other.db"],
    ] {
        run(&folder, command).fails(1, &["no store", "store.db", "store migrate"]);
    }
    let made = |name: &str| folder.path().join(name).exists();
    assert!(!made("store.db") && !made("backup.db") && !made("other.db"));
    let migrated = run(&folder, &["store", "migrate"]).succeeds();
    assert!(
        migrated.starts_with("made sqlite:store.db, format "),
        "{migrated}"
    );
    let migrated = run(&folder, &["store", "migrate"]).succeeds();
    assert!(
        migrated.starts_with("unchanged sqlite:store.db, format "),
        "{migrated}"
    );
    assert_eq!(list(&folder, &["functions", "list"]), Vec::<Value>::new());
    run(&folder, &["store", "restore", "notes.txt"]).fails(1, &["notes.txt"]);
    run(&folder, &["store", "restore", "missing.db"]).fails(1, &["missing.db"]);
    run(&folder, &["store", "copy", "--to", "sqlite:no/folder.db"]).fails(1, &["does not exist"]);
    let secret = "postgres://u:s3cret@h/db?sslmode=prefer";
    let refused = run(&folder, &["store", "copy", "--to", secret]);
    assert!(!refused.stderr.contains("s3cret"), "{}", refused.stderr);
    refused.fails(2, &["--to", "sslmode"]);
}
