//! Columns and the values of this crate that they hold.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::Row;

use crate::domain::CodeDigests;

/// A text column, without copying it.
pub(super) fn text<'row>(row: &'row Row<'_>, column: usize) -> rusqlite::Result<&'row str> {
    Ok(row.get_ref(column)?.as_str()?)
}

/// A text column that is the name of something.
pub(super) fn named<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text(row, column)?
        .parse()
        .map_err(|error| unreadable(column, error))
}

/// A time.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(row.get(column)?).map_err(|error| unreadable(column, error))
}

/// A time that may be missing.
pub(super) fn optional_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?
        .map(|microseconds| {
            Timestamp::from_microsecond(microseconds).map_err(|error| unreadable(column, error))
        })
        .transpose()
}

/// The digests of code that is joined, if any is.
pub(super) fn digests(
    row: &Row<'_>,
    md5: usize,
    sha512: usize,
) -> rusqlite::Result<Option<CodeDigests>> {
    Ok(match (row.get(md5)?, row.get(sha512)?) {
        (Some(md5), Some(sha512)) => Some(CodeDigests { md5, sha512 }),
        _ => None,
    })
}

/// A column that does not hold what this module puts there.
pub(super) fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
