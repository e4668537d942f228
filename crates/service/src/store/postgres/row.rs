//! Parameters and columns, and the values of this crate that they hold.

use std::error::Error;
use std::str::FromStr;

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql, Type};

use crate::domain::CodeDigests;

/// A parameter with its type, so that no statement has to be prepared to learn it.
pub(super) type Param<'a> = (Box<dyn ToSql + Sync + Send + 'a>, Type);

/// A whole number.
pub(super) fn int<'a>(value: impl ToSql + Sync + Send + 'a) -> Param<'a> {
    (Box::new(value), Type::INT8)
}

/// A text.
pub(super) fn text<'a>(value: impl ToSql + Sync + Send + 'a) -> Param<'a> {
    (Box::new(value), Type::TEXT)
}

/// Bytes.
pub(super) fn bytes<'a>(value: impl ToSql + Sync + Send + 'a) -> Param<'a> {
    (Box::new(value), Type::BYTEA)
}

/// A column that does not hold what this module puts there.
#[derive(Debug, thiserror::Error)]
#[error("column {column} cannot be read")]
pub(super) struct Unreadable {
    column: usize,
    #[source]
    cause: Box<dyn Error + Send + Sync>,
}

fn unreadable(column: usize, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Unreadable {
    Unreadable {
        column,
        cause: cause.into(),
    }
}

/// A column's value.
pub(super) fn get<'row, T: FromSql<'row>>(row: &'row Row, column: usize) -> Result<T, Unreadable> {
    row.try_get(column)
        .map_err(|error| unreadable(column, error))
}

/// A whole number that is not negative.
pub(super) fn count(row: &Row, column: usize) -> Result<u64, Unreadable> {
    u64::try_from(get::<i64>(row, column)?).map_err(|error| unreadable(column, error))
}

/// Bytes of a fixed number.
pub(super) fn array<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], Unreadable> {
    get::<&[u8]>(row, column)?
        .try_into()
        .map_err(|error: std::array::TryFromSliceError| unreadable(column, error))
}

/// Bytes of a fixed number that may be missing.
pub(super) fn optional_array<const N: usize>(
    row: &Row,
    column: usize,
) -> Result<Option<[u8; N]>, Unreadable> {
    get::<Option<&[u8]>>(row, column)?
        .map(|bytes| {
            bytes
                .try_into()
                .map_err(|error: std::array::TryFromSliceError| unreadable(column, error))
        })
        .transpose()
}

/// A text that is the name of something.
pub(super) fn named<T>(row: &Row, column: usize) -> Result<T, Unreadable>
where
    T: FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    get::<&str>(row, column)?
        .parse()
        .map_err(|error| unreadable(column, error))
}

/// A time.
pub(super) fn time(row: &Row, column: usize) -> Result<Timestamp, Unreadable> {
    Timestamp::from_microsecond(get(row, column)?).map_err(|error| unreadable(column, error))
}

/// A time that may be missing.
pub(super) fn optional_time(row: &Row, column: usize) -> Result<Option<Timestamp>, Unreadable> {
    get::<Option<i64>>(row, column)?
        .map(|microseconds| {
            Timestamp::from_microsecond(microseconds).map_err(|error| unreadable(column, error))
        })
        .transpose()
}

/// The digests of code that is joined, if any is.
pub(super) fn digests(
    row: &Row,
    sha512: usize,
    md5: usize,
) -> Result<Option<CodeDigests>, Unreadable> {
    Ok(optional_array(row, md5)?
        .zip(optional_array(row, sha512)?)
        .map(|(md5, sha512)| CodeDigests { md5, sha512 }))
}

/// A text that is a JSON object.
pub(super) fn object(
    row: &Row,
    column: usize,
) -> Result<serde_json::Map<String, serde_json::Value>, Unreadable> {
    serde_json::from_str(get(row, column)?).map_err(|error| unreadable(column, error))
}

/// Metadata that cannot be changed, since they are no JSON object.
pub(super) fn no_object(error: serde_json::Error) -> Unreadable {
    unreadable(1, error)
}
