//! What was acknowledged is there after processes were killed.

use std::time::Duration;

use tempfile::TempDir;

use super::server::{Server, database, port};
use super::url;
use crate::durability::{self, Killing, furnish_store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn whatever_was_acknowledged_survives_sigkill() {
    let folder = TempDir::new().unwrap();
    let store = url(port(), &database(port()).await).to_string();
    let token = furnish_store(folder.path(), &store);
    let mut killing = Killing::new(store, token);
    for _ in 0..durability::rounds() {
        killing.round(async || {}).await;
    }
    killing.check().await;
}

/// The database itself crashes, with the service on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn whatever_was_acknowledged_survives_a_crash_of_the_database() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start();
    let store = url(server.port, &database(server.port).await).to_string();
    let token = furnish_store(folder.path(), &store);
    let mut killing = Killing::new(store, token);
    for _ in 0..durability::rounds().div_ceil(10) {
        killing
            .round(async || {
                server.stop();
                server.start_again();
                tokio::time::sleep(Duration::from_millis(1)).await;
            })
            .await;
    }
    killing.check().await;
}
