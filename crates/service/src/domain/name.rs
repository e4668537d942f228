//! Names of versions.

use std::fmt;

use jiff::Timestamp;

/// The name of the working copy, which no published version can have.
pub const LATEST: &str = "latest";

/// The greatest number of characters of a version name.
const MAX_LENGTH: usize = 42;

/// The name of a published version: 1 to 42 ASCII letters, digits, `-`, `_` and `.`, the first and
/// the last a letter or digit, and not `latest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionName(String);

/// A text that no published version can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersionName {
    /// The name of the working copy.
    #[error("the name `latest` is reserved for the working copy")]
    Reserved,
    /// Anything else.
    #[error(
        "a version name has 1 to 42 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit"
    )]
    Malformed,
}

impl VersionName {
    /// Checks a name.
    ///
    /// # Errors
    /// A malformed or reserved name.
    pub fn parse(text: &str) -> Result<Self, InvalidVersionName> {
        if text == LATEST {
            return Err(InvalidVersionName::Reserved);
        }
        let bytes = text.as_bytes();
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let all = bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
        if bytes.len() > MAX_LENGTH || !all || !ends(bytes.first()) || !ends(bytes.last()) {
            return Err(InvalidVersionName::Malformed);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A name that the service makes, `vYYYYMMDD-HHMMSS`: a second in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GeneratedName(i64);

impl GeneratedName {
    /// The first second without a name: the library of dates ends shortly before the year 10000,
    /// where names would lose their form.
    const END: i64 = 253_402_207_201;

    /// The first candidate at `now`, when the name made last for the function was `last`.
    ///
    /// Going on from the last name, and not from the clock, is what keeps a clock that is set back
    /// from making a name again, and a burst of publications from searching.
    pub fn first(now: Timestamp, last: Option<Self>) -> Option<Self> {
        let now = Self(now.as_second());
        let candidate = match last {
            Some(last) if last >= now => last.next()?,
            _ => now,
        };
        (0..Self::END).contains(&candidate.0).then_some(candidate)
    }

    /// The name of the following second.
    pub fn next(self) -> Option<Self> {
        let next = self.0.checked_add(1)?;
        (next < Self::END).then_some(Self(next))
    }

    /// Seconds since 1970, for the store.
    pub fn as_second(self) -> i64 {
        self.0
    }

    /// From seconds since 1970 that [`GeneratedName::as_second`] gave.
    pub fn from_second(second: i64) -> Self {
        Self(second)
    }

    /// The name.
    pub fn name(self) -> VersionName {
        let at = Timestamp::from_second(self.0).unwrap_or(Timestamp::MAX);
        VersionName(at.strftime("v%Y%m%d-%H%M%S").to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn names_within_the_rule_are_taken() {
        for name in ["v1", "1", "a", "Latest", "v1.0_rc-2", &"x".repeat(42)] {
            assert_eq!(VersionName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn names_outside_the_rule_are_refused() {
        for name in [
            "",
            "-v1",
            "v1-",
            ".v",
            "v_",
            "v 1",
            "v/1",
            "vé",
            "v\n",
            "!v",
            "v:1",
            &"x".repeat(43),
        ] {
            assert_eq!(
                VersionName::parse(name),
                Err(InvalidVersionName::Malformed),
                "{name}"
            );
        }
        assert_eq!(
            VersionName::parse("latest"),
            Err(InvalidVersionName::Reserved)
        );
    }

    #[test]
    fn the_first_name_is_the_clocks_second() {
        let name = GeneratedName::first(at("2026-11-21T12:00:07.9Z"), None).unwrap();
        assert_eq!(name.name().as_str(), "v20261121-120007");
        assert_eq!(VersionName::parse(name.name().as_str()), Ok(name.name()));
        assert_eq!(GeneratedName::from_second(name.as_second()), name);
    }

    #[test]
    fn the_next_second_is_taken_even_ahead_of_the_clock() {
        let now = at("2026-12-31T23:59:59Z");
        let mut last = None;
        let names: Vec<String> = (0..3)
            .map(|_| {
                last = GeneratedName::first(now, last);
                last.unwrap().name().to_string()
            })
            .collect();
        assert_eq!(
            names,
            ["v20261231-235959", "v20270101-000000", "v20270101-000001"]
        );
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_name_again() {
        let last = GeneratedName::first(at("2026-11-21T12:00:07Z"), None);
        let next = GeneratedName::first(at("2026-11-21T11:00:00Z"), last).unwrap();
        assert_eq!(next.name().as_str(), "v20261121-120008");
    }

    #[test]
    fn a_clock_that_went_on_is_followed() {
        let last = GeneratedName::first(at("2026-11-21T12:00:07Z"), None);
        let next = GeneratedName::first(at("2026-11-21T12:00:09Z"), last).unwrap();
        assert_eq!(next.name().as_str(), "v20261121-120009");
    }

    #[test]
    fn names_end_with_the_year_9999() {
        let end = GeneratedName::first(Timestamp::MAX, None).unwrap();
        assert_eq!(end.name().as_str(), "v99991230-220000");
        assert_eq!(end.next(), None);
        assert_eq!(GeneratedName::first(Timestamp::MAX, Some(end)), None);
        assert_eq!(GeneratedName::first(at("1969-12-31T23:59:59Z"), None), None);
    }
}
