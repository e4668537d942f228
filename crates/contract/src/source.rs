//! Source text, and where in it things stand.

use std::sync::Arc;

/// A range of bytes in one of the files that a document consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Which file: an index into the document's sources.
    pub(crate) source: u32,
    /// First byte.
    pub(crate) start: u32,
    /// The byte after the last one.
    pub(crate) end: u32,
}

impl Span {
    /// A span; offsets beyond 32 bits cannot occur, since files are bounded far below.
    pub(crate) fn new(source: u32, start: usize, end: usize) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            source,
            start: narrow(start),
            end: narrow(end.max(start)),
        }
    }
}

/// A line and a column, both counted from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A file's name and text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    name: String,
    text: String,
    /// The byte at which each line begins.
    lines: Vec<usize>,
}

impl Source {
    /// Takes the text without its byte order mark: editors do not count it as a column.
    pub(crate) fn new(name: impl Into<String>, text: &str) -> Arc<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let bytes = text.as_bytes();
        let mut lines = vec![0];
        for (offset, byte) in bytes.iter().enumerate() {
            // A carriage return ends a line of its own unless a line feed follows it.
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(offset + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                lines.push(offset + 1);
            }
        }
        Arc::new(Self {
            name: name.into(),
            text,
            lines,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of a byte.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line = self
            .lines
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.line_start(line);
        Position {
            line: line + 1,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// The text of the lines that hold `start..end`, with the number of the first (from 1) and the
    /// byte at which it begins.
    pub(crate) fn excerpt(&self, start: usize, end: usize) -> (usize, usize, &str) {
        let first = self.position(start).line;
        let last = self.position(end.max(start)).line;
        let from = self.line_start(first - 1);
        let to = self
            .lines
            .get(last)
            .copied()
            .unwrap_or(self.text.len())
            .max(from);
        let text = self.text[from..to].trim_end_matches(['\n', '\r']);
        (first, from, text)
    }

    /// The lines with the byte at which each begins, without their ends.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines.iter().enumerate().map(|(number, start)| {
            let end = self
                .lines
                .get(number + 1)
                .copied()
                .unwrap_or(self.text.len());
            let text = self.text[*start..end].trim_end_matches(['\n', '\r']);
            (*start, text)
        })
    }

    fn line_start(&self, line: usize) -> usize {
        self.lines.get(line).copied().unwrap_or(self.text.len())
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_kind_of_line_end_counts_once() {
        let source = Source::new("a", "x\ny\r\nz\rü!");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(2), Position { line: 2, column: 1 });
        assert_eq!(source.position(5), Position { line: 3, column: 1 });
        // `ü` takes two bytes and one column.
        assert_eq!(source.position(9), Position { line: 4, column: 2 });
        assert_eq!(source.position(8), Position { line: 4, column: 1 });
        assert_eq!(source.position(99).line, 4);
    }

    #[test]
    fn the_byte_order_mark_is_no_column() {
        let source = Source::new("a", "\u{feff}openapi");
        assert_eq!(source.text(), "openapi");
    }

    #[test]
    fn an_excerpt_is_whole_lines() {
        let source = Source::new("a", "one\ntwo\nthree\n");
        assert_eq!(source.excerpt(5, 6), (2, 4, "two"));
        assert_eq!(source.excerpt(5, 9), (2, 4, "two\nthree"));
        assert_eq!(source.excerpt(14, 14), (4, 14, ""));
        let lines: Vec<_> = source.lines().map(|(_, text)| text).collect();
        assert_eq!(lines, ["one", "two", "three", ""]);
    }
}
