//! What the program says of itself.

use crate::program::{Ran, functiongraph};

const COMMANDS: [&[&str]; 10] = [
    &[],
    &["publish"],
    &["list"],
    &["signature"],
    &["signature", "publish"],
    &["signature", "list"],
    &["config"],
    &["config", "show"],
    &["completions"],
    &["man"],
];

fn run(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    Ran::of(functiongraph(home.path()).args(arguments).output().unwrap()).done()
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
fn the_help() {
    let mut all = String::new();
    for command in COMMANDS {
        let line = [&["functiongraph"], command, &["--help"]].concat();
        let text = run(&line[1..]);
        all.push_str(&format!("$ {}\n{text}\n", line.join(" ")));
    }
    accepted("help", &all);
}

#[test]
fn the_manual() {
    let version = concat!("functiongraph ", env!("CARGO_PKG_VERSION"));
    let mut all = String::new();
    for page in [&["man"][..], &["man", "publish"], &["man", "list"]] {
        all.push_str(&run(page).replace(version, "functiongraph VERSION"));
        all.push('\n');
    }
    accepted("man", &all);
}

#[test]
fn completions_are_written_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = run(&["completions", shell]);
        for word in ["publish", "page-size"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
}
