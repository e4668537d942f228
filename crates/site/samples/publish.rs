use std::env::var;

use functiongraph_client::{Client, types};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder()
        .endpoint(&var("ENDPOINT")?)
        .token(var("TOKEN")?)
        .build()?;
    let request = types::CreateFunctionVersionRequest {
        version: Some("v1".parse()?),
        description: Some("first release".parse()?),
        ..Default::default()
    };
    let version = client
        .create_function_version()
        .project_id(var("PROJECT_ID")?)
        .function_urn(var("FUNCTION_URN")?)
        .body(request)
        .send()
        .await?;
    println!("{} {}", version.version, version.digest);
    Ok(())
}
