//! Several replicas of the service on one database.

use std::collections::BTreeSet;
use std::sync::Arc;

use functiongraph_service::domain::PageRange;
use functiongraph_service::store::{FunctionId, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::server::{database, port};
use super::{open, url};
use crate::durability::{self, Daemon, PATH};
use crate::store_suite::{function, publication};
use crate::wire::{get, post};

const REPLICAS: usize = 3;

/// Names on all pages, as somebody sees them who pages until `count` are seen.
async fn page_through(store: &impl Store, id: FunctionId, count: usize) -> Vec<String> {
    let mut seen = Vec::new();
    let mut marker = 1;
    while seen.len() < count {
        let range = PageRange::new(marker, 7);
        let page = store.page(id, range).await.unwrap().unwrap();
        let json: Value = serde_json::from_slice(&page.json).unwrap();
        for version in json["versions"].as_array().unwrap() {
            seen.push(version["version"].as_str().unwrap().to_owned());
        }
        assert!(page.count >= page.next_marker);
        marker = page.next_marker;
        tokio::task::yield_now().await;
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn stores_publish_to_one_function_at_once() {
    const PUBLISHERS: usize = 4;
    const EACH: usize = 15;
    let url = url(port(), &database(port()).await);
    let mut stores = Vec::new();
    for _ in 0..REPLICAS {
        stores.push(Arc::new(open(&url).await.unwrap()));
    }
    let id = function(&*stores[0], "f").await;
    let total = REPLICAS * PUBLISHERS * EACH;
    let readers: Vec<_> = stores
        .iter()
        .map(|store| {
            let store = Arc::clone(store);
            tokio::spawn(async move { page_through(&*store, id, total).await })
        })
        .collect();
    let mut tasks = Vec::new();
    for publisher in 0..REPLICAS * PUBLISHERS {
        let store = Arc::clone(&stores[publisher % REPLICAS]);
        tasks.push(tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for number in 0..EACH {
                // Every third with a name of its own, the others at one and the same second.
                let name = (number % 3 == 0).then(|| format!("p{publisher}-{number}"));
                let publication = publication(name.as_deref());
                acknowledged.push(store.publish(id, publication).await.unwrap());
            }
            acknowledged
        }));
    }
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    acknowledged.sort_by_key(|published| published.position);
    let positions: Vec<u64> = acknowledged.iter().map(|one| one.position).collect();
    let expected: Vec<u64> = (1..=u64::try_from(total).unwrap()).collect();
    assert_eq!(positions, expected, "a position is lost or repeated");
    let names: Vec<String> = acknowledged
        .iter()
        .map(|one| one.name.to_string())
        .collect();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), names, "paging skipped or repeated");
    }
    let records = stores[0].functions_audit(total).await;
    assert_eq!(records, total, "a publication without a record");
}

/// What counts the records of publications.
trait Records {
    async fn functions_audit(&self, most: usize) -> usize;
}

impl<S: functiongraph_service::store::Administration> Records for S {
    async fn functions_audit(&self, most: usize) -> usize {
        let limit = u32::try_from(most).unwrap() + 10;
        let records = self.audit(0, limit, None).await.unwrap();
        records
            .iter()
            .filter(|record| record.deed.action == functiongraph_service::domain::Action::Publish)
            .count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: cargo xtask test --only stores"]
async fn processes_publish_to_one_function_at_once() {
    const CALLERS: usize = 3;
    const EACH: usize = 10;
    let folder = TempDir::new().unwrap();
    let store = url(port(), &database(port()).await).to_string();
    let token = durability::furnish_store(folder.path(), &store);
    let daemons: Vec<Daemon> = (0..REPLICAS)
        .map(|_| {
            Daemon::start_on(
                &store,
                &["--max-versions", "1000000"],
                std::process::Stdio::inherit(),
            )
        })
        .collect();
    let total = REPLICAS * CALLERS * EACH;
    let readers: Vec<_> = daemons
        .iter()
        .map(|daemon| {
            let (address, token) = (daemon.address, token.clone());
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut marker = 1;
                while seen.len() < total {
                    let request = get(format!("{PATH}?marker={marker}&maxitems=7")).token(&token);
                    let page = request.send(address).await.success();
                    for version in page["versions"].as_array().unwrap() {
                        seen.push(version["version"].as_str().unwrap().to_owned());
                    }
                    marker = page["next_marker"].as_u64().unwrap();
                }
                seen
            })
        })
        .collect();
    let mut callers = Vec::new();
    for caller in 0..REPLICAS * CALLERS {
        let (address, token) = (daemons[caller % REPLICAS].address, token.clone());
        callers.push(tokio::spawn(async move {
            let mut names = Vec::new();
            for number in 0..EACH {
                let body = match number % 2 {
                    0 => json!({"version": format!("c{caller}-{number}")}),
                    _ => json!({}),
                };
                let request = post(PATH).token(&token).json(body);
                let version = request.send(address).await.success();
                names.push(version["version"].as_str().unwrap().to_owned());
            }
            names
        }));
    }
    let mut acknowledged = BTreeSet::new();
    for caller in callers {
        for name in caller.await.unwrap() {
            assert!(acknowledged.insert(name), "a name twice");
        }
    }
    let mut all = Vec::new();
    for reader in readers {
        all.push(reader.await.unwrap());
    }
    assert!(all.iter().all(|seen| *seen == all[0]), "orders differ");
    let listed: BTreeSet<String> = all[0].iter().cloned().collect();
    assert_eq!(listed.len(), all[0].len(), "paging repeated");
    assert_eq!(listed, acknowledged);
}
