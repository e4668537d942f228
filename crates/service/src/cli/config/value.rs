//! Kinds of values: how each is read from text and from TOML, and how it is shown.

use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

/// A value as it was given, before it is understood.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// From a flag or the environment, where everything is text.
    Text(String),
    /// A string of the file.
    String(String),
    /// An integer of the file.
    Integer(String),
    /// A boolean of the file.
    Boolean(bool),
    /// A list of strings of the file.
    List(Vec<String>),
    /// Anything else of the file: what it is, with its article.
    Other(&'static str),
}

impl Raw {
    /// What it is, for a message. Never what it holds: that may be a secret.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::String(_) => "a text",
            Self::Integer(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }
}

/// How a kind of value is read and shown.
pub(super) trait Kind {
    /// What comes out.
    type Value: Clone;

    /// What a value looks like, to follow "expects".
    fn expected(&self) -> String;

    /// Reads a value; `None` where it is another kind of thing altogether.
    fn read(&self, raw: &Raw) -> Option<Result<Self::Value, String>>;

    /// The value as TOML.
    fn show(&self, value: &Self::Value) -> toml::Value;

    /// Reads a value, or says what is wrong with it.
    fn understand(&self, raw: &Raw) -> Result<Self::Value, String> {
        match self.read(raw) {
            Some(Ok(value)) => Ok(value),
            Some(Err(reason)) => Err(reason),
            None => Err(format!("expects {}, not {}", self.expected(), raw.kind())),
        }
    }
}

/// A whole number in a range.
pub(super) struct Number(pub(super) RangeInclusive<u64>);

impl Kind for Number {
    type Value = u64;

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.0.start(), self.0.end())
    }

    fn read(&self, raw: &Raw) -> Option<Result<u64, String>> {
        let (Raw::Text(text) | Raw::Integer(text)) = raw else {
            return None;
        };
        let number = text.trim().parse().ok();
        Some(
            number
                .filter(|number| self.0.contains(number))
                .ok_or_else(|| format!("expects {}", self.expected())),
        )
    }

    fn show(&self, value: &u64) -> toml::Value {
        i64::try_from(*value).map_or_else(|_| value.to_string().into(), toml::Value::Integer)
    }
}

/// A length of time in a range: seconds as a whole number, or a text with units such as `1m 30s` or
/// `500ms`.
pub(super) struct Time(pub(super) RangeInclusive<Duration>);

impl Kind for Time {
    type Value = Duration;

    fn expected(&self) -> String {
        format!(
            "a time from {} to {}: seconds, or with units as in \"1m 30s\" or \"500ms\"",
            friendly(*self.0.start()),
            friendly(*self.0.end())
        )
    }

    fn read(&self, raw: &Raw) -> Option<Result<Duration, String>> {
        let (Raw::Text(text) | Raw::Integer(text) | Raw::String(text)) = raw else {
            return None;
        };
        let text = text.trim();
        let time = match text.parse() {
            Ok(seconds) => Some(Duration::from_secs(seconds)),
            Err(_) => text
                .parse::<SignedDuration>()
                .ok()
                .and_then(|time| time.try_into().ok()),
        };
        Some(
            time.filter(|time| self.0.contains(time))
                .ok_or_else(|| format!("expects {}", self.expected())),
        )
    }

    fn show(&self, value: &Duration) -> toml::Value {
        friendly(*value).into()
    }
}

/// A time with units.
fn friendly(time: Duration) -> String {
    SignedDuration::try_from(time).map_or_else(
        |_| format!("{}s", time.as_secs()),
        |time| format!("{time:#}"),
    )
}

/// On or off.
pub(super) struct Switch;

impl Kind for Switch {
    type Value = bool;

    fn expected(&self) -> String {
        "true or false".into()
    }

    fn read(&self, raw: &Raw) -> Option<Result<bool, String>> {
        match raw {
            Raw::Boolean(value) => Some(Ok(*value)),
            Raw::Text(text) => {
                let text = text.trim().to_ascii_lowercase();
                Some(match text.as_str() {
                    "true" | "yes" | "on" | "y" | "t" | "1" => Ok(true),
                    "false" | "no" | "off" | "n" | "f" | "0" => Ok(false),
                    _ => Err("expects true or false".into()),
                })
            }
            _ => None,
        }
    }

    fn show(&self, value: &bool) -> toml::Value {
        (*value).into()
    }
}

/// A text that stands for something, such as an address.
pub(super) struct Parsed<T> {
    expected: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T> Parsed<T> {
    /// A kind, with what its values look like.
    pub(super) const fn new(expected: &'static str) -> Self {
        Self {
            expected,
            value: PhantomData,
        }
    }
}

impl<T: FromStr<Err: Display> + Display + Clone> Kind for Parsed<T> {
    type Value = T;

    fn expected(&self) -> String {
        self.expected.into()
    }

    fn read(&self, raw: &Raw) -> Option<Result<T, String>> {
        let (Raw::Text(text) | Raw::String(text)) = raw else {
            return None;
        };
        Some(
            text.parse()
                .map_err(|error| format!("expects {}: {error}", self.expected)),
        )
    }

    fn show(&self, value: &T) -> toml::Value {
        value.to_string().into()
    }
}

/// A text that is taken as it is, but not an empty one.
pub(super) struct Text(pub(super) &'static str);

impl Kind for Text {
    type Value = String;

    fn expected(&self) -> String {
        self.0.into()
    }

    fn read(&self, raw: &Raw) -> Option<Result<String, String>> {
        let (Raw::Text(text) | Raw::String(text)) = raw else {
            return None;
        };
        Some(if text.is_empty() {
            Err(format!("expects {}, not an empty text", self.0))
        } else {
            Ok(text.clone())
        })
    }

    fn show(&self, value: &String) -> toml::Value {
        value.as_str().into()
    }
}

/// Names: a list in the file, and elsewhere a text with commas between them.
pub(super) struct Names(pub(super) &'static str);

impl Kind for Names {
    type Value = Vec<String>;

    fn expected(&self) -> String {
        format!("a list of {}", self.0)
    }

    fn read(&self, raw: &Raw) -> Option<Result<Vec<String>, String>> {
        let names: Vec<String> = match raw {
            Raw::Text(text) => text.split(',').map(|name| name.trim().to_owned()).collect(),
            Raw::List(names) => names.clone(),
            _ => return None,
        };
        Some(if names.iter().any(String::is_empty) {
            Err(format!("expects a list of {}, none of them empty", self.0))
        } else {
            Ok(names)
        })
    }

    fn show(&self, value: &Vec<String>) -> toml::Value {
        let names = value.iter().map(|name| toml::Value::from(name.as_str()));
        toml::Value::Array(names.collect())
    }
}

/// One of some words.
pub(super) struct Choice<T: 'static>(pub(super) &'static [(&'static str, T)]);

impl<T: Copy + PartialEq> Kind for Choice<T> {
    type Value = T;

    fn expected(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(|(word, _)| *word).collect();
        words.join(" or ")
    }

    fn read(&self, raw: &Raw) -> Option<Result<T, String>> {
        let (Raw::Text(text) | Raw::String(text)) = raw else {
            return None;
        };
        let found = self.0.iter().find(|(word, _)| word == text);
        Some(
            found
                .map(|(_, value)| *value)
                .ok_or_else(|| format!("expects {}", self.expected())),
        )
    }

    fn show(&self, value: &T) -> toml::Value {
        let found = self.0.iter().find(|(_, known)| known == value);
        found.map_or("", |(word, _)| *word).into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(text: &str) -> Raw {
        Raw::Text(text.into())
    }

    #[test]
    fn times_are_seconds_or_have_units_and_show_as_they_are_read() {
        let kind = Time(Duration::ZERO..=Duration::from_secs(3600));
        for (given, wanted) in [
            (text("10"), Duration::from_secs(10)),
            (Raw::Integer("0".into()), Duration::ZERO),
            (Raw::String("500ms".into()), Duration::from_millis(500)),
            (text("1m 30s"), Duration::from_secs(90)),
            (text("1h"), Duration::from_secs(3600)),
        ] {
            let read = kind.understand(&given).unwrap();
            assert_eq!(read, wanted, "{given:?}");
            let shown = kind.show(&read).as_str().unwrap().to_owned();
            assert_eq!(kind.understand(&Raw::String(shown)), Ok(wanted));
        }
        for given in ["", "-1", "-1s", "1.5", "soon", "2h", "99999999999999999999"] {
            let refused = kind.understand(&text(given)).unwrap_err();
            assert!(refused.contains("from 0s to 1h"), "{given}: {refused}");
        }
        assert!(
            kind.understand(&Raw::Boolean(true))
                .unwrap_err()
                .contains("true or false")
        );
    }

    #[test]
    fn numbers_keep_to_their_range() {
        let kind = Number(1..=10);
        assert_eq!(kind.understand(&text("10")), Ok(10));
        for given in [
            text("0"),
            text("11"),
            text("1e1"),
            text(""),
            Raw::Integer("-1".into()),
        ] {
            let refused = kind.understand(&given).unwrap_err();
            assert_eq!(refused, "expects a whole number from 1 to 10");
        }
        let refused = kind.understand(&Raw::String("5".into())).unwrap_err();
        assert_eq!(refused, "expects a whole number from 1 to 10, not a text");
    }

    #[test]
    fn switches_take_words() {
        for (given, wanted) in [
            ("true", true),
            ("1", true),
            ("Yes", true),
            ("off", false),
            ("0", false),
        ] {
            assert_eq!(Switch.understand(&text(given)), Ok(wanted));
        }
        assert!(Switch.understand(&text("perhaps")).is_err());
        assert!(Switch.understand(&Raw::String("true".into())).is_err());
    }

    #[test]
    fn names_are_a_list_or_have_commas() {
        let kind = Names("roles");
        let both = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(kind.understand(&text("a, b")), Ok(both.clone()));
        assert_eq!(kind.understand(&Raw::List(both.clone())), Ok(both));
        assert_eq!(kind.understand(&Raw::List(Vec::new())), Ok(Vec::new()));
        assert!(kind.understand(&text("a,,b")).is_err());
        assert!(kind.understand(&Raw::String("a".into())).is_err());
    }

    #[test]
    fn choices_say_what_there_is() {
        let kind = Choice(&[("text", 1), ("json", 2)]);
        assert_eq!(kind.understand(&text("json")), Ok(2));
        assert_eq!(
            kind.understand(&text("xml")),
            Err("expects text or json".into())
        );
        assert_eq!(kind.show(&2), "json".into());
    }
}
