//! A server of the API in memory: what the generated stubs need to be one. Start from a copy of it.
#![allow(clippy::print_stdout, reason = "it says where it listens")]

mod memory;

use std::sync::{Arc, Mutex};

use functiongraph_server::{Limits, router};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let memory = Arc::new(memory::Memory(Mutex::default()));
    let router = router(Arc::clone(&memory), memory, Limits::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}
