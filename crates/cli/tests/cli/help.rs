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
fn the_help_shows_no_address_of_the_environment() {
    let home = tempfile::tempdir().unwrap();
    let mut command = functiongraph(home.path());
    for name in [
        "FUNCTIONGRAPH_ENDPOINT",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        "FUNCTIONGRAPH_PROXY",
    ] {
        command.env(name, "http://user:s3cret@host");
    }
    let text = Ran::of(command.arg("--help").output().unwrap()).done();
    assert!(text.contains("FUNCTIONGRAPH_ENDPOINT"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}

#[test]
fn the_manual() {
    let version = concat!("functiongraph ", env!("CARGO_PKG_VERSION"));
    let mut all = String::new();
    let mut pages = vec![vec!["man"]];
    // A page of a command has those beneath it.
    let top = COMMANDS.iter().filter(|command| command.len() == 1);
    pages.extend(top.map(|command| vec!["man", command[0]]));
    for page in &pages {
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
