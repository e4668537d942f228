//! What the command line says of itself.

use crate::durability::functiongraphd;

/// The help of a command and of all commands below it.
fn help(command: &[&str]) -> String {
    let output = functiongraphd()
        .env_remove("COLUMNS")
        .args(command)
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = [&["functiongraphd"], command, &["--help"]]
        .concat()
        .join(" ");
    let mut all = format!("$ {line}\n{text}\n");
    for below in commands(&text) {
        all.push_str(&help(&[command, &[below]].concat()));
    }
    all
}

/// The commands that a help lists, without `help` itself.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let (_, list) = help.split_once("\nCommands:\n").unwrap_or_default();
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
}

#[test]
fn functiongraphd_explains_itself() {
    insta::with_settings!({
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("help", help(&[]));
    });
}
