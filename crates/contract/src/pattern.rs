//! Regular expressions that ECMA-262, Rust and Python read alike.
//!
//! A `pattern` in a document is read by browsers and validators (ECMA-262), by the generated code
//! (the `regex` crate), and by tools in Python. Their dialects agree on a core: literals, classes
//! written out, groups, alternatives, `^`, `$` and quantifiers. This module takes that core and
//! refuses the rest, each with what to write in its place. One difference is let pass, because
//! there is no way to write around it: Python's `$` also matches before a final line break.

use std::cell::RefCell;
use std::collections::HashMap;
use std::iter::Peekable;
use std::str::CharIndices;

use regex::{Regex, RegexBuilder};

use crate::limits::MAX_PATTERNS;

/// Greatest size of a compiled expression, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// Why a pattern is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) remedy: String,
}

/// Compiled patterns, each compiled once.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: RefCell<HashMap<String, Result<Regex, Refusal>>>,
}

impl Patterns {
    /// How many patterns have been compiled.
    pub(crate) fn count(&self) -> usize {
        self.compiled.borrow().len()
    }

    /// Whether the pattern has been compiled.
    pub(crate) fn knows(&self, pattern: &str) -> bool {
        self.compiled.borrow().contains_key(pattern)
    }

    /// The pattern compiled; patterns that are refused only for reading differently elsewhere
    /// compile too.
    pub(crate) fn compile(&self, pattern: &str) -> Result<Regex, Refusal> {
        if let Some(known) = self.compiled.borrow().get(pattern) {
            return known.clone();
        }
        if self.count() >= MAX_PATTERNS {
            // Only a document that is refused for it anyhow comes here.
            return refuse("there are too many patterns", "use fewer of them");
        }
        let compiled = compile(pattern);
        self.compiled
            .borrow_mut()
            .insert(pattern.to_owned(), compiled.clone());
        compiled
    }
}

fn compile(pattern: &str) -> Result<Regex, Refusal> {
    RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| {
            let (reason, remedy) = match error {
                regex::Error::CompiledTooBig(_) => (
                    "this pattern is too large once compiled".to_owned(),
                    "lower its repetition counts, or use `maxLength`",
                ),
                other => {
                    // The last line says what is wrong; those before it repeat the pattern.
                    let text = other.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    let last = last.strip_prefix("error: ").unwrap_or(last);
                    (
                        format!("this pattern is not valid: {last}"),
                        "correct it, or leave the form to the description",
                    )
                }
            };
            Refusal {
                reason,
                remedy: remedy.to_owned(),
            }
        })
}

/// Whether all dialects read the pattern alike.
pub(crate) fn portable(pattern: &str) -> Result<(), Refusal> {
    Scanner {
        rest: pattern.char_indices().peekable(),
        quantifiable: false,
    }
    .scan()
}

struct Scanner<'p> {
    rest: Peekable<CharIndices<'p>>,
    /// Whether the last thing read can be repeated.
    quantifiable: bool,
}

impl Scanner<'_> {
    fn scan(mut self) -> Result<(), Refusal> {
        while let Some((_, character)) = self.rest.next() {
            match character {
                '\\' => {
                    self.escape(false)?;
                    self.quantifiable = true;
                }
                '[' => {
                    self.class()?;
                    self.quantifiable = true;
                }
                '(' => {
                    self.group()?;
                    self.quantifiable = false;
                }
                ')' => self.quantifiable = true,
                '^' | '$' | '|' => self.quantifiable = false,
                '*' | '+' | '?' => self.quantified(character)?,
                '{' => {
                    self.counted()?;
                    self.quantified('{')?;
                }
                '}' | ']' => {
                    return refuse(
                        format!("`{character}` stands alone, which ECMA-262 does not allow"),
                        format!("write `\\{character}`"),
                    );
                }
                '.' => {
                    return refuse(
                        "`.` excludes other line breaks in ECMA-262 than in Rust and Python",
                        "name what it may be, such as `[^\\n]` or `[A-Za-z0-9]`; write `\\.` for a \
                         full stop",
                    );
                }
                other => {
                    plain(other)?;
                    self.quantifiable = true;
                }
            }
        }
        Ok(())
    }

    /// What follows a backslash.
    fn escape(&mut self, in_class: bool) -> Result<(), Refusal> {
        let Some((_, character)) = self.rest.next() else {
            return Ok(()); // The compiler has the better message.
        };
        match character {
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|'
            | '/' => Ok(()),
            '-' if in_class => Ok(()),
            't' | 'n' | 'r' | 'f' | 'v' => Ok(()),
            'x' => self.hex(2),
            'u' => self.hex(4),
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => {
                let class = match character.to_ascii_lowercase() {
                    'd' => "[0-9]",
                    'w' => "[A-Za-z0-9_]",
                    _ => "[ \\t\\r\\n]",
                };
                let negated = character.is_ascii_uppercase();
                let class = match (negated, in_class) {
                    (true, _) => class.replacen('[', "[^", 1),
                    (false, true) => class.trim_matches(['[', ']']).to_owned(),
                    (false, false) => class.to_owned(),
                };
                refuse(
                    format!(
                        "`\\{character}` covers other characters in ECMA-262 than in Rust and \
                         Python"
                    ),
                    format!("write the characters out: `{class}`"),
                )
            }
            'b' | 'B' => refuse(
                format!("`\\{character}` finds other places in ECMA-262 than in Rust and Python"),
                "anchor the pattern with `^` and `$`, and write out what it may contain",
            ),
            '0'..='9' | 'k' => refuse(
                format!("`\\{character}` refers back, or is octal; Rust knows neither"),
                "write out what it repeats, or `\\x00` for a character by its number",
            ),
            'p' | 'P' => refuse(
                format!("Python does not know `\\{character}`"),
                "write the characters out, or leave them to the description",
            ),
            other => refuse(
                format!("not every dialect knows `\\{other}`"),
                format!("write `{other}`, or `[{other}]` where it must be set apart"),
            ),
        }
    }

    fn hex(&mut self, digits: usize) -> Result<(), Refusal> {
        let mut code = 0;
        for _ in 0..digits {
            match self.rest.peek().and_then(|(_, digit)| digit.to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => {
                    return refuse(
                        "an escape by number has the wrong number of digits",
                        "write `\\x` with two, or `\\u` with four hexadecimal digits",
                    );
                }
            }
            self.rest.next();
        }
        if (0xd800..0xe000).contains(&code) {
            return refuse(
                "half a surrogate pair is no character",
                "leave characters above U+FFFF to the description",
            );
        }
        Ok(())
    }

    /// A class, after its `[`.
    fn class(&mut self) -> Result<(), Refusal> {
        self.take('^');
        if self.is_next(']') {
            return refuse(
                "a class that begins with `]` is empty in ECMA-262 and not in Rust and Python",
                "write `\\]`",
            );
        }
        let mut first = true;
        loop {
            let Some((_, character)) = self.rest.next() else {
                return Ok(()); // The compiler has the better message.
            };
            match character {
                ']' => return Ok(()),
                '[' => {
                    return refuse(
                        "`[` within a class begins another class in Rust, and not elsewhere",
                        "write `\\[`",
                    );
                }
                '\\' => self.escape(true)?,
                '-' if !first && !self.is_next(']') => {
                    return refuse(
                        "`-` stands neither first nor last in its class, nor between two characters",
                        "write `\\-`",
                    );
                }
                '&' | '~' | '-' if self.is_next(character) => {
                    return refuse(
                        format!("`{character}{character}` within a class is an operator in Rust"),
                        format!("write `{character}` once"),
                    );
                }
                other => plain(other)?,
            }
            first = false;
            // A range: what follows the hyphen is its other end.
            if self.is_next('-') {
                let mut ahead = self.rest.clone();
                ahead.next();
                match ahead.peek() {
                    Some((_, ']')) | None => {}
                    Some((_, '[')) => {
                        return refuse(
                            "`[` within a class begins another class in Rust, and not elsewhere",
                            "write `\\[`",
                        );
                    }
                    Some((_, '-')) => {
                        return refuse("`--` within a class is an operator in Rust", "write `\\-`");
                    }
                    Some((_, end)) => {
                        let end = *end;
                        self.rest = ahead;
                        self.rest.next();
                        if end == '\\' {
                            self.escape(true)?;
                        } else {
                            plain(end)?;
                        }
                    }
                }
            }
        }
    }

    /// What follows `(`.
    fn group(&mut self) -> Result<(), Refusal> {
        if !self.take('?') || self.take(':') {
            return Ok(());
        }
        let around = self.is_next('=')
            || self.is_next('!')
            || self.is_next('<') && {
                let mut ahead = self.rest.clone();
                ahead.next();
                matches!(ahead.peek(), Some((_, '=' | '!')))
            };
        if around {
            refuse(
                "look-around is not known to Rust",
                "say what is allowed rather than what is not, or leave it to the description",
            )
        } else {
            refuse(
                "named groups and flags are written differently in each dialect",
                "use `(?:…)`, and write both cases of a letter as `[Aa]`",
            )
        }
    }

    /// A count, after its `{`.
    fn counted(&mut self) -> Result<(), Refusal> {
        let least = self.digits();
        let valid = least && {
            if self.take(',') {
                self.digits();
            }
            self.take('}')
        };
        if valid {
            return Ok(());
        }
        refuse(
            "this `{` begins no count that all dialects know",
            "write counts as `{2}`, `{2,}` or `{2,4}`, and `\\{` for a brace",
        )
    }

    fn digits(&mut self) -> bool {
        let mut any = false;
        while self
            .rest
            .next_if(|(_, digit)| digit.is_ascii_digit())
            .is_some()
        {
            any = true;
        }
        any
    }

    /// Something that repeats what stands before it.
    fn quantified(&mut self, character: char) -> Result<(), Refusal> {
        if !self.quantifiable {
            return refuse(
                format!("`{character}` repeats nothing that can be repeated"),
                format!("put what it repeats before it, or write `\\{character}`"),
            );
        }
        // A lazy quantifier is known everywhere.
        self.take('?');
        self.quantifiable = false;
        Ok(())
    }

    fn is_next(&mut self, character: char) -> bool {
        self.rest.peek().is_some_and(|(_, next)| *next == character)
    }

    fn take(&mut self, character: char) -> bool {
        self.rest.next_if(|(_, next)| *next == character).is_some()
    }
}

/// A character that stands for itself.
fn plain(character: char) -> Result<(), Refusal> {
    if u32::from(character) > 0xffff {
        return refuse(
            "characters above U+FFFF are two in ECMA-262",
            "leave them to the description",
        );
    }
    Ok(())
}

fn refuse<T>(reason: impl Into<String>, remedy: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        reason: reason.into(),
        remedy: remedy.into(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn takes_what_all_dialects_read_alike() {
        for pattern in [
            "",
            "^[0-9]{1,18}$",
            r"^[^.]+(\.[^.]+)+$",
            "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            "a|b||c",
            "^(?:x|y){2,}?$",
            r"[-a\]\\\-^]",
            r"\x41\u00e9\t\/\{\}",
            "^(-1|[1-9][0-9]{0,3})$",
            "[a-]",
            "[é-ü]",
            "a,b",
        ] {
            assert_eq!(portable(pattern), Ok(()), "{pattern}");
            assert!(compile(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn refuses_what_they_read_differently() {
        for pattern in [
            r"\d+",
            r"[\w]",
            r"\S",
            r"\bword",
            "a.c",
            r"(a)\1",
            "(?=a)",
            "(?!a)",
            "(?<=a)b",
            "(?<!a)b",
            "(?i)a",
            "(?P<n>a)",
            "(?<n>a)",
            r"\p{L}",
            "[[:alpha:]]",
            "[a&&b]",
            "[a--b]",
            "[a~~b]",
            "[]a]",
            "[^]a]",
            "a}",
            "a]",
            "a{,3}",
            "a{x}",
            "a**",
            "a++",
            "^*",
            "|+",
            "(*)",
            "[a-c-e]",
            r"\-",
            r"\_",
            r"\u{41}",
            r"\ud83d",
            r"\cA",
            "\u{1f600}",
            r"\x4",
        ] {
            assert!(portable(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn says_what_to_write_instead() {
        let refusal = portable(r"^\d+$").unwrap_err();
        assert_eq!(refusal.remedy, "write the characters out: `[0-9]`");
        let refusal = portable(r"[\d_]").unwrap_err();
        assert_eq!(refusal.remedy, "write the characters out: `0-9`");
        let refusal = portable(r"\W").unwrap_err();
        assert_eq!(refusal.remedy, "write the characters out: `[^A-Za-z0-9_]`");
    }

    #[test]
    fn refuses_what_does_not_compile() {
        for pattern in ["(", ")", "[a", "[z-a]", "a{2,1}", "\\", "(a{1000}){1000}"] {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        let refusal = compile("(").unwrap_err();
        assert_eq!(refusal.reason, "this pattern is not valid: unclosed group");
    }
}
