use std::env::var;

use functiongraph_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .endpoint(var("ENDPOINT")?)
        .project_id(var("PROJECT_ID")?)
        .from_env()
        .build()?;
    let versions = client.function(var("FUNCTION_URN")?).versions();
    let mut pages = versions.starting_at(0).page_size(10).pages();
    if let Some(page) = pages.next().await {
        let page = page?;
        for version in &page.versions {
            println!("{} {}", version.version, version.digest);
        }
        println!("next_marker {}", page.next_marker);
    }
    Ok(())
}
