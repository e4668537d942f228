//! What differs between two documents.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::Pointer;
use crate::canonical::plain;

/// One difference between two documents, as small as can be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: in the left document, or in the right one where the left has nothing.
    pub pointer: Pointer,
    /// What the left document has there, if anything.
    pub left: Option<Value>,
    /// What the right document has there, if anything.
    pub right: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value: &Option<Value>| match value {
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        write!(
            formatter,
            "{}: {} on the left, {} on the right",
            self.pointer,
            show(&self.left),
            show(&self.right)
        )
    }
}

/// Everything that differs between two values, in the order of the left one; nothing where they
/// are equal, whatever the order of their keys.
///
/// The values are taken as OpenAPI documents, best in their [canonical](crate::canonical()) form:
/// lists of parameters, servers and tags are matched by the identity of their items, `required`
/// and `security` as sets. Other lists, and everything within examples, defaults and extensions,
/// are matched in order, with as few differences as there can be.
#[must_use]
pub fn compare(left: &Value, right: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    let root = Pointer::root();
    Comparison {
        differences: &mut differences,
    }
    .values(left, right, &root, &root, Place::Object);
    differences
}

/// How the members of a value are to be read.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// An object of OpenAPI, whose keys have a meaning.
    Object,
    /// A map, whose keys are names.
    Names,
    /// A list whose items are matched by what they are.
    Set(Identity),
    /// Something that OpenAPI says nothing about.
    Literal,
}

/// What makes two items of a list the same one.
#[derive(Clone, Copy, PartialEq)]
enum Identity {
    /// `in` and `name`.
    Parameter,
    /// The member with this name, or the whole item where it has none.
    Member(&'static str),
}

impl Identity {
    fn of(self, item: &Value) -> String {
        match self {
            Self::Parameter => match (item.get("in"), item.get("name")) {
                (Some(place), Some(name)) => format!("{place} {name}"),
                _ => plain(item).to_string(),
            },
            Self::Member(key) => plain(item.get(key).unwrap_or(item)).to_string(),
        }
    }
}

impl Place {
    /// The place of a member.
    fn of(self, key: &str, value: &Value) -> Self {
        match (self, key) {
            (Self::Literal, _) => Self::Literal,
            (Self::Names, _) => Self::Object,
            (_, "example" | "default" | "enum" | "value") => Self::Literal,
            (_, key) if key.starts_with("x-") => Self::Literal,
            (_, "parameters") if value.is_array() => Self::Set(Identity::Parameter),
            (_, "tags") => Self::Set(Identity::Member("name")),
            (_, "servers") => Self::Set(Identity::Member("url")),
            (_, "required" | "security") => Self::Set(Identity::Member("")),
            (
                _,
                "paths" | "schemas" | "properties" | "responses" | "headers" | "examples"
                | "content" | "parameters" | "requestBodies" | "securitySchemes" | "links"
                | "callbacks" | "variables" | "mapping" | "scopes" | "encoding",
            ) => Self::Names,
            _ => Self::Object,
        }
    }
}

struct Comparison<'c> {
    differences: &'c mut Vec<Difference>,
}

impl Comparison<'_> {
    fn values(
        &mut self,
        left: &Value,
        right: &Value,
        left_at: &Pointer,
        right_at: &Pointer,
        place: Place,
    ) {
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => {
                self.objects(left, right, left_at, right_at, place);
            }
            (Value::Array(left), Value::Array(right)) => match place {
                Place::Set(identity) => self.sets(left, right, left_at, right_at, identity),
                _ => self.lists(left, right, left_at, right_at, place),
            },
            _ if left == right => {}
            _ => self.differ(left_at, Some(left), Some(right)),
        }
    }

    fn objects(
        &mut self,
        left: &Map<String, Value>,
        right: &Map<String, Value>,
        left_at: &Pointer,
        right_at: &Pointer,
        place: Place,
    ) {
        for (key, value) in left {
            let at = left_at.join(key);
            match right.get(key) {
                Some(other) => {
                    let place = place.of(key, value);
                    self.values(value, other, &at, &right_at.join(key), place);
                }
                None => self.differ(&at, Some(value), None),
            }
        }
        for (key, value) in right {
            if !left.contains_key(key) {
                self.differ(&right_at.join(key), None, Some(value));
            }
        }
    }

    /// Lists whose order says nothing.
    fn sets(
        &mut self,
        left: &[Value],
        right: &[Value],
        left_at: &Pointer,
        right_at: &Pointer,
        identity: Identity,
    ) {
        let mut unmatched: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, item) in right.iter().enumerate().rev() {
            unmatched.entry(identity.of(item)).or_default().push(index);
        }
        let mut matched = vec![false; right.len()];
        for (index, item) in left.iter().enumerate() {
            let at = left_at.index(index);
            match unmatched.get_mut(&identity.of(item)).and_then(Vec::pop) {
                Some(other) => {
                    matched[other] = true;
                    let other_at = right_at.index(other);
                    self.values(item, &right[other], &at, &other_at, Place::Object);
                }
                None => self.differ(&at, Some(item), None),
            }
        }
        for (index, item) in right.iter().enumerate() {
            if !matched[index] {
                self.differ(&right_at.index(index), None, Some(item));
            }
        }
    }

    /// Lists whose order counts: equal items are matched with one another, and what is left over
    /// between two matches is matched in order.
    fn lists(
        &mut self,
        left: &[Value],
        right: &[Value],
        left_at: &Pointer,
        right_at: &Pointer,
        place: Place,
    ) {
        let inner = if place == Place::Literal {
            Place::Literal
        } else {
            Place::Object
        };
        let mut pairs = common(left, right);
        pairs.push((left.len(), right.len()));
        let (mut l, mut r) = (0, 0);
        for (next_l, next_r) in pairs {
            while l < next_l || r < next_r {
                match (l < next_l, r < next_r) {
                    (true, true) => self.values(
                        &left[l],
                        &right[r],
                        &left_at.index(l),
                        &right_at.index(r),
                        inner,
                    ),
                    (true, false) => self.differ(&left_at.index(l), Some(&left[l]), None),
                    _ => self.differ(&right_at.index(r), None, Some(&right[r])),
                }
                l = (l + 1).min(next_l);
                r = (r + 1).min(next_r);
            }
            l = next_l + 1;
            r = next_r + 1;
        }
    }

    fn differ(&mut self, pointer: &Pointer, left: Option<&Value>, right: Option<&Value>) {
        self.differences.push(Difference {
            pointer: pointer.clone(),
            left: left.cloned(),
            right: right.cloned(),
        });
    }
}

/// The places of a longest common subsequence; only of the common beginning and end where the
/// lists are so long that finding it would take too much.
fn common(left: &[Value], right: &[Value]) -> Vec<(usize, usize)> {
    const MOST: usize = 1_000_000;
    let start = left.iter().zip(right).take_while(|(l, r)| l == r).count();
    let (rest_left, rest_right) = (&left[start..], &right[start..]);
    let end = rest_left
        .iter()
        .rev()
        .zip(rest_right.iter().rev())
        .take_while(|(l, r)| l == r)
        .count();
    let middle_left = &rest_left[..rest_left.len() - end];
    let middle_right = &rest_right[..rest_right.len() - end];
    let mut pairs: Vec<_> = (0..start).map(|index| (index, index)).collect();
    if middle_left.len().saturating_mul(middle_right.len()) <= MOST {
        let width = middle_right.len() + 1;
        // `lengths[l * width + r]`: how long a common subsequence there is from l and r on.
        let mut lengths = vec![0_u32; (middle_left.len() + 1) * width];
        for l in (0..middle_left.len()).rev() {
            for r in (0..middle_right.len()).rev() {
                lengths[l * width + r] = if middle_left[l] == middle_right[r] {
                    lengths[(l + 1) * width + r + 1] + 1
                } else {
                    lengths[(l + 1) * width + r].max(lengths[l * width + r + 1])
                };
            }
        }
        let (mut l, mut r) = (0, 0);
        while l < middle_left.len() && r < middle_right.len() {
            if middle_left[l] == middle_right[r] {
                pairs.push((start + l, start + r));
                (l, r) = (l + 1, r + 1);
            } else if lengths[(l + 1) * width + r] >= lengths[l * width + r + 1] {
                l += 1;
            } else {
                r += 1;
            }
        }
    }
    pairs.extend(
        (0..end)
            .rev()
            .map(|back| (left.len() - 1 - back, right.len() - 1 - back)),
    );
    pairs
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[track_caller]
    fn differences(left: Value, right: Value) -> Vec<String> {
        let found = compare(&left, &right);
        assert_eq!(found.len(), compare(&right, &left).len());
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_documents_do_not_differ() {
        assert!(
            differences(
                json!({ "a": [1, { "b": 2 }] }),
                json!({ "a": [1, { "b": 2 }] })
            )
            .is_empty()
        );
    }

    #[test]
    fn the_smallest_difference_is_told() {
        assert_eq!(
            differences(
                json!({ "paths": { "/a/{b}": { "get": { "summary": "x", "deprecated": true } } } }),
                json!({ "paths": { "/a/{b}": { "get": { "summary": "y" } } } }),
            ),
            [
                "/paths/~1a~1{b}/get/summary: \"x\" on the left, \"y\" on the right",
                "/paths/~1a~1{b}/get/deprecated: true on the left, nothing on the right",
            ]
        );
    }

    #[test]
    fn parameters_are_matched_by_place_and_name() {
        let parameter = |place: &str, max: u32| json!({ "in": place, "name": "a", "schema": { "maximum": max } });
        assert_eq!(
            differences(
                json!({ "parameters": [parameter("path", 1), parameter("query", 2)] }),
                json!({ "parameters": [parameter("query", 3), parameter("path", 1)] }),
            ),
            ["/parameters/1/schema/maximum: 2 on the left, 3 on the right"]
        );
    }

    #[test]
    fn required_names_are_a_set() {
        assert_eq!(
            differences(
                json!({ "required": ["a", "b"] }),
                json!({ "required": ["c", "b"] })
            ),
            [
                "/required/0: \"a\" on the left, nothing on the right",
                "/required/0: nothing on the left, \"c\" on the right",
            ]
        );
    }

    #[test]
    fn a_property_called_required_is_no_set() {
        assert_eq!(
            differences(
                json!({ "properties": { "tags": { "enum": [1, 2] } } }),
                json!({ "properties": { "tags": { "enum": [2, 1] } } }),
            )
            .len(),
            2
        );
    }

    #[test]
    fn examples_are_taken_literally() {
        assert!(
            !differences(
                json!({ "example": { "tags": [1, 2] } }),
                json!({ "example": { "tags": [2, 1] } })
            )
            .is_empty()
        );
        assert!(
            differences(json!({ "tags": ["b", "a"] }), json!({ "tags": ["a", "b"] })).is_empty()
        );
    }

    #[test]
    fn an_inserted_item_is_one_difference() {
        assert_eq!(
            differences(
                json!({ "enum": ["a", "b", "c"] }),
                json!({ "enum": ["n", "a", "b", "c"] })
            ),
            ["/enum/0: nothing on the left, \"n\" on the right"]
        );
        assert_eq!(
            differences(
                json!({ "enum": ["a", "b", "c"] }),
                json!({ "enum": ["a", "x", "c"] })
            ),
            ["/enum/1: \"b\" on the left, \"x\" on the right"]
        );
        assert_eq!(
            differences(
                json!({ "oneOf": [{ "a": 1 }, { "b": 1 }] }),
                json!({ "oneOf": [{ "b": 1 }] })
            ),
            ["/oneOf/0: {\"a\":1} on the left, nothing on the right"]
        );
    }

    #[test]
    fn types_differ_as_a_whole() {
        assert_eq!(
            differences(json!({ "a": { "b": 1 } }), json!({ "a": [1] })),
            ["/a: {\"b\":1} on the left, [1] on the right"]
        );
    }
}
