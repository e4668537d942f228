//! What the commands say: their help, and what `check` says of files that do not match.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

fn xtask() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.env_remove("COLUMNS");
    command
}

/// The help of a command and of all commands below it.
fn help(command: &[&str]) -> String {
    let output = xtask().args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = [&["cargo", "xtask"], command, &["--help"]]
        .concat()
        .join(" ");
    let mut all = format!("$ {line}\n{text}\n");
    for below in commands(&text) {
        all.push_str(&help(&[command, &[below]].concat()));
    }
    all
}

/// The commands that a help lists.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let (_, list) = help.split_once("\nCommands:\n").unwrap_or_default();
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
}

fn accepted(name: &str, text: &str) {
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn xtask_explains_itself() {
    accepted("help", &help(&[]));
}

/// A document small enough to stay as it is, whatever becomes of the project's own.
const CLOCK: &str = r##"openapi: 3.0.3
info:
  title: Clock
  version: "1"
paths:
  /time:
    get:
      operationId: read_time
      tags: [clock]
      responses:
        "200":
          description: The time.
          content:
            application/json:
              schema:
                $ref: "#/components/schemas/Time"
  /zones/{name}:
    get:
      operationId: read_zone
      tags: [clock]
      parameters:
        - name: name
          in: path
          required: true
          schema:
            $ref: "#/components/schemas/ZoneName"
      responses:
        "204":
          description: There is such a zone.
        "400":
          description: That is no name.
components:
  schemas:
    Time:
      type: object
      required: [seconds]
      properties:
        seconds:
          type: integer
          format: int64
        scale:
          $ref: "#/components/schemas/Scale"
    Scale:
      type: string
      enum: [UTC, TAI]
    ZoneName:
      type: string
      maxLength: 32
"##;

/// What the pages of the documentation need beside it: the words of the other language.
const OVERLAY: &str = r#"overlay: 1.0.0
info:
  title: Clock, in Chinese
  version: "1"
actions:
  - target: $.info
    update:
      title: 时钟
"#;

/// A project with this document and everything that is generated from it.
fn project() -> TempDir {
    let project = TempDir::new().unwrap();
    fs::create_dir_all(project.path().join("openapi/overlays")).unwrap();
    fs::create_dir_all(project.path().join("xtask")).unwrap();
    fs::write(project.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    fs::write(project.path().join(DOCUMENT), CLOCK).unwrap();
    let overlay = project.path().join("openapi/overlays/zh-CN.yaml");
    fs::write(overlay, OVERLAY).unwrap();
    for empty in ["openapi/README.md", "CHANGELOG.md"] {
        fs::write(project.path().join(empty), "").unwrap();
    }
    let generated = said(project.path(), &["generate"]);
    assert!(generated.contains("changed"), "{generated}");
    project
}

/// What a command says and how it ends, without the files that need nothing.
fn said(project: &Path, arguments: &[&str]) -> String {
    let output = xtask()
        .args(arguments)
        .current_dir(project)
        .env("CARGO_MANIFEST_DIR", project.join("xtask"))
        .output()
        .unwrap();
    let mut text = String::new();
    for part in [&output.stdout, &output.stderr] {
        let part = String::from_utf8_lossy(part);
        for line in part.lines().filter(|line| !line.starts_with("unchanged ")) {
            text.push_str(&line.replace(&format!("{}/", project.display()), ""));
            text.push('\n');
        }
    }
    let status = output.status.code().unwrap();
    format!(
        "$ cargo xtask {}\n{text}(exit status {status})\n",
        arguments.join(" ")
    )
}

fn edit(project: &Path, path: &str, change: impl FnOnce(&str) -> String) {
    let path = project.join(path);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::write(path, changed).unwrap();
}

const DOCUMENT: &str = "openapi/functiongraph.yaml";
const TYPES: &str = "crates/types/src/generated";

#[test]
fn check_tells_a_document_that_is_newer() {
    let project = project();
    edit(project.path(), DOCUMENT, |text| {
        text.replace("maxLength: 32", "maxLength: 31")
            .replace("[UTC, TAI]", "[UTC, TAI, GPS]")
            .replace("required: [seconds]", "required: []")
    });
    accepted("check-newer-document", &said(project.path(), &["check"]));
}

#[test]
fn check_tells_what_was_done_by_hand() {
    let project = project();
    let project = project.path();
    edit(project, &format!("{TYPES}/zone_name.rs"), |text| {
        text.replacen(".max_length(32)", ".max_length(33)", 1)
    });
    edit(project, &format!("{TYPES}/scale.rs"), |text| {
        format!("<<<<<<< ours\n{text}=======\n>>>>>>> theirs\n")
    });
    fs::remove_file(project.join(TYPES).join("time.rs")).unwrap();
    fs::copy(
        project.join(TYPES).join("zone_name.rs"),
        project.join(TYPES).join("left_over.rs"),
    )
    .unwrap();
    accepted("check-edited-files", &said(project, &["check"]));
    for path in ["scale.rs", "time.rs"] {
        fs::remove_file(project.join(TYPES).join(path)).ok();
    }
    said(project, &["generate"]);
    edit(project, &format!("{TYPES}/zone_name.rs"), |text| {
        text.replacen(".max_length(32)", ".max_length(33)", 1)
    });
    accepted("check-verbose", &said(project, &["check", "-v"]));
    fs::write(project.join(TYPES).join("mine.rs"), "//! Mine.\n").unwrap();
    accepted("check-foreign-file", &said(project, &["check"]));
}

#[test]
fn check_tells_a_conflict_in_the_document() {
    let project = project();
    edit(project.path(), DOCUMENT, |text| {
        text.replacen(
            "  version: \"1\"\n",
            "<<<<<<< ours\n  version: \"2\"\n=======\n  version: \"3\"\n>>>>>>> theirs\n",
            1,
        )
    });
    accepted("check-document-conflict", &said(project.path(), &["check"]));
}
