//! Logs in at the identity service with user and password, and lists the versions of a function.
//!
//! ```text
//! PASSWORD=… cargo run --example password_login -- REGION ACCOUNT USER FUNCTION
//! ```
#![allow(clippy::print_stdout)] // Printing is what it is for.

use functiongraph_client::Client;
use functiongraph_client::credentials::PasswordLogin;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [region, account, user, urn] = arguments.as_slice() else {
        return Err("usage: password_login REGION ACCOUNT USER FUNCTION".into());
    };
    // The token is for the project of the region, and is renewed by itself.
    let login = PasswordLogin::new(account, user, std::env::var("PASSWORD")?);
    let client = Client::builder()
        .region(region)
        .credentials(login)
        .build()?;
    let all: Vec<_> = client.function(urn).versions().try_collect().await?;
    println!("{} versions", all.len());
    Ok(())
}
