//! The step `openapi`: public tools read the document as this project does. Their rules are the
//! recommended ones, kept beside the document.

use serde_json::Value;

use super::{Context, StepError, Tally};
use crate::process::Process;
use crate::root;
use crate::tools::Tool;

/// The rules for Spectral.
const SPECTRAL: &str = "openapi/.spectral.yaml";

/// The rules for Redocly.
const REDOCLY: &str = "openapi/redocly.yaml";

/// Small documents, one feature each, that tests generate from.
const FEATURES: &str = "tests/documents/features";

/// The step: one check for each tool.
pub(super) fn run(context: &mut Context) -> Result<Tally, StepError> {
    let mut tally = Tally::default();
    for check in [validator, spectral, redocly] {
        // One tool that can't be had doesn't stop the others.
        tally.add(check(context).unwrap_or_else(|error| Tally::failed(error.to_string())));
    }
    Ok(tally)
}

/// openapi-spec-validator: the document and those of the tests are OpenAPI 3.0.
fn validator(context: &mut Context) -> Result<Tally, StepError> {
    let mut process = tool(context, Tool::OpenapiSpecValidator)?.arg(root::DOCUMENT);
    let folder = context.root.join(FEATURES);
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|cause| StepError::read(&folder, cause))? {
        let name = entry
            .map_err(|cause| StepError::read(&folder, cause))?
            .file_name();
        if name.to_string_lossy().ends_with(".yaml") {
            documents.push(format!("{FEATURES}/{}", name.to_string_lossy()));
        }
    }
    documents.sort();
    process = process.args(documents);
    process.run()?;
    Ok(Tally::passed())
}

/// Spectral: not even a hint.
fn spectral(context: &mut Context) -> Result<Tally, StepError> {
    tool(context, Tool::Spectral)?
        .args([
            "lint",
            "--fail-severity",
            "hint",
            "--ruleset",
            SPECTRAL,
            root::DOCUMENT,
        ])
        .run()?;
    Ok(Tally::passed())
}

/// Redocly: it ends well in spite of warnings, so its problems are counted.
fn redocly(context: &mut Context) -> Result<Tally, StepError> {
    let process = tool(context, Tool::Redocly)?.args([
        "lint",
        "--config",
        REDOCLY,
        "--format",
        "json",
        root::DOCUMENT,
    ]);
    process.announce();
    let (status, out, err) = process.capture()?;
    match problems(&out) {
        Some(problems) if !problems.is_empty() => Ok(Tally::of_findings(problems)),
        found => {
            process.judge(status, &err)?;
            found
                .map(|_| Tally::passed())
                .ok_or_else(|| StepError::Output {
                    line: process.line(),
                    reason: "it is no JSON with `problems`".to_owned(),
                })
        }
    }
}

fn tool(context: &mut Context, tool: Tool) -> Result<Process, StepError> {
    Ok(context.tools.require(tool)?.dir(&context.root))
}

/// The problems in Redocly's report, a line each; `None` where it is no report.
fn problems(report: &str) -> Option<Vec<String>> {
    let report: Value = serde_json::from_str(report.get(report.find('{')?..)?).ok()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("?").to_owned();
    let problems = report.get("problems")?.as_array()?.iter().map(|problem| {
        format!(
            "{} ({}) at {}: {}",
            text(problem.get("ruleId")),
            text(problem.get("severity")),
            text(problem.pointer("/location/0/pointer")),
            text(problem.get("message"))
        )
    });
    Some(problems.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_report_without_problems_is_clean() {
        let report = r#"{"totals": {"errors": 0}, "problems": []}"#;
        assert_eq!(problems(report), Some(Vec::new()));
    }

    #[test]
    fn problems_are_told_with_rule_and_place() {
        let report = r##"{"problems": [{"ruleId": "no-unused-components", "severity": "warn",
            "message": "Component is never used.",
            "location": [{"source": {"ref": "x.yaml"}, "pointer": "#/components/schemas/A"}]}]}"##;
        assert_eq!(
            problems(report).unwrap(),
            ["no-unused-components (warn) at #/components/schemas/A: Component is never used."]
        );
    }

    #[test]
    fn anything_else_is_no_report() {
        for text in ["", "crash", "{", r#"{"totals": {}}"#] {
            assert_eq!(problems(text), None, "{text}");
        }
    }
}
