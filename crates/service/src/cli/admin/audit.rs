//! `audit list`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::super::config::{Given, StoreScope};
use super::super::failure::Failure;
use super::super::output::{hint, print};
use super::super::table::{optional, table};
use super::{FormatArguments, ListFormat, with_store_as_it_is};
use crate::domain::AuditRecord;
use crate::store::Administration as _;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuditCommand {
    /// List who changed what: every publication and every administrative change, oldest first.
    List(ListArguments),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ListArguments {
    #[command(flatten)]
    given: Given<StoreScope>,

    /// Changes in this project only.
    #[arg(long, value_name = "ID")]
    project: Option<String>,

    /// Changes after the one of this number only.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,

    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,

    #[command(flatten)]
    format: FormatArguments,
}

impl AuditCommand {
    pub(in crate::cli) async fn run(self) -> Result<(), Failure> {
        let Self::List(arguments) = self;
        let project = arguments.project.as_deref();
        // One more, to know whether there are more.
        let limit = arguments.limit.saturating_add(1);
        let mut records = with_store_as_it_is(&arguments.given, async |store| {
            store.audit(arguments.after, limit, project).await
        })
        .await?;
        let wanted = usize::try_from(arguments.limit).unwrap_or(usize::MAX);
        let more = records.len() > wanted;
        records.truncate(wanted);
        match arguments.format.format {
            ListFormat::Table => print(&table(
                [
                    "NUMBER", "TIME", "ACTOR", "ACTION", "PROJECT", "SUBJECT", "REQUEST", "DETAIL",
                ],
                records.iter().map(|record| {
                    [
                        record.id.to_string(),
                        record.origin.at.to_string(),
                        record.origin.actor.to_string(),
                        record.deed.action.to_string(),
                        optional(record.deed.project.as_deref()),
                        record.deed.subject.clone(),
                        optional(record.origin.request_id.as_deref()),
                        optional(record.deed.detail.as_deref()),
                    ]
                }),
            ))?,
            ListFormat::Json => {
                let list: Value = records.iter().map(item).collect();
                print(&format!("{list:#}\n"))?;
            }
        }
        if let (true, Some(last)) = (more, records.last()) {
            hint(format_args!("there are more: --after {}", last.id));
        }
        Ok(())
    }
}

fn item(record: &AuditRecord) -> Value {
    // The store keeps JSON only.
    let detail = record
        .deed
        .detail
        .as_deref()
        .and_then(|detail| serde_json::from_str::<Value>(detail).ok());
    json!({
        "number": record.id,
        "time": record.origin.at.to_string(),
        "actor": {
            "kind": record.origin.actor.kind.as_str(),
            "id": record.origin.actor.id,
        },
        "action": record.deed.action.as_str(),
        "project": record.deed.project,
        "subject": record.deed.subject,
        "request_id": record.origin.request_id,
        "detail": detail,
    })
}
