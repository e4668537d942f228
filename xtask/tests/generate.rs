//! `generate`, `check` and `lint` as a user meets them: exit statuses, lines, files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const DOCUMENT: &str = r##"openapi: 3.0.3
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
components:
  schemas:
    Time:
      type: object
      required: [seconds]
      properties:
        seconds:
          type: integer
          format: int64
"##;

/// A document and the folder that is generated from it.
struct Workspace {
    folder: TempDir,
}

impl Workspace {
    fn new(document: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("clock.yaml"), document).unwrap();
        Self { folder }
    }

    fn generated() -> Self {
        let workspace = Self::new(DOCUMENT);
        let output = workspace.run("generate", &[]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        workspace
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join("out").join(below)
    }

    fn run(&self, command: &str, more: &[&str]) -> Output {
        self.run_from(self.folder.path(), command, more)
    }

    fn run_from(&self, folder: &Path, command: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg(command)
            .arg("--document")
            .arg(self.folder.path().join("clock.yaml"))
            .arg("--out")
            .arg(self.folder.path().join("out"))
            .args(more)
            .current_dir(folder)
            .output()
            .unwrap()
    }

    /// Every file of the workspace with its bytes and the time of its last change.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
        files_of(&self.path(""))
    }
}

fn files_of(root: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut files = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let changed = fs::metadata(&path).unwrap().modified().unwrap();
                let bytes = fs::read(&path).unwrap();
                files.push((path.strip_prefix(root).unwrap().to_owned(), bytes, changed));
            }
        }
    }
    files.sort();
    files
}

fn shown(output: &Output) -> String {
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

const TIME: &str = "types/src/generated/time.rs";

#[test]
fn a_second_run_touches_nothing() {
    let workspace = Workspace::generated();
    let before = workspace.files();
    assert!(before.iter().any(|(path, ..)| path == Path::new(TIME)));
    let output = workspace.run("generate", &[]);
    assert!(shown(&output).contains(" 0 changed"), "{}", shown(&output));
    assert_eq!(before, workspace.files());
    assert_eq!(workspace.run("check", &[]).status.code(), Some(0));
}

#[test]
fn two_folders_get_the_same_bytes_whatever_the_working_directory() {
    let bytes = |workspace: &Workspace| -> Vec<_> {
        workspace
            .files()
            .into_iter()
            .map(|(path, bytes, _)| (path, bytes))
            .collect()
    };
    let one = Workspace::generated();
    let two = Workspace::new(DOCUMENT);
    two.run_from(Path::new("/"), "generate", &[]);
    assert_eq!(bytes(&one), bytes(&two));
}

/// The bytes that a process of its own generates from a document: its maps have seeds of their own.
fn generated_from(document: &Path, working_directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let out = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["generate", "--name", "any", "--document"])
        .arg(document)
        .arg("--out")
        .arg(out.path())
        .current_dir(working_directory)
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("TZ", "Asia/Kathmandu")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    files_of(out.path())
        .into_iter()
        .map(|(path, bytes, _)| (path, bytes))
        .collect()
}

#[test]
fn every_process_generates_the_same_bytes_also_from_a_check_out_with_other_line_ends() {
    let openapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let document = openapi.join("functiongraph.yaml");
    let here = TempDir::new().unwrap();
    let first = generated_from(&document, here.path());
    assert!(first.len() > 50, "{}", first.len());
    for _ in 0..4 {
        assert!(generated_from(&document, Path::new("/")) == first);
    }
    for entry in [openapi.clone(), openapi.join("examples")] {
        let below = entry.strip_prefix(&openapi).unwrap();
        fs::create_dir_all(here.path().join(below)).unwrap();
        for file in fs::read_dir(&entry)
            .unwrap()
            .map(|file| file.unwrap().path())
        {
            if file.is_file() {
                let text = fs::read_to_string(&file).unwrap().replace('\n', "\r\n");
                fs::write(
                    here.path().join(below).join(file.file_name().unwrap()),
                    text,
                )
                .unwrap();
            }
        }
    }
    let other = generated_from(&here.path().join("functiongraph.yaml"), Path::new("/"));
    assert!(
        other == first,
        "line ends of the document show in what is generated"
    );
}

#[test]
fn generated_files_name_the_command() {
    for (path, bytes, _) in Workspace::generated().files() {
        let text = String::from_utf8(bytes).unwrap();
        if path.to_string_lossy().contains("generated") {
            let start: String = text.lines().take(2).collect();
            assert!(
                start.contains("Generated by `cargo xtask generate`"),
                "{}",
                path.display()
            );
            assert!(!text.contains('\r'), "{}", path.display());
        }
    }
}

#[test]
fn an_edited_file_is_stale_and_mended() {
    let workspace = Workspace::generated();
    let path = workspace.path(TIME);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}// mine\n")).unwrap();
    let output = workspace.run("check", &["-v"]);
    assert_eq!(output.status.code(), Some(4));
    let said = shown(&output);
    assert!(
        said.contains("stale") && said.contains("edited by hand"),
        "{said}"
    );
    assert!(said.contains("-// mine"), "{said}");
    assert!(
        said.contains("run `cargo xtask generate --document"),
        "{said}"
    );
    assert_eq!(workspace.run("generate", &[]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_changed_document_is_told_from_an_edited_file() {
    let workspace = Workspace::generated();
    let changed = DOCUMENT.replace("format: int64", "format: int32");
    fs::write(workspace.folder.path().join("clock.yaml"), changed).unwrap();
    let output = workspace.run("check", &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(
        shown(&output).contains("the document is newer"),
        "{}",
        shown(&output)
    );
}

#[test]
fn a_comment_makes_nothing_stale() {
    let workspace = Workspace::generated();
    let changed = format!("# A comment.\n{DOCUMENT}");
    fs::write(workspace.folder.path().join("clock.yaml"), changed).unwrap();
    assert_eq!(workspace.run("check", &[]).status.code(), Some(0));
}

#[test]
fn line_ends_of_a_check_out_make_nothing_stale() {
    let workspace = Workspace::generated();
    for (path, bytes, _) in workspace.files() {
        let text = String::from_utf8(bytes).unwrap().replace('\n', "\r\n");
        fs::write(workspace.path("").join(path), text).unwrap();
    }
    fs::write(
        workspace.folder.path().join("clock.yaml"),
        DOCUMENT.replace('\n', "\r\n"),
    )
    .unwrap();
    let output = workspace.run("check", &["-v"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

#[test]
fn a_conflict_is_named() {
    let workspace = Workspace::generated();
    let conflict = "<<<<<<< ours\nfn a() {}\n=======\nfn b() {}\n>>>>>>> theirs\n";
    fs::write(workspace.path(TIME), conflict).unwrap();
    let output = workspace.run("check", &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(
        shown(&output).contains("merge conflict markers"),
        "{}",
        shown(&output)
    );
    assert_eq!(workspace.run("generate", &[]).status.code(), Some(0));

    fs::write(
        workspace.folder.path().join("clock.yaml"),
        format!("<<<<<<< ours\n{DOCUMENT}=======\n>>>>>>> theirs\n"),
    )
    .unwrap();
    let output = workspace.run("check", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown(&output).contains("conflict"), "{}", shown(&output));
}

#[test]
fn a_missing_file_comes_back_and_an_orphan_goes() {
    let workspace = Workspace::generated();
    fs::rename(
        workspace.path(TIME),
        workspace.path("types/src/generated/gone.rs"),
    )
    .unwrap();
    let output = workspace.run("check", &[]);
    assert_eq!(output.status.code(), Some(4));
    let said = shown(&output);
    assert!(
        said.contains("missing") && said.contains("orphaned"),
        "{said}"
    );
    let output = workspace.run("generate", &[]);
    assert!(shown(&output).contains("removed"), "{}", shown(&output));
    assert!(workspace.path(TIME).exists());
    assert!(!workspace.path("types/src/generated/gone.rs").exists());
}

#[test]
fn a_hand_written_file_among_generated_ones_is_not_lost() {
    let workspace = Workspace::generated();
    let mine = workspace.path("types/src/generated/mine.rs");
    fs::write(&mine, "//! Mine.\n").unwrap();
    for command in ["check", "generate"] {
        let output = workspace.run(command, &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            shown(&output).contains("mine.rs stands among generated files"),
            "{}",
            shown(&output)
        );
    }
    assert_eq!(fs::read_to_string(&mine).unwrap(), "//! Mine.\n");
}

#[test]
fn what_is_scaffolded_belongs_to_its_owner() {
    let workspace = Workspace::generated();
    let manifest = workspace.path("types/Cargo.toml");
    fs::write(&manifest, "# mine\n").unwrap();
    assert_eq!(workspace.run("check", &[]).status.code(), Some(0));
    assert_eq!(workspace.run("generate", &[]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&manifest).unwrap(), "# mine\n");
}

#[test]
fn a_broken_document_writes_nothing_and_shows_the_place() {
    let workspace = Workspace::new(&DOCUMENT.replace("schemas/Time\"", "schemas/Tim\""));
    let output = workspace.run("generate", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = shown(&output);
    assert!(said.contains("clock.yaml:16:23"), "{said}");
    assert!(workspace.files().is_empty());
}

#[test]
fn a_missing_document_is_named() {
    let workspace = Workspace::new(DOCUMENT);
    fs::remove_file(workspace.folder.path().join("clock.yaml")).unwrap();
    let output = workspace.run("generate", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown(&output).contains("clock.yaml"), "{}", shown(&output));
}

#[test]
fn a_place_that_cannot_be_written_changes_nothing() {
    let workspace = Workspace::generated();
    // A folder where a file belongs, which stops even a privileged user.
    let path = workspace.path("server/src/generated/mod.rs");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::write(
        workspace.path(TIME),
        "// Generated by `cargo xtask generate`\n",
    )
    .unwrap();
    let before = workspace.files();
    let output = workspace.run("generate", &[]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(
        shown(&output).contains("server/src/generated/mod.rs"),
        "{}",
        shown(&output)
    );
    assert_eq!(before, workspace.files());
}

#[test]
fn a_name_that_no_crate_can_have_is_refused() {
    let workspace = Workspace::new(DOCUMENT);
    let output = workspace.run("generate", &["--name", "1 2"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        shown(&output).contains("`1 2` cannot be the name of a crate"),
        "{}",
        shown(&output)
    );
}

/// The document, the manifest and the generated files of this project in a folder of their own.
struct Project(TempDir);

impl Project {
    fn copied() -> Self {
        let folder = TempDir::new().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let crates = ["types", "client", "client-mock", "server", "service"];
        let generated = crates.map(|name| format!("crates/{name}/src/generated"));
        let others = ["crates/service/src/http/docs/generated", "openapi"];
        for part in generated.iter().map(String::as_str).chain(others) {
            for (path, bytes, _) in files_of(&root.join(part)) {
                let to = folder.path().join(part).join(path);
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(to, bytes).unwrap();
            }
        }
        // The pages of the documentation tell what has changed.
        let changelog = "CHANGELOG.md";
        fs::copy(root.join(changelog), folder.path().join(changelog)).unwrap();
        Self(folder)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Replaces what stands in a file, and gives back the text from before.
    fn edit(&self, below: &str, from: &str, to: &str) -> String {
        let text = fs::read_to_string(self.path(below)).unwrap();
        assert!(text.contains(from), "{below} does not hold {from:?}");
        fs::write(self.path(below), text.replacen(from, to, 1)).unwrap();
        text
    }

    /// What `check -v` ends with and prints.
    fn check(&self) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["check", "-v"])
            .current_dir(self.0.path())
            // Else the project around this package would be meant.
            .env_remove("CARGO_MANIFEST_DIR")
            .output()
            .unwrap();
        (output.status.code(), shown(&output))
    }
}

#[test]
fn every_bad_state_is_named_for_what_it_is() {
    const PAGE: &str = "crates/types/src/generated/function_version_page.rs";
    const MARKER: &str = "crates/types/src/generated/marker.rs";
    const EXTRA: &str = "crates/types/src/generated/extra.rs";
    const DOCUMENT: &str = "openapi/functiongraph.yaml";
    let project = Project::copied();
    let expect = |status: i32, words: &[&str]| {
        let (found, said) = project.check();
        assert_eq!(found, Some(status), "{said}");
        for word in words {
            assert!(said.contains(word), "no {word:?} in\n{said}");
        }
    };
    let put_back = |path: &str, text: &str| fs::write(project.path(path), text).unwrap();
    expect(0, &["all up to date"]);

    // Edited by hand, with the difference.
    let text = project.edit(PAGE, "    pub count:", "    pub total:");
    expect(
        4,
        &[
            &format!("stale      {PAGE}  (edited by hand)"),
            "-    pub total:",
            "+    pub count:",
            "run `cargo xtask generate`",
            "1 not up to date",
        ],
    );
    put_back(PAGE, &text);

    // Deleted.
    let text = fs::read_to_string(project.path(MARKER)).unwrap();
    fs::remove_file(project.path(MARKER)).unwrap();
    expect(4, &[&format!("missing    {MARKER}  (deleted by hand)")]);
    put_back(MARKER, &text);

    // One too many: one that generation once made, and one that is somebody's own.
    put_back(EXTRA, &text);
    expect(4, &[&format!("orphaned   {EXTRA}  (nothing generates it)")]);
    put_back(EXTRA, "//! Mine.\n");
    expect(
        1,
        &[&format!(
            "{EXTRA} stands among generated files and is not one"
        )],
    );
    fs::remove_file(project.path(EXTRA)).unwrap();

    // What a merge leaves behind, in a generated file and in the document.
    let conflict = |line: &str| format!("<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> theirs\n");
    let line = "    pub next_marker: i64,\n";
    let text = project.edit(PAGE, line, &conflict(line));
    expect(
        4,
        &[&format!(
            "stale      {PAGE}  (holds merge conflict markers)"
        )],
    );
    put_back(PAGE, &text);
    let line = "          maximum: 8\n";
    let text = project.edit(DOCUMENT, line, &conflict(line));
    expect(1, &["conflict", "functiongraph.yaml:"]);
    put_back(DOCUMENT, &text);

    // A document newer than the code.
    project.edit(DOCUMENT, line, "          maximum: 9\n");
    expect(
        4,
        &[
            "(the document is newer)",
            "the document has changed since:",
            "/components/schemas/FunctionAsyncConfig/properties/max_async_retry_attempts/maximum",
            "was 8",
            "is  9",
            "touches create_function_version and list_function_versions",
            "run `cargo xtask generate`",
        ],
    );
    put_back(DOCUMENT, &text);
    expect(0, &["all up to date"]);
}
