//! Lints a document and prints the report: `cargo run --example lint openapi/document.yaml`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use functiongraph_contract::{Document, lint};

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let (report, read, summary) = match Document::load(Path::new(&path)) {
        Ok(document) => {
            let read = start.elapsed();
            let summary = format!(
                "{} operations, {} schemas",
                document.operations.len(),
                document.schemas.len()
            );
            (lint(&document), read, summary)
        }
        Err(report) => (report, start.elapsed(), "not loaded".to_owned()),
    };
    let total = start.elapsed();
    let text = format!(
        "{}{summary}; read in {read:?}, linted in {:?}\n",
        report.render(false),
        total - read
    );
    if std::io::stdout().write_all(text.as_bytes()).is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(u8::from(!report.is_empty()))
}
