//! When a version last changed.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::LastModified;

/// A distance from UTC, east positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcOffset {
    minutes: i16,
}

impl UtcOffset {
    /// UTC itself.
    pub const UTC: Self = Self { minutes: 0 };

    /// An offset in minutes, less than a day in either direction; otherwise nothing.
    ///
    /// ```
    /// use functiongraph_types::UtcOffset;
    ///
    /// assert_eq!(UtcOffset::from_minutes(8 * 60).map(|offset| offset.to_string()).as_deref(), Some("+08:00"));
    /// assert_eq!(UtcOffset::from_minutes(24 * 60), None);
    /// ```
    pub const fn from_minutes(minutes: i16) -> Option<Self> {
        if minutes > -24 * 60 && minutes < 24 * 60 {
            Some(Self { minutes })
        } else {
            None
        }
    }

    /// The offset in minutes.
    pub const fn minutes(self) -> i16 {
        self.minutes
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for UtcOffset {
    type Err = TimestampError;

    /// Reads `+08:00`, `-03:30` or `Z`.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let mut scanner = Scanner(text.as_bytes());
        let offset = scanner.offset().ok_or(TimestampError::Unreadable)?;
        if scanner.0.is_empty() {
            Ok(offset)
        } else {
            Err(TimestampError::Unreadable)
        }
    }
}

/// Why a [`LastModified`] gives no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// There is no timestamp: the service left it out.
    #[error("there is no timestamp")]
    Absent,
    /// The timestamp has none of the shapes that services are known to send.
    #[error("the timestamp is neither `YYYY-MM-DD HH:MM:SS` nor RFC 3339; use its text as it is")]
    Unreadable,
    /// The timestamp names no offset from UTC, so it could be any of many instants.
    #[error("the timestamp names no offset from UTC; supply the one that the service means")]
    NoOffset,
    /// The instant is outside what the system can represent.
    #[error("the timestamp is outside the range of system time")]
    OutOfRange,
}

/// A date and time of day without an offset, in seconds and nanoseconds since 1970 began there.
#[derive(Clone, Copy)]
struct Reading {
    seconds: i64,
    nanoseconds: u32,
    offset: Option<UtcOffset>,
}

impl LastModified {
    /// RFC 3339 in UTC to the second, as `2018-03-28T03:30:32Z`: how this project's own service
    /// writes timestamps. Nothing for a time outside the years 0 to 9999.
    pub fn from_instant(instant: SystemTime) -> Option<Self> {
        let seconds = match instant.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).ok()?,
            Err(before) => {
                let before = before.duration();
                let whole = i64::try_from(before.as_secs()).ok()?;
                // A fraction of a second before is in the second that began earlier.
                -whole - i64::from(before.subsec_nanos() > 0)
            }
        };
        let (year, month, day) = date_of(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        (0..=9999).contains(&year).then(|| {
            Self::from(format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
            ))
        })
    }

    /// Whether the service left the timestamp out.
    pub fn is_absent(&self) -> bool {
        self.as_str().is_empty()
    }

    /// The instant, where the timestamp names its offset from UTC. An offset is never guessed: for
    /// a timestamp without one see [`LastModified::instant_with_offset`].
    ///
    /// # Errors
    ///
    /// When there is no timestamp, none that can be read, or one without an offset.
    ///
    /// ```
    /// use functiongraph_types::{LastModified, TimestampError};
    ///
    /// assert!(LastModified::from("2018-03-28T11:30:32+08:00").instant().is_ok());
    /// assert_eq!(LastModified::from("2019-10-25 15:37:27").instant(), Err(TimestampError::NoOffset));
    /// ```
    pub fn instant(&self) -> Result<SystemTime, TimestampError> {
        let reading = self.reading()?;
        reading.at(reading.offset.ok_or(TimestampError::NoOffset)?)
    }

    /// The instant; `offset` counts where the timestamp names none itself.
    ///
    /// # Errors
    ///
    /// When there is no timestamp, or none that can be read.
    pub fn instant_with_offset(&self, offset: UtcOffset) -> Result<SystemTime, TimestampError> {
        let reading = self.reading()?;
        reading.at(reading.offset.unwrap_or(offset))
    }

    /// The offset that the timestamp names.
    ///
    /// # Errors
    ///
    /// When there is no timestamp, or none that can be read.
    pub fn offset(&self) -> Result<Option<UtcOffset>, TimestampError> {
        self.reading().map(|reading| reading.offset)
    }

    fn reading(&self) -> Result<Reading, TimestampError> {
        if self.is_absent() {
            return Err(TimestampError::Absent);
        }
        let mut scanner = Scanner(self.as_str().as_bytes());
        let reading = scanner.reading().ok_or(TimestampError::Unreadable)?;
        if scanner.0.is_empty() {
            Ok(reading)
        } else {
            Err(TimestampError::Unreadable)
        }
    }
}

impl Reading {
    fn at(self, offset: UtcOffset) -> Result<SystemTime, TimestampError> {
        let seconds = self.seconds - i64::from(offset.minutes) * 60;
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let second = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        second
            .and_then(|second| {
                second.checked_add(Duration::from_nanos(u64::from(self.nanoseconds)))
            })
            .ok_or(TimestampError::OutOfRange)
    }
}

/// Reads from the front of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn reading(&mut self) -> Option<Reading> {
        let year = self.digits(4)?;
        self.literal(b"-")?;
        let month = self.digits(2)?;
        self.literal(b"-")?;
        let day = self.digits(2)?;
        self.literal(b"Tt ")?;
        let hour = self.digits(2)?;
        self.literal(b":")?;
        let minute = self.digits(2)?;
        self.literal(b":")?;
        let second = self.digits(2)?;
        let nanoseconds = if self.literal(b".").is_some() {
            self.fraction()?
        } else {
            0
        };
        let offset = if self.0.is_empty() {
            None
        } else {
            Some(self.offset()?)
        };
        let is_date = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if !is_date || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(Reading {
            seconds: days_since_1970(year, month, day) * 86_400
                + hour * 3600
                + minute * 60
                + second,
            nanoseconds,
            offset,
        })
    }

    fn offset(&mut self) -> Option<UtcOffset> {
        let sign = match self.literal(b"Zz+-")? {
            b'Z' | b'z' => return Some(UtcOffset::UTC),
            b'-' => -1,
            _ => 1,
        };
        let hours = self.digits(2)?;
        self.literal(b":")?;
        let minutes = self.digits(2).filter(|minutes| *minutes < 60)?;
        UtcOffset::from_minutes(i16::try_from(sign * (hours * 60 + minutes)).ok()?)
    }

    /// One of the bytes in `of`.
    fn literal(&mut self, of: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        of.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// A number of exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let number = std::str::from_utf8(digits)
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.0 = rest;
        number.parse().ok()
    }

    /// A fraction of a second in nanoseconds; digits behind the ninth are dropped.
    fn fraction(&mut self) -> Option<u32> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        let mut nanoseconds = 0;
        for index in 0..9 {
            nanoseconds =
                nanoseconds * 10 + digits.get(index).map_or(0, |byte| u32::from(byte - b'0'));
        }
        Some(nanoseconds)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that
/// the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let century_days =
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // From March the lengths of months repeat 31, 30, 31, 30, 31: 153 days in five months.
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719468 days lie between 0000-03-01 and 1970-01-01.
    century_days + day_of_year - 719_468
}

/// The date of a day counted from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    // 400 years have 146097 days, so the first guess is off by a year at most.
    let mut year = 1970 + (days * 400).div_euclid(146_097);
    while days_since_1970(year, 1, 1) > days {
        year -= 1;
    }
    while days_since_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut day = days - days_since_1970(year, 1, 1) + 1;
    let mut month = 1;
    while day > days_in(year, month) {
        day -= days_in(year, month);
        month += 1;
    }
    (year, month, day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn unix(seconds: i64) -> SystemTime {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 {
            SystemTime::UNIX_EPOCH - whole
        } else {
            SystemTime::UNIX_EPOCH + whole
        }
    }

    #[test]
    fn a_timestamp_with_an_offset_is_an_instant() {
        let s2 = LastModified::from("2018-03-28T11:30:32+08:00");
        assert_eq!(s2.instant(), Ok(unix(1_522_207_832)));
        assert_eq!(s2.offset(), Ok(UtcOffset::from_minutes(480)));
        assert_eq!(s2.instant_with_offset(UtcOffset::UTC), s2.instant());
        assert_eq!(
            LastModified::from("2018-03-28T03:30:32Z").instant(),
            s2.instant()
        );
        assert_eq!(
            LastModified::from("2018-03-28T03:30:32.000000000z").instant(),
            s2.instant()
        );
        assert_eq!(s2.as_str(), "2018-03-28T11:30:32+08:00");
    }

    #[test]
    fn a_timestamp_without_an_offset_needs_one() {
        let s1 = LastModified::from("2019-10-25 15:37:27");
        assert_eq!(s1.instant(), Err(TimestampError::NoOffset));
        assert_eq!(
            s1.instant_with_offset(UtcOffset::UTC),
            Ok(unix(1_572_017_847))
        );
        let east = "+08:00".parse().unwrap();
        assert_eq!(
            s1.instant_with_offset(east),
            Ok(unix(1_572_017_847 - 8 * 3600))
        );
        assert_eq!(s1.as_str(), "2019-10-25 15:37:27");
    }

    #[test]
    fn other_texts_are_kept_and_give_no_instant() {
        assert_eq!(
            LastModified::default().instant(),
            Err(TimestampError::Absent)
        );
        for text in [
            "yesterday",
            "2019-10-25",
            "2019-13-01 00:00:00",
            "2019-02-29 00:00:00",
            "2019-10-25 24:00:00",
            "2019-10-25 15:37:27 ",
            "2019-10-25T15:37:27+8",
            "2019-10-25T15:37:27.Z",
            "+019-10-25 15:37:27",
            "2019-10-25T15:37:27+24:00",
            "2019-10-25T15:37:60Z",
            "２019-10-25 15:37:27",
        ] {
            assert_eq!(
                LastModified::from(text).instant(),
                Err(TimestampError::Unreadable),
                "{text}"
            );
        }
    }

    #[test]
    fn instants_are_written_in_utc() {
        assert_eq!(
            LastModified::from_instant(unix(1_522_207_832))
                .unwrap()
                .as_str(),
            "2018-03-28T03:30:32Z"
        );
        assert_eq!(
            LastModified::from_instant(unix(-1)).unwrap().as_str(),
            "1969-12-31T23:59:59Z"
        );
        assert_eq!(
            LastModified::from_instant(unix(0) - Duration::from_millis(1))
                .unwrap()
                .as_str(),
            "1969-12-31T23:59:59Z"
        );
        assert_eq!(
            LastModified::from_instant(unix(951_782_400))
                .unwrap()
                .as_str(),
            "2000-02-29T00:00:00Z"
        );
        assert_eq!(LastModified::from_instant(unix(253_402_300_800)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in -62_167_219_200_i64..253_402_300_800) {
            let written = LastModified::from_instant(unix(seconds)).unwrap();
            prop_assert_eq!(written.instant(), Ok(unix(seconds)));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,40}") {
            let _ = LastModified::from(text.as_str()).instant();
            let _ = text.parse::<UtcOffset>();
        }

        #[test]
        fn offsets_are_read_as_written(minutes in -1439_i16..1440) {
            let offset = UtcOffset::from_minutes(minutes).unwrap();
            prop_assert_eq!(offset.to_string().parse(), Ok(offset));
        }
    }
}
