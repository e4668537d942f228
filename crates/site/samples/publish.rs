use std::env::var;

use functiongraph_client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .endpoint(var("ENDPOINT")?)
        .project_id(var("PROJECT_ID")?)
        .from_env()
        .build()?;
    let function = client.function(var("FUNCTION_URN")?);
    let version = function
        .publish()
        .version("v1")
        .description("first release")
        .send()
        .await?;
    println!("{} {}", version.version, version.digest);
    Ok(())
}
