//! Publishes a version with credentials from the environment.
//!
//! ```text
//! HUAWEICLOUD_SDK_AK=… HUAWEICLOUD_SDK_SK=… cargo run --example publish -- REGION FUNCTION [NAME]
//! ```
#![allow(clippy::print_stdout)] // Printing is what it is for.

use functiongraph_client::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(region), Some(urn)) = (arguments.next(), arguments.next()) else {
        return Err("usage: publish REGION FUNCTION [NAME]".into());
    };
    let client = Client::builder().region(region).from_env().build()?;
    let mut publish = client.function(urn).publish();
    if let Some(name) = arguments.next() {
        publish = publish.version(name);
    }
    match publish.send().await {
        Ok(version) => println!("{} {}", version.version, version.digest),
        Err(error) if error.is_version_taken() => println!("that name is taken"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
