use std::env::var;

use functiongraph_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .endpoint(var("ENDPOINT")?)
        .project_id(var("PROJECT_ID")?)
        .from_env()
        .build()?;
    let mut versions = client.function(var("FUNCTION_URN")?).versions();
    while let Some(version) = versions.next().await {
        let version = version?;
        println!("{} {}", version.version, version.digest);
    }
    Ok(())
}
