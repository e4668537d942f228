//! Publishes two versions of a function and lists all of them page by page, printing each exchange.
//!
//! ```text
//! TOKEN=… cargo run --example tour -- ENDPOINT PROJECT_ID FUNCTION_URN
//! ```
#![allow(clippy::print_stdout)] // Printing is what it is for.

use std::error::Error;

use functiongraph_client::{Client, types};
use serde::Serialize;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, project, urn] = arguments.as_slice() else {
        return Err("usage: tour ENDPOINT PROJECT_ID FUNCTION_URN, with the token in TOKEN".into());
    };
    let client = Client::builder()
        .endpoint(endpoint)
        .token(std::env::var("TOKEN")?)
        .build()?;

    for (version, description) in [("v1", "first release"), ("v2", "second release")] {
        let request = types::CreateFunctionVersionRequest {
            version: Some(version.parse()?),
            description: Some(description.parse()?),
            ..Default::default()
        };
        println!("→ publish {}", json(&request)?);
        let published = client
            .create_function_version()
            .project_id(project.as_str())
            .function_urn(urn.as_str())
            .body(request)
            .send()
            .await?;
        println!("← {} {}\n", published.status(), json(&summary(&published))?);
    }

    let mut marker = types::Marker::try_from(0)?;
    loop {
        println!("→ list marker={marker} maxitems=2");
        let page = client
            .list_function_versions()
            .project_id(project.as_str())
            .function_urn(urn.as_str())
            .marker(marker.clone())
            .maxitems(2)
            .send()
            .await?;
        let versions: Vec<_> = page.versions.iter().map(summary).collect();
        println!(
            "← {} next_marker={} count={}",
            page.status(),
            page.next_marker,
            page.count.unwrap_or_default()
        );
        println!("{}\n", json(&versions)?);
        let next = types::Marker::try_from(page.next_marker)?;
        if page.versions.is_empty() || next == marker {
            return Ok(());
        }
        marker = next;
    }
}

/// What is worth reading of a version in a demonstration.
#[derive(Serialize)]
struct Summary<'a> {
    version: &'a str,
    version_description: Option<&'a str>,
    image_name: &'a str,
    last_modified: &'a str,
}

fn summary(version: &types::FunctionVersion) -> Summary<'_> {
    Summary {
        version: &version.version,
        version_description: version.version_description.as_deref(),
        image_name: &version.image_name,
        last_modified: version.last_modified.as_str(),
    }
}

fn json(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value)
}
