//! `functions list`, `functions show` and `functions update`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use functiongraph_types::UrnParts;
use serde_json::{Value, json};

use super::super::config::{Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::{hint, print, say};
use super::super::table::{fields, table};
use super::{
    FormatArguments, FunctionArguments, ListFormat, origin, with_store, with_store_as_it_is,
};
use crate::domain::{FunctionKey, StoredCode};
use crate::store::{
    Administration as _, CodeUpdate, FunctionDetail, FunctionFilter, FunctionSummary,
};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum FunctionsCommand {
    /// List functions, in the order of project, package and name.
    List(ListArguments),
    /// Show a function: its working copy, without code.
    Show(ShowArguments),
    /// Give a function's working copy other code.
    ///
    /// Its digest, code_size and last_modified follow. Published versions are never touched.
    Update(UpdateArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ListArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// Functions of this project only.
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    /// Functions whose name begins so only.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,

    /// Functions after this one only: PROJECT:PACKAGE:NAME.
    #[arg(long, value_name = "FUNCTION", value_parser = parse_key)]
    after: Option<FunctionKey>,

    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    #[command(flatten)]
    format: FormatArguments,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ShowArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    #[command(flatten)]
    function: FunctionArguments,

    #[command(flatten)]
    format: FormatArguments,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct UpdateArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    #[command(flatten)]
    function: FunctionArguments,

    /// The file with the code, as it is to be deployed.
    #[arg(long, value_name = "FILE")]
    code: PathBuf,
}

fn parse_key(text: &str) -> Result<FunctionKey, String> {
    match text.parse::<UrnParts>() {
        Ok(parts) if parts.project_id.is_some() => Ok(parts.identity("").into()),
        Ok(_) => Err("expects PROJECT:PACKAGE:NAME".into()),
        Err(error) => Err(error.to_string()),
    }
}

impl FunctionsCommand {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => list(arguments).await,
            Self::Show(arguments) => show(arguments).await,
            Self::Update(arguments) => update(arguments).await,
        }
    }
}

async fn list(arguments: ListArguments) -> Result<(), Failure> {
    let filter = FunctionFilter {
        project: arguments.project,
        prefix: arguments.prefix,
    };
    // One more, to know whether there are more.
    let limit = arguments.limit.saturating_add(1);
    let after = arguments.after;
    let mut functions = with_store_as_it_is(&arguments.given, async |store| {
        store.functions(filter, after.as_ref(), limit).await
    })
    .await?;
    let wanted = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
    let more = functions.len() > wanted;
    functions.truncate(wanted);
    match arguments.format.format {
        ListFormat::Table => print(&table(
            ["PROJECT", "PACKAGE", "NAME", "VERSIONS"],
            functions.iter().map(|function| {
                let FunctionKey {
                    project,
                    package,
                    name,
                } = function.key.clone();
                [project, package, name, function.versions.to_string()]
            }),
        ))?,
        ListFormat::Json => {
            let list: Value = functions.iter().map(summary).collect();
            print(&format!("{list:#}\n"))?;
        }
    }
    if let (true, Some(last)) = (more, functions.last()) {
        hint(format_args!("there are more: --after {}", last.key));
    }
    Ok(())
}

fn summary(function: &FunctionSummary) -> Value {
    json!({
        "project": function.key.project,
        "package": function.key.package,
        "name": function.key.name,
        "versions": function.versions,
        "next_marker": function.next_position,
    })
}

async fn show(arguments: ShowArguments) -> Result<(), Failure> {
    let key = arguments.function.key()?;
    let detail = with_store_as_it_is(&arguments.given, async |store| {
        store.function_detail(&key).await
    })
    .await?;
    let detail = detail.ok_or(Failure::NoSuchFunction(key))?;
    // The store keeps nothing else.
    let metadata: Value = serde_json::from_str(&detail.metadata).unwrap_or(Value::Null);
    match arguments.format.format {
        ListFormat::Json => {
            let mut shown = summary(&detail.summary);
            shown["code"] = code(&detail);
            shown["latest"] = metadata;
            print(&format!("{shown:#}\n"))
        }
        ListFormat::Table => {
            let code = detail.code.as_ref().map_or_else(
                || "not imported".to_owned(),
                |code| format!("{} bytes, SHA-512 {}", code.size, code.digests.sha512_hex()),
            );
            let mut rows = vec![
                ("function".to_owned(), detail.summary.key.to_string()),
                ("versions".to_owned(), detail.summary.versions.to_string()),
                ("code".to_owned(), code),
            ];
            let latest = metadata.as_object().into_iter().flatten();
            rows.extend(latest.map(|(name, value)| (format!("latest.{name}"), plain(value))));
            print(&fields(rows))
        }
    }
}

fn code(detail: &FunctionDetail) -> Value {
    detail.code.as_ref().map_or(Value::Null, |code| {
        json!({
            "size": code.size,
            "sha512": code.digests.sha512_hex(),
        })
    })
}

/// A value without quotes, unless it has what could play tricks on a terminal.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .filter(|text| !text.contains(char::is_control))
        .map_or_else(|| value.to_string(), str::to_owned)
}

async fn update(arguments: UpdateArguments) -> Result<(), Failure> {
    let key = arguments.function.key()?;
    let read = fs::read(&arguments.code);
    let bytes = read.map_err(|error| Failure::Code(arguments.code.clone(), error))?;
    if bytes.is_empty() {
        return Err(Failure::NoCode(arguments.code));
    }
    let updated = with_store(&arguments.given, async |store| {
        store
            .update_code(&key, StoredCode::new(bytes), origin())
            .await
    })
    .await?;
    match updated {
        CodeUpdate::Updated => say(format_args!("updated {key}")),
        CodeUpdate::Unchanged => say(format_args!("unchanged {key}")),
        CodeUpdate::NoSuchFunction => Err(Failure::NoSuchFunction(key)),
    }
}
