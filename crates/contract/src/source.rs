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

/// A line of a source, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window<'s> {
    /// The byte of the source at which it begins.
    pub(crate) start: usize,
    /// Without the line's end.
    pub(crate) text: &'s str,
    /// Whether it begins where the line does.
    pub(crate) whole: bool,
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
        let line = self.line(offset);
        let start = self.line_start(line);
        Position {
            line: line + 1,
            column: self.text[start..offset].chars().count() + 1,
        }
    }

    /// The line that holds a byte; of a very long line, the part around it.
    pub(crate) fn window(&self, offset: usize) -> Window<'_> {
        const BEFORE: usize = 500;
        const AFTER: usize = 1_500;
        let offset = self.floor(offset);
        let line = self.line(offset);
        let begin = self.line_start(line);
        let end = self.line_start(line + 1).max(begin);
        let text = self.text[begin..end].trim_end_matches(['\n', '\r']);
        let end = begin + text.len();
        let offset = offset.min(end);
        let start = if offset - begin > AFTER {
            self.floor(offset - BEFORE)
        } else {
            begin
        };
        let end = self.floor(end.min(offset + AFTER));
        Window {
            start,
            text: &self.text[start..end],
            whole: start == begin,
        }
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

    /// The index of the line that holds a byte.
    fn line(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
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
    fn a_window_is_a_line() {
        let source = Source::new("a", "one\ntwo\r\nthree\n");
        let window = |offset| {
            let window = source.window(offset);
            (window.start, window.text, window.whole)
        };
        assert_eq!(window(5), (4, "two", true));
        assert_eq!(window(8), (4, "two", true));
        assert_eq!(window(15), (15, "", true));
        assert_eq!(window(99), (15, "", true));
        let lines: Vec<_> = source.lines().map(|(_, text)| text).collect();
        assert_eq!(lines, ["one", "two", "three", ""]);
    }

    #[test]
    fn a_window_is_part_of_a_long_line() {
        let source = Source::new("a", &"ü".repeat(10_000));
        let window = source.window(9_001);
        assert!(!window.whole && window.text.len() <= 2_000);
        assert!(window.start < 9_001 && window.start + window.text.len() > 9_001);
        let first = source.window(3);
        assert!(first.whole && first.start == 0 && first.text.len() <= 2_000);
    }
}
