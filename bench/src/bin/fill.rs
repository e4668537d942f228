//! Fills a store: `fill sqlite:PATH FUNCTIONS VERSIONS` imports so many functions, and publishes so
//! many versions of a thousand of them, which lie evenly among all.

use std::env;
use std::error::Error;

use functiongraph_bench::{PROJECT, function_name, metadata};
use functiongraph_service::domain::{
    Actor, FunctionKey, Origin, Publication, Rules, VersionName, WorkingCopy,
};
use functiongraph_service::store::{Administration as _, AnyStore, ImportMode, Store as _};

/// Functions that are imported in one transaction.
const BATCH: u32 = 10_000;

/// Functions that have published versions.
const PUBLISHED: u32 = 1000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("fill: {what} is missing"));
    let store = AnyStore::open(&next("the store")?.parse()?).await?;
    let functions: u32 = next("the number of functions")?.parse()?;
    let versions: u32 = next("the number of versions")?.parse()?;

    let now = jiff::Timestamp::now();
    let origin = || Origin {
        actor: Actor::administrator("bench"),
        at: now,
        request_id: None,
    };
    let key = |number| FunctionKey {
        project: PROJECT.to_owned(),
        package: "default".to_owned(),
        name: function_name(number),
    };
    for first in (0..functions).step_by(BATCH as usize) {
        let copies = (first..functions.min(first + BATCH))
            .map(|number| WorkingCopy::new(key(number), metadata(number), None))
            .collect();
        store
            .import(copies, ImportMode::CreateOnly, origin())
            .await?;
    }
    let step = (functions / PUBLISHED).max(1) as usize;
    for number in (0..functions).step_by(step).take(PUBLISHED as usize) {
        let function = store.function(&key(number)).await?;
        let function = function.ok_or("fill: a function that was imported is not there")?;
        for version in 1..=versions {
            let publication = Publication {
                version: Some(VersionName::parse(&format!("v{version}"))?),
                description: Some("Filled in for the benchmark".to_owned()),
                digest: None,
                image_tag: "bench".to_owned(),
                rules: Rules {
                    max_versions: u64::from(u32::MAX),
                    ..Rules::default()
                },
                origin: origin(),
            };
            store.publish(function, publication).await?;
        }
    }
    store.close().await;
    Ok(())
}
