//! Pages of a function's versions.

use bytes::Bytes;

/// The greatest number of items on a page, and the number on a page that asks for none.
pub const MAX_PAGE: u32 = 400;

/// Which part of a function's versions is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageRange {
    /// The offset of the first item: 0 is `latest`, published versions follow from 1 in the order
    /// of their publication.
    pub marker: u64,
    /// The greatest number of items: 1 to [`MAX_PAGE`].
    pub limit: u32,
}

impl PageRange {
    /// A range by the query's `marker` and `maxitems`; 0 or more than [`MAX_PAGE`] items asks for
    /// [`MAX_PAGE`].
    pub fn new(marker: u64, maxitems: u64) -> Self {
        let limit = match u32::try_from(maxitems) {
            Ok(limit @ 1..=MAX_PAGE) => limit,
            _ => MAX_PAGE,
        };
        Self { marker, limit }
    }
}

/// A page as the store gives it: ready JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `{"versions":[…],"next_marker":…,"count":…}`
    pub json: Bytes,
    /// Number of items.
    pub items: u32,
    /// The offset after the last item; the range's marker where there is none.
    pub next_marker: u64,
    /// How many versions the function has, `latest` included.
    pub count: u64,
}

/// Puts a page together out of versions that are JSON text already: encoding them anew for every
/// request would cost more than all the rest of it.
#[derive(Debug)]
pub struct PageWriter {
    json: Vec<u8>,
    items: u32,
    next_marker: u64,
}

impl PageWriter {
    /// An empty page at `range`.
    pub fn new(range: PageRange) -> Self {
        let mut json = Vec::with_capacity(4096);
        json.extend_from_slice(br#"{"versions":["#);
        Self {
            json,
            items: 0,
            next_marker: range.marker,
        }
    }

    /// Adds the version at `position`. Positions must come in ascending order.
    pub fn push(&mut self, position: u64, version: &str) {
        if self.items > 0 {
            self.json.push(b',');
        }
        self.json.extend_from_slice(version.as_bytes());
        self.items += 1;
        self.next_marker = position + 1;
    }

    /// The page, of a function that has `count` versions.
    pub fn finish(mut self, count: u64) -> Page {
        let end = format!(r#"],"next_marker":{},"count":{count}}}"#, self.next_marker);
        self.json.extend_from_slice(end.as_bytes());
        Page {
            json: self.json.into(),
            items: self.items,
            next_marker: self.next_marker,
            count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_too_much_mean_the_greatest_page() {
        for (maxitems, limit) in [
            (0, 400),
            (1, 1),
            (400, 400),
            (401, 400),
            (999_999_999_999_999_999, 400),
        ] {
            assert_eq!(PageRange::new(0, maxitems).limit, limit, "{maxitems}");
        }
    }

    #[test]
    fn an_empty_page_stays_where_it_is() {
        let page = PageWriter::new(PageRange::new(7, 0)).finish(3);
        assert_eq!(page.json, r#"{"versions":[],"next_marker":7,"count":3}"#);
        assert_eq!(page.next_marker, 7);
    }

    #[test]
    fn the_next_marker_follows_the_last_item_also_over_a_gap() {
        let mut page = PageWriter::new(PageRange::new(0, 2));
        page.push(0, "{}");
        page.push(4, r#"{"a":1}"#);
        let page = page.finish(9);
        assert_eq!(
            page.json,
            r#"{"versions":[{},{"a":1}],"next_marker":5,"count":9}"#
        );
        assert_eq!((page.items, page.next_marker, page.count), (2, 5, 9));
    }
}
