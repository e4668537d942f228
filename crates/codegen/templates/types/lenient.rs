//! Reading what real services send: `null` where a value is promised, also among the items of an
//! array, integers with a zero fraction, numbers where the document says string.

// Which of these are used depends on the document.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, de};

/// A way to read a `T`.
pub(crate) trait Read<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>;
}

/// As `T` reads itself.
pub(crate) struct Plain;

impl<T: DeserializeOwned> Read<T> for Plain {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

/// An integer; one with a zero fraction, as `1.0`, is an integer too.
pub(crate) struct Whole;

impl<T: TryFrom<i64>> Read<T> for Whole {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        struct WholeVisitor;

        impl Visitor<'_> for WholeVisitor {
            type Value = i64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
                Ok(value)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
                i64::try_from(value)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<i64, E> {
                // 2^63 is the first double beyond the range, and exact.
                let limit = 2_f64.powi(63);
                if value.fract() == 0.0 && (-limit..limit).contains(&value) {
                    #[allow(clippy::cast_possible_truncation)]
                    Ok(value as i64)
                } else {
                    Err(E::invalid_value(Unexpected::Float(value), &self))
                }
            }
        }

        // Not `deserialize_i64`: a value that was buffered would refuse a float there.
        let value = deserializer.deserialize_any(WholeVisitor)?;
        T::try_from(value).map_err(|_| {
            D::Error::invalid_value(
                Unexpected::Signed(value),
                &"an integer that fits its format",
            )
        })
    }
}

/// A string; an integer is read as its digits.
pub(crate) struct TextOrInteger;

impl Read<String> for TextOrInteger {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        struct TextVisitor;

        impl Visitor<'_> for TextVisitor {
            type Value = String;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
                Ok(value.to_owned())
            }

            fn visit_string<E: Error>(self, value: String) -> Result<String, E> {
                Ok(value)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
                Ok(value.to_string())
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
                Ok(value.to_string())
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<String, E> {
                if value.fract() == 0.0 && value.abs() <= 2_f64.powi(126) {
                    #[allow(clippy::cast_possible_truncation)]
                    Ok((value as i128).to_string())
                } else {
                    Err(E::invalid_value(Unexpected::Float(value), &self))
                }
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}

/// Something that may be `null`.
pub(crate) struct OrNull<A>(PhantomData<A>);

impl<T, A: Read<T>> Read<Option<T>> for OrNull<A> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        struct OptionVisitor<T, A>(PhantomData<(T, A)>);

        impl<'de, T, A: Read<T>> Visitor<'de> for OptionVisitor<T, A> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value or null")
            }

            fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
                Ok(None)
            }

            fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
                Ok(None)
            }

            fn visit_some<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Option<T>, D::Error> {
                A::read(deserializer).map(Some)
            }
        }

        deserializer.deserialize_option(OptionVisitor::<T, A>(PhantomData))
    }
}

/// Something in a box.
pub(crate) struct Boxed<A>(PhantomData<A>);

impl<T, A: Read<T>> Read<Box<T>> for Boxed<A> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<T>, D::Error> {
        A::read(deserializer).map(Box::new)
    }
}

/// Each item of an array, or each value of a map.
pub(crate) struct Each<A>(PhantomData<A>);

/// An item, for serde, which reads items by type alone.
struct Item<T, A>(T, PhantomData<A>);

impl<'de, T, A: Read<T>> Deserialize<'de> for Item<T, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        A::read(deserializer).map(|value| Self(value, PhantomData))
    }
}

impl<T, A: Read<T>> Read<Vec<T>> for Each<A> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        struct ItemsVisitor<T, A>(PhantomData<(T, A)>);

        impl<'de, T, A: Read<T>> Visitor<'de> for ItemsVisitor<T, A> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Vec<T>, S::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element::<Item<T, A>>()? {
                    list.push(item.0);
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(ItemsVisitor::<T, A>(PhantomData))
    }
}

/// Each item of an array that is there: a `null` among them is none.
pub(crate) struct EachPresent<A>(PhantomData<A>);

impl<T, A: Read<T>> Read<Vec<T>> for EachPresent<A> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        let items: Vec<Option<T>> = Each::<OrNull<A>>::read(deserializer)?;
        Ok(items.into_iter().flatten().collect())
    }
}

impl<T, A: Read<T>> Read<BTreeMap<String, T>> for Each<A> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error> {
        struct EntriesVisitor<T, A>(PhantomData<(T, A)>);

        impl<'de, T, A: Read<T>> Visitor<'de> for EntriesVisitor<T, A> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(
                self,
                mut entries: M,
            ) -> Result<BTreeMap<String, T>, M::Error> {
                let mut map = BTreeMap::new();
                while let Some((name, value)) = entries.next_entry::<String, Item<T, A>>()? {
                    map.insert(name, value.0);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(EntriesVisitor::<T, A>(PhantomData))
    }
}

/// Reads a promised value: `null` is its type's default.
pub(crate) fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads a promised value in the way `A`: `null` is its type's default.
pub(crate) fn or_default_as<'de, A, T, D>(deserializer: D) -> Result<T, D::Error>
where
    A: Read<T>,
    T: Default,
    D: Deserializer<'de>,
{
    OrNull::<A>::read(deserializer).map(Option::unwrap_or_default)
}

/// Reads a promised integer: `null` is 0.
pub(crate) fn integer_or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<i64> + Default,
    D: Deserializer<'de>,
{
    or_default_as::<Whole, T, D>(deserializer)
}

/// Reads an integer that may be missing.
pub(crate) fn optional_integer<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    OrNull::<Whole>::read(deserializer)
}

/// Reads an integer.
pub(crate) fn integer<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<i64>,
    D: Deserializer<'de>,
{
    Whole::read(deserializer)
}

/// Reads a value in the way `A`.
pub(crate) fn read_as<'de, A, T, D>(deserializer: D) -> Result<T, D::Error>
where
    A: Read<T>,
    D: Deserializer<'de>,
{
    A::read(deserializer)
}

/// An error that says which JSON value has no place in a type with alternatives.
pub(crate) fn no_alternative<E: de::Error>(name: &str) -> E {
    E::custom(format_args!(
        "the value is none of the alternatives of {name}"
    ))
}
