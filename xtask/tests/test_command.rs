//! `cargo xtask test` as a user meets it, on a small project of its own: what is counted with the
//! test runner that is installed here, the last line, the exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::disallowed_methods,
    reason = "the files of a test have no reader meanwhile"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const TESTS: &str = "//! Adds.

/// Adds one.
///
/// ```
/// assert_eq!(small::add(1), 2);
/// ```
pub fn add(n: u32) -> u32 {
    n + 1
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::add(1), 2);
    }

    #[test]
    #[ignore = \"takes an hour\"]
    fn adds_slowly() {}
}
";

/// A workspace with one crate, and the folder in which xtask would lie.
fn project(code: &str) -> TempDir {
    let project = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = project.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"small\"]\n",
    );
    put(
        "small/Cargo.toml",
        "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    put("small/src/lib.rs", code);
    put("xtask/README.md", "");
    put(".gitignore", "/target\n");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for (program, arguments) in [
        (cargo, ["generate-lockfile", "--offline"]),
        ("git".into(), ["init", "--quiet"]),
    ] {
        let status = Command::new(program)
            .args(arguments)
            .current_dir(project.path())
            .status()
            .unwrap();
        assert!(status.success());
    }
    project
}

fn test(project: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("test")
        .args(arguments)
        .current_dir(project)
        .env("CARGO_MANIFEST_DIR", project.join("xtask"))
        .env("CARGO_TARGET_DIR", project.join("target"))
        .env("CI", "true")
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn last_line(output: &Output) -> String {
    text(output).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn tests_are_counted_and_what_is_left_out_is_named() {
    let project = project(TESTS);
    let output = test(
        project.path(),
        &[
            "--only",
            "format",
            "--only",
            "snapshots",
            "--only",
            "doc-tests",
            "--only",
            "working-tree",
        ],
    );
    // rustfmt, one test, waiting and unused snapshots, one example, no changed file.
    assert_eq!(
        last_line(&output),
        "6 passed, 0 failed, 1 skipped",
        "{output:?}"
    );
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).contains("tests::adds_slowly"), "{output:?}");
}

#[test]
fn a_failing_test_is_counted_and_named() {
    let project = project(&TESTS.replace(
        "fn adds() {\n        assert_eq!(super::add(1), 2)",
        "fn adds() {\n        assert_eq!(super::add(1), 3)",
    ));
    fs::write(project.path().join("left.snap"), "").unwrap();
    let output = test(project.path(), &["--only", "snapshots"]);
    // Without all tests, unused snapshots can't be told.
    assert_eq!(
        last_line(&output),
        "1 passed, 1 failed, 2 skipped",
        "{output:?}"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output).contains("cargo xtask test --only tests"),
        "{output:?}"
    );
}

#[test]
fn code_that_does_not_compile_is_a_failure() {
    let project = project("//! Broken.\n\nfn\n");
    let output = test(project.path(), &["--only", "tests"]);
    assert_eq!(last_line(&output), "0 passed, 1 failed", "{output:?}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_snapshot_without_a_test_and_one_that_waits_are_failures() {
    let project = project(TESTS);
    fs::write(project.path().join("small/src/left.snap"), "").unwrap();
    fs::write(project.path().join("small/src/new.snap.new"), "").unwrap();
    let output = test(project.path(), &["--only", "snapshots"]);
    assert_eq!(
        last_line(&output),
        "1 passed, 2 failed, 1 skipped",
        "{output:?}"
    );
    let text = text(&output);
    assert!(
        text.contains("left.snap is used by no test: delete it"),
        "{text}"
    );
    assert!(text.contains("new.snap.new waits for review"), "{text}");
}

/// A test that does with a snapshot what insta does, as far as commands can tell.
const SNAPSHOTS: &str = "//! Compares.

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    macro_rules! assert_snapshot {
        ($text:expr) => {{
            let path = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/src/snapshots/one.snap\");
            if let Ok(list) = std::env::var(\"INSTA_SNAPSHOT_REFERENCES_FILE\") {
                let mut options = std::fs::OpenOptions::new();
                let mut list = options.create(true).append(true).open(list).unwrap();
                writeln!(list, \"{path}\").unwrap();
            }
            if std::env::var(\"INSTA_UPDATE\").is_ok_and(|update| update == \"always\") {
                std::fs::write(path, $text).unwrap();
            }
            assert_eq!(std::fs::read_to_string(path).unwrap(), $text);
        }};
    }

    #[test]
    fn it_is_as_accepted() {
        assert_snapshot!(\"new\\n\");
    }
}
";

fn accept(project: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("accept")
        .current_dir(project)
        .env("CARGO_MANIFEST_DIR", project.join("xtask"))
        .env("CARGO_TARGET_DIR", project.join("target"))
        .output()
        .unwrap()
}

#[test]
fn accepting_writes_snapshots_removes_unused_ones_and_lists_both() {
    let project = project(SNAPSHOTS);
    let folder = project.path().join("small/src/snapshots");
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in [
        ("one.snap", "old\n"),
        ("one.snap.new", "new\n"),
        ("left.snap", "left\n"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    let output = accept(project.path());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        text(&output),
        "removed   small/src/snapshots/left.snap  -1\n\
         changed   small/src/snapshots/one.snap  +1 -1\n\
         1 snapshot, 2 changed; read them as the effect of your change, and commit them with it\n"
    );
    let names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names, ["one.snap"]);
    let output = accept(project.path());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output), "1 snapshot, 0 changed\n");
}

#[test]
fn what_does_not_come_out_the_same_twice_is_not_accepted() {
    let project =
        project(&SNAPSHOTS.replace("(\"new\\n\")", "(format!(\"{}\", std::process::id()))"));
    let folder = project.path().join("small/src/snapshots");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("left.snap"), "left\n").unwrap();
    let output = accept(project.path());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("do not pass with the snapshots"), "{said}");
    assert!(folder.join("left.snap").exists());
}

#[test]
fn quick_names_what_it_leaves_out() {
    let project = project(TESTS);
    let output = test(project.path(), &["--quick", "--only", "openapi"]);
    assert_eq!(
        last_line(&output),
        "0 passed, 0 failed, 1 skipped",
        "{output:?}"
    );
    assert!(text(&output).contains("openapi: skipped: needs Python and Node.js"));
}

#[test]
fn an_unknown_step_is_refused_and_the_list_names_the_known() {
    let project = project(TESTS);
    let output = test(project.path(), &["--only", "everything"]);
    assert_eq!(output.status.code(), Some(2));
    let output = test(project.path(), &["--list"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).starts_with("format  "), "{output:?}");
}
