//! Lists the versions of a function as they come, page by page.
//!
//! ```text
//! HUAWEICLOUD_SDK_AK=… HUAWEICLOUD_SDK_SK=… cargo run --example list -- REGION FUNCTION
//! ```
#![allow(clippy::print_stdout)] // Printing is what it is for.

use functiongraph_client::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [region, urn] = arguments.as_slice() else {
        return Err("usage: list REGION FUNCTION".into());
    };
    let client = Client::builder().region(region).from_env().build()?;
    let mut versions = client.function(urn).versions().page_size(50);
    while let Some(version) = versions.next().await {
        let version = version?;
        println!("{} {}", version.version, version.last_modified);
    }
    Ok(())
}
