//! The time of signing.

use std::fmt;
use std::str::FromStr;

/// A moment in UTC, to the second, from the year 1 to the year 9999. Printed and parsed as
/// `YYYYMMDDTHHMMSSZ`, the form of `X-Sdk-Date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SigningTime(i64);

/// A text or a number that is no time of signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningTimeError {
    /// Not of the form, or no date of the calendar.
    #[error("a time of signing has the form YYYYMMDDTHHMMSSZ, such as 20261121T120000Z")]
    Form,
    /// Not in the years 1 to 9999.
    #[error("a time of signing lies in the years 1 to 9999")]
    Range,
}

const DAY: i64 = 86_400;

/// The length of [`SigningTime`]'s text.
const LENGTH: usize = 16;

impl SigningTime {
    /// The first and the last second that the form can express.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

    /// So many seconds after 1970-01-01T00:00:00Z, leap seconds not counted.
    ///
    /// # Errors
    /// Not in the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Result<Self, SigningTimeError> {
        if Self::RANGE.contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(SigningTimeError::Range)
        }
    }

    /// Seconds after 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// How many seconds this is after another moment; negative where it is before.
    pub const fn seconds_since(self, other: Self) -> i64 {
        self.0 - other.0
    }

    /// The times of signing in a text: what a service says its clock is, in the message that
    /// refuses a request for the difference, and perhaps the time that it refuses.
    pub fn find_all(text: &str) -> impl Iterator<Item = Self> {
        text.as_bytes()
            .windows(LENGTH)
            .filter_map(|window| std::str::from_utf8(window).ok()?.parse().ok())
    }
}

impl fmt::Display for SigningTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            formatter,
            "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z"
        )
    }
}

impl FromStr for SigningTime {
    type Err = SigningTimeError;

    fn from_str(text: &str) -> Result<Self, SigningTimeError> {
        let bytes = text.as_bytes();
        let form = bytes.len() == LENGTH
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                8 => *byte == b'T',
                15 => *byte == b'Z',
                _ => byte.is_ascii_digit(),
            });
        if !form {
            return Err(SigningTimeError::Form);
        }
        let number = |from: usize, to: usize| {
            bytes[from..to]
                .iter()
                .fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
        let (hour, minute, second) = (number(9, 11), number(11, 13), number(13, 15));
        let valid =
            year >= 1 && (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 60;
        let days = days(year, month, day);
        // A day that the month does not have comes out as another date.
        if !valid || date(days) != (year, month, day) {
            return Err(SigningTimeError::Form);
        }
        Ok(Self(days * DAY + hour * 3600 + minute * 60 + second))
    }
}

/// Days in 400 years of the Gregorian calendar, after which it repeats.
const ERA: i64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// The day of a date, counted from 1970-01-01. Years are taken to begin in March, which puts the
/// leap day at their end.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH
}

/// The date of a day, the inverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / (ERA - 1)) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}
