use std::env::var;

use functiongraph_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .endpoint(&var("ENDPOINT")?)
        .token(var("TOKEN")?)
        .build()?;
    let page = client
        .list_function_versions()
        .project_id(var("PROJECT_ID")?)
        .function_urn(var("FUNCTION_URN")?)
        .marker("0")
        .maxitems("10")
        .send()
        .await?;
    for version in &page.versions {
        println!("{} {}", version.version, version.digest);
    }
    println!("next_marker {}", page.next_marker);
    Ok(())
}
