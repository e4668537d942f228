//! Tries a program's own code against a mock of the service: here, publishing a name that may be
//! taken.
#![allow(clippy::print_stdout)] // Printing is what it is for.

use functiongraph_client::{Client, Error, types};
use functiongraph_client_mock::{MockServer, MockServerExt};

/// The code that is tried: the name, or the first of `name-2`, `name-3`, … that is free.
async fn publish_somehow(client: &Client, urn: &str, name: &str) -> Result<String, Error> {
    let mut candidate = name.to_owned();
    for number in 2.. {
        match client
            .function(urn)
            .publish()
            .version(&candidate)
            .send()
            .await
        {
            Err(error) if error.is_version_taken() => candidate = format!("{name}-{number}"),
            other => return Ok(other?.into_inner().version),
        }
    }
    Ok(candidate)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let taken = server.create_function_version(|_, then| {
        let taken = then.conflict(&types::Error {
            error_code: "FSS.1062".to_owned(),
            error_msg: "the name is taken".to_owned(),
            ..Default::default()
        });
        taken.into_inner().up_to_n_times(1);
    });
    let published = server.create_function_version(|_, then| {
        then.ok(&types::FunctionVersion {
            version: "v1-2".to_owned(),
            ..Default::default()
        });
    });
    let client = Client::builder()
        .endpoint(server.base_url())
        .project_id("7aad83af3e8d42e99ac194e8419e2c9b")
        .build()?;
    let name = publish_somehow(&client, "default:test", "v1").await?;
    taken.assert();
    published.assert();
    println!("published {name}");
    Ok(())
}
