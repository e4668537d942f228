//! Positions and sizes of pages, which the API takes as strings of digits.

use crate::{Marker, MaxItems, Violations};

/// Conversions from integers. `u32` and smaller always fit; the others fail below zero and above
/// 18 digits.
macro_rules! from_integers {
    ($name:ident) => {
        from_integers!($name: From: u8, u16, u32);
        from_integers!($name: TryFrom: i8, i16, i32, i64, i128, isize, u64, u128, usize);
    };
    ($name:ident: From: $($integer:ty),*) => {
        $(
            impl From<$integer> for $name {
                fn from(value: $integer) -> Self {
                    Self::new_unchecked(value.to_string())
                }
            }
        )*
    };
    ($name:ident: TryFrom: $($integer:ty),*) => {
        $(
            impl TryFrom<$integer> for $name {
                type Error = Violations;

                fn try_from(value: $integer) -> Result<Self, Violations> {
                    Self::try_from(value.to_string())
                }
            }
        )*
    };
}

from_integers!(Marker);
from_integers!(MaxItems);

impl Marker {
    /// The position; nothing for a marker that was made unchecked and is no number.
    pub fn position(&self) -> Option<u64> {
        number(self.as_str())
    }
}

impl MaxItems {
    /// The number of items; nothing for a value that was made unchecked and is no number.
    pub fn count(&self) -> Option<u64> {
        number(self.as_str())
    }
}

/// Digits alone: `str::parse` would take a sign too.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn integers_become_digits() {
        assert_eq!(Marker::try_from(1).unwrap().as_str(), "1");
        assert_eq!(MaxItems::from(10_u32).count(), Some(10));
        assert_eq!(
            Marker::try_from(999_999_999_999_999_999_u64)
                .unwrap()
                .position(),
            Some(999_999_999_999_999_999)
        );
        assert!(Marker::try_from(-1).is_err());
        assert!(MaxItems::try_from(u64::MAX).is_err());
        assert_eq!(MaxItems::try_from(400_usize).unwrap().to_string(), "400");
    }

    #[test]
    fn leading_zeros_count_for_nothing() {
        assert_eq!("007".parse::<Marker>().unwrap().position(), Some(7));
        assert_eq!(Marker::new_unchecked("+7").position(), None);
        assert_eq!(Marker::new_unchecked("x").position(), None);
    }
}
