//! Versions that are kept until they are all there.

use functiongraph_client::Pages;
use serde_json::Value;

use crate::commands::sent;
use crate::failure::Failure;

/// Bytes of pages that are kept at most: a list without end is not to take all memory.
const KEPT: usize = 256 << 20;

/// The versions that were asked for.
pub(super) struct Listed {
    pub(super) versions: Vec<Value>,
    /// Whether there are more.
    pub(super) more: bool,
}

impl Listed {
    /// Asks for no more pages than it takes to know.
    pub(super) async fn read(mut pages: Pages, limit: usize) -> Result<Self, Failure> {
        let mut versions = Vec::new();
        let mut bytes = 0_usize;
        while let Some(page) = pages.next().await {
            let page = page?;
            bytes = bytes.saturating_add(page.raw_body().len());
            if bytes > KEPT {
                return Err(too_large());
            }
            versions.append(&mut sent::of_page(&page)?);
            if versions.len() > limit {
                versions.truncate(limit);
                return Ok(Self {
                    versions,
                    more: true,
                });
            }
        }
        Ok(Self {
            versions,
            more: false,
        })
    }
}

fn too_large() -> Failure {
    Failure::Answer(format!(
        "the list is larger than {} MiB: --output jsonl writes versions as they come, and --limit lists fewer",
        KEPT >> 20
    ))
}
