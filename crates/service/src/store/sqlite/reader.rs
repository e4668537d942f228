//! A reading connection, and what it has read.
//!
//! What every request asks for is kept ready for as long as nobody commits anything to the file,
//! whoever it be: this process, another one, another program. SQLite tells: a connection's
//! `data_version` differs once another connection has committed, and these connections never write
//! themselves. It is asked before each use of what is kept, so that no answer is older than the
//! question. What is kept is read after the version that it belongs to, never before: should somebody
//! commit between the two, then the next version differs, and it is given up though it was new.

use std::hash::Hash;
use std::ops::Deref;
use std::path::Path;

use bytes::Bytes;
use hashlink::LruCache;
use jiff::Timestamp;
use rusqlite::Connection;

use super::connection::open_reader;
use super::credentials::{self, TokenGrant};
use super::{SqliteOptions, read_page, run, sql};
use crate::auth::{Grant, TokenHash};
use crate::domain::{FunctionKey, Page, PageRange};
use crate::store::{FunctionId, StoreError};

/// How many tokens' grants are kept.
const GRANTS: usize = 1024;

/// How many functions' ids are kept.
const FUNCTIONS: usize = 4096;

/// How much the pages take that are kept, in bytes.
const PAGE_BYTES: usize = 4 << 20;

/// A page that takes more is not kept: it would cost too many others their place.
const LARGEST_PAGE: usize = PAGE_BYTES / 8;

/// What a page takes beside its JSON, about.
const PAGE_OVERHEAD: usize = 256;

/// A connection that only reads.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    /// The version of the data that is kept; none before there is any.
    version: Option<i64>,
    grants: LruCache<TokenHash, TokenGrant>,
    functions: LruCache<FunctionKey, FunctionId>,
    pages: Pages,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Reader {
    pub(super) fn open(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        Ok(Self {
            connection: open_reader(path, options)?,
            version: None,
            grants: LruCache::new(GRANTS),
            functions: LruCache::new(FUNCTIONS),
            pages: Pages::default(),
        })
    }

    /// What a token grants.
    pub(super) fn grant(
        &mut self,
        token: TokenHash,
        now: Timestamp,
    ) -> rusqlite::Result<Option<Grant>> {
        self.renew()?;
        let found = kept(&mut self.grants, &token, || {
            credentials::grant(&self.connection, token)
        })?;
        Ok(found.and_then(|found| found.at(now)))
    }

    /// A function's id.
    pub(super) fn function(&mut self, key: &FunctionKey) -> rusqlite::Result<Option<FunctionId>> {
        self.renew()?;
        kept(&mut self.functions, key, || {
            super::function(&self.connection, key)
        })
    }

    /// A page of a function's versions.
    pub(super) fn page(
        &mut self,
        function: FunctionId,
        range: PageRange,
    ) -> rusqlite::Result<Option<Page>> {
        self.renew()?;
        if let Some(page) = self.pages.get(function, range) {
            return Ok(Some(page));
        }
        // One transaction, so that the count is that of the moment of the items.
        run(&self.connection, "BEGIN")?;
        let page = read_page(&self.connection, function, range)?;
        run(&self.connection, "COMMIT")?;
        if let Some(page) = &page {
            self.pages.keep(function, range, page);
        }
        Ok(page)
    }

    /// Gives up what is kept, unless the file is still as it was.
    fn renew(&mut self) -> rusqlite::Result<()> {
        let version = self
            .connection
            .prepare_cached(sql::DATA_VERSION)?
            .query_row((), |row| row.get(0))?;
        if self.version != Some(version) {
            self.grants.clear();
            self.functions.clear();
            self.pages.clear();
            self.version = Some(version);
        }
        Ok(())
    }
}

/// What is kept under a key, or else is read and kept. What is not there is not kept: there is no end
/// to names of nothing.
fn kept<K: Clone + Eq + Hash, V: Clone>(
    all: &mut LruCache<K, V>,
    key: &K,
    read: impl FnOnce() -> rusqlite::Result<Option<V>>,
) -> rusqlite::Result<Option<V>> {
    if let Some(known) = all.get(key) {
        return Ok(Some(known.clone()));
    }
    let found = read()?;
    if let Some(found) = &found {
        all.insert(key.clone(), found.clone());
    }
    Ok(found)
}

/// Pages, the one that was used last at the end.
#[derive(Debug)]
struct Pages {
    all: LruCache<(FunctionId, PageRange), Page>,
    bytes: usize,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            // Their bytes bound them.
            all: LruCache::new_unbounded(),
            bytes: 0,
        }
    }
}

impl Pages {
    fn get(&mut self, function: FunctionId, range: PageRange) -> Option<Page> {
        self.all.get(&(function, range)).cloned()
    }

    fn keep(&mut self, function: FunctionId, range: PageRange, page: &Page) {
        let takes = |page: &Page| page.json.len() + PAGE_OVERHEAD;
        if takes(page) > LARGEST_PAGE {
            return;
        }
        self.bytes += takes(page);
        // The text came together in a buffer that may be much larger than it.
        let page = Page {
            json: Bytes::copy_from_slice(&page.json),
            ..page.clone()
        };
        if let Some(before) = self.all.insert((function, range), page) {
            self.bytes -= takes(&before);
        }
        while self.bytes > PAGE_BYTES
            && let Some((_, oldest)) = self.all.remove_lru()
        {
            self.bytes -= takes(&oldest);
        }
    }

    fn clear(&mut self) {
        self.all.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::PageWriter;

    /// A page that takes so many bytes.
    fn page(bytes: usize) -> Page {
        Page {
            json: Bytes::from(vec![b' '; bytes - PAGE_OVERHEAD]),
            items: 0,
            next_marker: 0,
            count: 0,
        }
    }

    #[test]
    fn pages_are_bounded_by_their_bytes() {
        let mut pages = Pages::default();
        let range = PageRange::new(0, 1);
        for number in 0..100 {
            pages.keep(FunctionId(number), range, &page(LARGEST_PAGE));
            // The first is used all the time, and stays.
            assert!(pages.get(FunctionId(0), range).is_some());
            assert!(pages.bytes <= PAGE_BYTES);
        }
        assert_eq!(pages.all.len(), PAGE_BYTES / LARGEST_PAGE);
        assert_eq!(pages.bytes, PAGE_BYTES);
        assert!(pages.get(FunctionId(99), range).is_some());
        assert!(pages.get(FunctionId(1), range).is_none());
        pages.keep(FunctionId(99), range, &page(PAGE_OVERHEAD));
        assert_eq!(pages.bytes, PAGE_BYTES - LARGEST_PAGE + PAGE_OVERHEAD);
        pages.clear();
        assert_eq!((pages.bytes, pages.all.len()), (0, 0));
    }

    #[test]
    fn a_page_takes_no_more_room_than_its_text() {
        let range = PageRange::new(7, 1);
        let mut pages = Pages::default();
        pages.keep(FunctionId(1), range, &PageWriter::new(range).finish(3));
        let (_, kept) = pages.all.remove_lru().unwrap();
        let text = kept.json.clone();
        drop(pages);
        drop(kept);
        let text = text.try_into_mut().unwrap();
        assert_eq!(text.capacity(), text.len());
    }

    #[test]
    fn a_page_that_is_too_large_is_not_kept() {
        let mut pages = Pages::default();
        let range = PageRange::new(0, 1);
        pages.keep(FunctionId(0), range, &page(LARGEST_PAGE + 1));
        assert!(pages.get(FunctionId(0), range).is_none());
        assert_eq!(pages.bytes, 0);
    }
}
