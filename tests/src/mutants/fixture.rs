//! The compiled mutants: generated types with a changed attribute, and what they do and say.
//!
//! One program holds the generated types as they are committed and, in a module for each mutant,
//! the changed file of one type. It reads values, writes them again and describes the types. What
//! it says is judged by the document: a value that the document allows is read, written the same
//! and passes; one that it does not allow is refused by validation; what readers take besides is
//! in `READINGS`. That is the guard [`Probe::Wire`]. What it describes goes through the loop:
//! [`Probe::Served`] and [`Probe::Schemas`].

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use functiongraph_codegen::{Layout, generate};
use functiongraph_contract::instance::{Direction, Validator};
use functiongraph_contract::{Document, canonical, compare};
use serde_json::{Map, Value, json};

use super::run::{Error, put, read, replaced};
use super::{Edit, Mutant, Probe, table};
use crate::guards::contract_loop;
use crate::openapi31::to_openapi_30;

/// Values of a type, as JSON, and what has to become of them.
struct Reading {
    name: &'static str,
    value: &'static str,
    becomes: Becomes,
}

/// What has to become of a value.
#[derive(Clone, Copy)]
enum Becomes {
    /// It is valid: read, written the same, without a violation.
    Itself,
    /// It is not valid, and validation says so.
    Violation,
    /// It is read all the same, and written like this.
    Written(&'static str),
}

const fn reading(name: &'static str, value: &'static str, becomes: Becomes) -> Reading {
    Reading {
        name,
        value,
        becomes,
    }
}

/// What the compiled types are given. The document is asked whether a value is valid, too, so that
/// an entry cannot be wrong.
const READINGS: &[Reading] = &[
    reading(
        "StrategyConfig",
        r#"{"concurrency": -1, "concurrent_num": 1000}"#,
        Becomes::Itself,
    ),
    reading("StrategyConfig", r#"{"later": [1]}"#, Becomes::Itself),
    reading(
        "StrategyConfig",
        r#"{"concurrency": 1001}"#,
        Becomes::Violation,
    ),
    reading(
        "StrategyConfig",
        r#"{"concurrency": null}"#,
        Becomes::Written("{}"),
    ),
    reading(
        "FuncMount",
        r#"{"mount_type": "sfs", "mount_resource": "r", "local_mount_path": "/"}"#,
        Becomes::Itself,
    ),
    reading(
        "FuncMount",
        r#"{"mount_type": "nfs", "mount_resource": "r", "local_mount_path": "/"}"#,
        Becomes::Violation,
    ),
    reading(
        "FuncMount",
        r#"{"mount_type": "sfs", "local_mount_path": "/"}"#,
        Becomes::Violation,
    ),
    reading(
        "FuncMount",
        "{}",
        Becomes::Written(r#"{"mount_type": "", "mount_resource": "", "local_mount_path": ""}"#),
    ),
    reading(
        "FuncMount",
        r#"{"mount_type": null, "mount_resource": null, "local_mount_path": null}"#,
        Becomes::Written(r#"{"mount_type": "", "mount_resource": "", "local_mount_path": ""}"#),
    ),
    reading(
        "Error",
        r#"{"error_code": "c", "error_msg": "m"}"#,
        Becomes::Itself,
    ),
    reading(
        "Error",
        r#"{"error_code": "c", "error_msg": "m", "request_id": "r", "more": {"a": null}}"#,
        Becomes::Itself,
    ),
    reading("Error", r#"{"error_code": "c"}"#, Becomes::Violation),
    reading(
        "Error",
        r#"{"error_code": null, "request_id": null}"#,
        Becomes::Written(r#"{"error_code": "", "error_msg": ""}"#),
    ),
    reading(
        "FunctionAsyncConfig",
        r#"{"max_async_event_age_in_seconds": 86400, "max_async_retry_attempts": 0}"#,
        Becomes::Itself,
    ),
    reading(
        "FunctionAsyncConfig",
        r#"{"max_async_event_age_in_seconds": 86401}"#,
        Becomes::Violation,
    ),
    reading(
        "FunctionAsyncConfig",
        r#"{"max_async_event_age_in_seconds": 60.0}"#,
        Becomes::Written(r#"{"max_async_event_age_in_seconds": 60}"#),
    ),
    reading("DestinationType", r#""OBS""#, Becomes::Itself),
    reading("DestinationType", r#""FunctionGraph""#, Becomes::Itself),
    reading("DestinationType", r#""obs""#, Becomes::Violation),
    reading(
        "DestinationType",
        r#""Kafka""#,
        Becomes::Written(r#""Kafka""#),
    ),
    reading("VersionName", r#""v1.0-rc_1""#, Becomes::Itself),
    reading("VersionName", r#""v1-""#, Becomes::Violation),
    reading("VersionName", r#""""#, Becomes::Violation),
];

/// What noticed each compiled mutant, with its first finding.
pub(super) type Seen = BTreeMap<&'static str, Vec<(Probe, String)>>;

/// The committed file of a type's module, below the root.
pub(super) fn path(module: &str) -> String {
    format!("crates/types/src/generated/{module}.rs")
}

/// Writes, builds and runs the program, and judges what it says.
pub(super) fn run(root: &Path, folder: &Path, document: &Document) -> Result<Seen, Error> {
    let mutants: Vec<_> = table().filter_map(Compiled::of).collect();
    write(root, folder, document, &mutants)?;
    let said = execute(folder, &mutants)?;
    let mut seen = Seen::new();
    for mutant in &mutants {
        let said = said
            .get(mutant.id)
            .ok_or_else(|| Error::Fixture(format!("nothing is said of {}", mutant.id)))?;
        seen.insert(mutant.id, mutant.judge(said, document)?);
    }
    Ok(seen)
}

/// A row that is compiled.
struct Compiled {
    id: &'static str,
    name: &'static str,
    module: &'static str,
    parts: &'static [(&'static str, &'static str)],
}

impl Compiled {
    fn of(mutant: &'static Mutant) -> Option<Self> {
        match mutant.edit {
            Edit::Compiled {
                name,
                module,
                parts,
            } => Some(Self {
                id: mutant.id,
                name,
                module,
                parts,
            }),
            _ => None,
        }
    }

    /// The module that holds it.
    fn folder(&self) -> String {
        self.id.replace('-', "_")
    }

    fn readings(&self) -> impl Iterator<Item = &'static Reading> {
        READINGS.iter().filter(|reading| reading.name == self.name)
    }

    fn judge(&self, said: &Value, document: &Document) -> Result<Vec<(Probe, String)>, Error> {
        let mut seen = Vec::new();
        let own = functiongraph_server::openapi().to_json().ok();
        let own: Option<Value> = own.and_then(|text| serde_json::from_str(&text).ok());
        let mut own =
            own.ok_or_else(|| Error::Fixture("the server does not describe itself".to_owned()))?;
        if let Some(schema) = own.pointer_mut(&format!("/components/schemas/{}", self.name)) {
            *schema = said["utoipa"].clone();
        }
        if let Some(first) = contract_loop::served_as(document, &own).first() {
            seen.push((Probe::Served, first.to_string()));
        }

        let schema = json!({ "openapi": "3.1.0", "components": { "schemas": { self.name: said["schemars"] } } });
        let schema = canonical(&to_openapi_30(&schema));
        let place = format!("/components/schemas/{}", self.name);
        let expected = contract_loop::schemas_of_types()
            .pointer(&place)
            .cloned()
            .unwrap_or_default();
        let found = schema.pointer(&place).cloned().unwrap_or_default();
        if let Some(first) = compare(&expected, &found).first() {
            seen.push((Probe::Schemas, format!("{place}{first}")));
        }

        let results = said["results"].as_array().map_or(&[][..], Vec::as_slice);
        if results.len() != self.readings().count() {
            return Err(Error::Fixture(format!(
                "not every value of {} was read",
                self.name
            )));
        }
        for (reading, result) in self.readings().zip(results) {
            if let Some(finding) = reading.judge(result, document)? {
                seen.push((Probe::Wire, finding));
                break;
            }
        }
        Ok(seen)
    }
}

impl Reading {
    /// What is wrong with a result, if anything.
    fn judge(&self, result: &Value, document: &Document) -> Result<Option<String>, Error> {
        let parse = |text: &str| {
            serde_json::from_str::<Value>(text)
                .map_err(|error| Error::Fixture(format!("{text}: {error}")))
        };
        let value = parse(self.value)?;
        let schema = document.schemas.get(self.name);
        let schema =
            schema.ok_or_else(|| Error::Fixture(format!("there is no schema {}", self.name)))?;
        let valid = Validator::new(document)
            .violations(schema, &value, Direction::Response)
            .is_empty();
        let written = result.get("written");
        let violated = result["violated"] == json!(true);
        let about = |what: &str| {
            let shown = written.map_or_else(|| result["refused"].to_string(), Value::to_string);
            Some(format!("{} {}: {what}: {shown}", self.name, self.value))
        };
        let disagree = || {
            Error::Fixture(format!(
                "the document does not say that of {} {}",
                self.name, self.value
            ))
        };
        Ok(match self.becomes {
            Becomes::Itself if !valid => return Err(disagree()),
            Becomes::Violation if valid => return Err(disagree()),
            Becomes::Itself if violated => about("is valid, and refused"),
            Becomes::Itself if written != Some(&value) => about("is not written as it was read"),
            Becomes::Violation if !violated => about("is not valid, and passes"),
            Becomes::Written(text) if written != Some(&parse(text)?) => {
                about(&format!("is not read as {text}"))
            }
            _ => None,
        })
    }
}

/// Writes the program. What did not change is left alone, so that it is not built again.
fn write(
    root: &Path,
    folder: &Path,
    document: &Document,
    mutants: &[Compiled],
) -> Result<(), Error> {
    let put = |below: &str, text: &str| {
        put(&folder.join(below), text).map_err(|cause| Error::File {
            path: folder.join(below).display().to_string(),
            cause,
        })
    };
    // The manifest of the types of a generated workspace: the same dependencies.
    let output = generate(document, &Layout::workspace("mutants"))?;
    let manifest = output.scaffold.get("types/Cargo.toml");
    let manifest = manifest.ok_or_else(|| Error::Fixture("there is no manifest".to_owned()))?;
    put("Cargo.toml", &format!("{manifest}\n[workspace]\n"))?;
    if !folder.join("Cargo.lock").exists() {
        put("Cargo.lock", &read(&root.join("Cargo.lock"))?)?;
    }

    let generated = root.join("crates/types/src/generated");
    for path in output
        .files
        .keys()
        .filter_map(|path| path.strip_prefix("types/src/generated/"))
    {
        let text = read(&generated.join(path))?;
        let text = match path {
            "mod.rs" => text.replace("\nmod ", "\npub mod "),
            _ => text,
        };
        put(&format!("src/base/{path}"), &text)?;
    }
    let mut modules = String::new();
    let mut judged = String::new();
    for mutant in mutants {
        let Compiled {
            id,
            name,
            module,
            parts,
        } = mutant;
        let folder = mutant.folder();
        let text = replaced(
            module,
            read(&generated.join(format!("{module}.rs")))?,
            parts,
        )
        .map_err(Error::Fixture)?;
        put(&format!("src/{folder}/{module}.rs"), &text)?;
        let around = format!(
            "pub use crate::base::*;\npub mod {module};\npub use self::{module}::{name};\n"
        );
        put(&format!("src/{folder}/mod.rs"), &around)?;
        modules += &format!("mod {folder};\n");
        judged += &format!(
            "    said.insert({id:?}.to_owned(), judge::<{folder}::{name}>({name:?}, &input[{id:?}]));\n"
        );
    }
    let main = MAIN
        .replace("// modules\n", &modules)
        .replace("    // judged\n", &judged);
    put("src/main.rs", &main)
}

/// The program but for its mutants.
const MAIN: &str = r#"#![allow(warnings)]
mod base;
// modules
use base::{Location, Validate, Violations};
use serde_json::{Map, Value, json};

fn main() {
    let input: Value = serde_json::from_reader(std::io::stdin()).unwrap();
    let mut said = Map::new();
    // judged
    println!("{}", Value::Object(said));
}

fn judge<T>(name: &str, values: &Value) -> Value
where
    T: serde::de::DeserializeOwned + serde::Serialize + Validate + schemars::JsonSchema + utoipa::ToSchema,
{
    let settings = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = schemars::SchemaGenerator::new(settings);
    let _ = generator.subschema_for::<T>();
    let schemars = generator.take_definitions(true).remove(name);
    let results: Vec<Value> = values.as_array().unwrap().iter().map(|value| {
        let mut violations = Violations::new();
        T::check(value, &mut Location::root(), &mut violations);
        let violated = violations.into_result().is_err();
        match serde_json::from_value::<T>(value.clone()) {
            Ok(read) => json!({ "written": serde_json::to_value(&read).unwrap(), "violated": violated }),
            Err(error) => json!({ "refused": error.to_string(), "violated": violated }),
        }
    }).collect();
    json!({ "schemars": schemars, "utoipa": serde_json::to_value(T::schema()).unwrap(), "results": results })
}
"#;

/// Builds and runs the program.
fn execute(folder: &Path, mutants: &[Compiled]) -> Result<Value, Error> {
    let broken = |error: &dyn std::fmt::Display| Error::Fixture(error.to_string());
    let mut input = Map::new();
    for mutant in mutants {
        let values: Result<Vec<Value>, _> = mutant
            .readings()
            .map(|reading| serde_json::from_str(reading.value))
            .collect();
        input.insert(
            mutant.id.to_owned(),
            Value::Array(values.map_err(|error| broken(&error))?),
        );
    }
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(program)
        .args(["run", "--quiet", "--offline", "--features", "schema"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| broken(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // Where the build fails nobody reads; the exit status tells.
        let _ = stdin.write_all(Value::Object(input).to_string().as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| broken(&error))?;
    if !output.status.success() {
        return Err(Error::Fixture(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| broken(&error))
}
