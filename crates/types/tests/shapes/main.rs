//! Generated types of a document that has one of everything: they accept what JSON Schema accepts,
//! decode and encode it again without a loss, and describe themselves as the document does.
//!
//! `generated/` and `document.json` are made from `document.yaml` by the tests of the generator,
//! which also say how to make them anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, deprecated)]

mod canonical;
// Here nothing is exported, and not everything is used.
#[allow(dead_code, unreachable_pub, unused_imports)]
#[rustfmt::skip]
mod generated;
mod instances;

use std::collections::BTreeMap;

use generated::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::instances::Instances;

fn document() -> Value {
    serde_json::from_str(include_str!("document.json")).unwrap()
}

fn components(document: &Value) -> &Map<String, Value> {
    document["components"]["schemas"].as_object().unwrap()
}

/// What a test does with a generated type without knowing which it is.
struct Handle {
    /// Name of the schema.
    schema: &'static str,
    check: fn(&Value) -> Result<(), Violations>,
    /// Decodes and encodes again.
    again: fn(&Value) -> Result<Value, String>,
    /// Decodes and checks the decoded value.
    validate: fn(&Value) -> Result<(), Violations>,
}

fn handle<T, C>(schema: &'static str, validate: fn(&Value) -> Result<(), Violations>) -> Handle
where
    T: Serialize + DeserializeOwned,
    C: Validate,
{
    Handle {
        schema,
        check: C::validate_json,
        again: |value| {
            let decoded: T =
                serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
            // From text too: that is another deserializer, with other ways to go wrong.
            let text: T =
                serde_json::from_str(&value.to_string()).map_err(|error| error.to_string())?;
            let (decoded, text) = (serde_json::to_value(&decoded), serde_json::to_value(&text));
            assert_eq!(decoded.as_ref().unwrap(), text.as_ref().unwrap());
            decoded.map_err(|error| error.to_string())
        },
        validate,
    }
}

macro_rules! handles {
    ($($schema:literal: $ty:ty),* $(,)?) => {
        vec![$(handle::<$ty, $ty>($schema, |value| {
            serde_json::from_value::<$ty>(value.clone()).unwrap().validate()
        })),*]
    };
}

fn handles() -> Vec<Handle> {
    let mut handles = handles![
        "ShapeId": ShapeId,
        "Page": Page,
        "Flag": Flag,
        "Ratio": Ratio,
        "Label": Label,
        "Problem": Problem,
        "Request": Request,
        "Colour": Colour,
        "Filter": Filter,
        "ByName": ByName,
        "BySize": BySize,
        "Everything": Everything,
        "Pet": Pet,
        "Choice": Choice,
        "Circle": Circle,
        "Square": Square,
        "AnyOfThem": AnyOfThem,
        "Tree": Tree,
        "Empty": Empty,
        "Expression": Expression,
        "And": And,
        "Or": Or,
        "my-dashed.name": MyDashedName,
        "dotted.name": DottedName,
        "Merged": Merged,
        "Undescribed": Undescribed,
        "OddInput": OddInput,
        "Pick2": Pick2,
        "Odd": Odd,
        "Option": OptionType,
        "Object": Object,
        "Level": Level,
        "Yes": Yes,
        "Serialize": generated::Serialize,
        "Deserialize": Deserialize,
        "Std": Std,
        "Serde": Serde,
        "Schemars": Schemars,
        "Core": Core,
        "Check": Check,
        "Text": Text,
        "Pattern": Pattern,
        "Integer": Integer,
        "Visitor": Visitor,
        "MyNumber": MyNumber,
        "Holder": Holder,
    ];
    handles.push(handle::<Pets, PetsSchema>(
        "Pets",
        PetsSchema::validate_json,
    ));
    handles.push(handle::<Names, NamesSchema>(
        "Names",
        NamesSchema::validate_json,
    ));
    handles.push(handle::<Second, SecondSchema>(
        "Second",
        SecondSchema::validate_json,
    ));
    handles.push(handle::<Forest, ForestSchema>(
        "Forest",
        ForestSchema::validate_json,
    ));
    handles.push(handle::<Items, ItemsSchema>(
        "Items",
        ItemsSchema::validate_json,
    ));
    handles.push(handle::<Option<VecType>, VecTypeSchema>(
        "Vec",
        VecTypeSchema::validate_json,
    ));
    handles.push(handle::<Utoipa, UtoipaSchema>(
        "Utoipa",
        UtoipaSchema::validate_json,
    ));
    handles.push(handle::<SerdeJson, SerdeJsonSchema>(
        "SerdeJson",
        SerdeJsonSchema::validate_json,
    ));
    handles.push(handle::<Option<Pick>, Pick>("Pick", Pick::validate_json));
    handles.push(handle::<Option<StringType>, StringType>(
        "String",
        StringType::validate_json,
    ));
    handles.push(handle::<Option<ValueType>, ValueType>(
        "Value",
        ValueType::validate_json,
    ));
    handles.push(handle::<Option<ResultType>, ResultType>(
        "Result",
        ResultType::validate_json,
    ));
    handles.push(handle::<Option<Big>, Big>("Big", Big::validate_json));
    handles.push(handle::<Option<Single>, Single>(
        "Single",
        Single::validate_json,
    ));
    handles.push(handle::<Option<NullablePet>, NullablePet>(
        "NullablePet",
        NullablePet::validate_json,
    ));
    handles
}

#[test]
fn every_schema_has_a_handle() {
    let document = document();
    let mut names: Vec<_> = handles().iter().map(|handle| handle.schema).collect();
    names.sort_unstable();
    let mut expected: Vec<_> = components(&document).keys().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

/// How many random values of each type are tried.
const TRIES: u64 = 600;

#[test]
fn checks_agree_with_json_schema_and_what_passes_survives() {
    let document = document();
    let components = components(&document);
    for handle in handles() {
        let validator =
            jsonschema::validator_for(&canonical::json_schema(components, handle.schema)).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for seed in 0..TRIES {
            let value = Instances::new(components, seed).instance(handle.schema);
            let verdict = (handle.check)(&value);
            assert_eq!(
                verdict.is_ok(),
                validator.is_valid(&value),
                "{} seed {seed}: {value}\nours: {verdict:?}\ntheirs: {:?}",
                handle.schema,
                validator
                    .iter_errors(&value)
                    .map(|error| error.to_string())
                    .collect::<Vec<_>>(),
            );
            if verdict.is_err() {
                invalid += 1;
                continue;
            }
            valid += 1;
            let again = (handle.again)(&value)
                .unwrap_or_else(|error| panic!("{} seed {seed}: {value}\n{error}", handle.schema));
            let keeps_unknown = !matches!(
                handle.schema,
                "Request" | "Filter" | "ByName" | "BySize" | "OddInput" | "Pick" | "Pick2"
            );
            if let Some(place) = instances::lost(&value, &again, keeps_unknown) {
                panic!("{} seed {seed}: {place}\n{value}\n{again}", handle.schema);
            }
            if !value.is_null() {
                assert_eq!(
                    (handle.validate)(&value),
                    Ok(()),
                    "{} seed {seed}: {value}",
                    handle.schema
                );
            }
        }
        // A generator that makes valid values only, or none, would prove nothing.
        let enough = TRIES / 50;
        let anything_goes = ["Label", "Flag"].contains(&handle.schema);
        assert!(valid >= enough, "{}: {valid} valid", handle.schema);
        assert!(
            invalid >= enough || anything_goes,
            "{}: {invalid} invalid",
            handle.schema
        );
    }
}

#[test]
fn a_response_is_read_in_spite_of_the_rules() {
    let everything: Everything = serde_json::from_value(json!({
        "id": null, "count": 77.0, "big": 1, "kind": "mauve", "list": [], "novel": {"a": [1]},
        "pet": {"name": null, "legs": 4}, "choice": {"kind": "hexagon"}, "tree": {"left": {"left": null}},
        "type": "t", "user": 65534, "map": {"a": null, "b": 2.0},
    }))
    .unwrap();
    assert_eq!(everything.id, "");
    assert_eq!(everything.count, 77);
    assert_eq!(everything.kind, Colour::Unknown("mauve".to_owned()));
    assert_eq!(everything.at.as_str(), "");
    assert_eq!(everything.extra["novel"], json!({"a": [1]}));
    assert_eq!(everything.pet.extra["legs"], 4);
    assert_eq!(
        everything.choice,
        Some(Choice::Unknown(json!({"kind": "hexagon"})))
    );
    assert_eq!(everything.user.as_deref(), Some("65534"));
    assert_eq!(
        everything.map,
        Some(BTreeMap::from([
            ("a".to_owned(), None),
            ("b".to_owned(), Some(2))
        ]))
    );
    assert!(everything.validate().is_err());

    // Of what was sent nothing is lost; fields stand in the order of the document, others behind.
    let again = serde_json::to_value(&everything).unwrap();
    let keys: Vec<_> = again
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let last = keys.last().copied();
    assert_eq!(keys.get(..3), Some(&["id", "type", "count"][..]));
    assert_eq!(last, Some("novel"));
}

#[test]
fn a_wrong_type_is_an_error_with_its_place() {
    let error =
        serde_json::from_str::<Everything>("{\"id\": \"a\",\n \"count\": \"seven\"}").unwrap_err();
    assert_eq!((error.line(), error.column()), (2, 17));
    assert_eq!(
        error.to_string(),
        "invalid type: string \"seven\", expected an integer at line 2 column 17"
    );
    assert!(serde_json::from_value::<Everything>(json!({"id": 3})).is_err());
    assert!(serde_json::from_value::<Everything>(json!({"count": 1.5})).is_err());
    assert!(serde_json::from_value::<Everything>(json!({"count": 3_000_000_000_i64})).is_err());
}

#[test]
fn all_violations_come_at_once_with_their_places() {
    let violations = Request::validate_json(&json!({
        "name": "", "size": 8, "ids": [1, 1.0, "x"], "tags": {"a/b~": "four"}, "surplus": 1,
        "colour": "mauve", "filter": [],
    }))
    .unwrap_err();
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "/colour must be one of ``, `1`, `C#(.NET Core 2.0)`, `-`, `red`, `RED`, `self`",
            "/filter matches none of the alternatives",
            "/ids must not hold the same item twice",
            "/ids/2 must be an integer",
            "/name must not be empty",
            "/nothing is required",
            "/size must be at most 7",
            "/surplus is not a property that is known here",
            "/tags/a~1b~0 must have at most 3 characters",
        ]
    );
    assert_eq!(violations.iter().next().unwrap().pointer, "/colour");
}

#[test]
fn violations_are_bounded_and_never_repeat_the_value() {
    let many: Vec<Value> = (0..5000).map(|_| json!("secret")).collect();
    let violations =
        Request::validate_json(&json!({"name": "a", "size": 1, "nothing": null, "ids": many}))
            .unwrap_err();
    assert_eq!(violations.len(), Violations::MOST);
    assert_eq!(violations.len() + violations.omitted(), 5002);
    assert!(!violations.to_string().contains("secret"));
    let long = "k".repeat(10_000);
    let violations =
        Request::validate_json(&json!({"name": "a", "size": 1, "nothing": null, long: 1}))
            .unwrap_err();
    assert!(violations.to_string().len() < 300);
}

#[test]
fn alternatives_in_alternatives_end_in_time() {
    let mut value = json!(true);
    for _ in 0..60 {
        value = json!({"left": value, "right": true, "or": 1});
    }
    let start = std::time::Instant::now();
    let verdict = Expression::validate_json(&value);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    let Err(violations) = verdict else { return };
    assert!(
        violations
            .iter()
            .any(|violation| violation.constraint == Constraint::TooComplex),
        "{violations}"
    );
}

#[test]
fn newtypes_are_built_checked_or_explicitly_not() {
    assert_eq!(ShapeId::try_from("1a").unwrap().as_str(), "1a");
    let violations = "ABCDEFGHIJ".parse::<ShapeId>().unwrap_err();
    assert_eq!(
        violations.to_string(),
        "the value must have at most 9 characters; the value must match the pattern `^\\d{1,5}[a-z]*$`"
    );
    // `\d` is ASCII, as in ECMA-262.
    assert!(ShapeId::try_from("٣").is_err());
    assert!(serde_json::from_value::<ShapeId>(json!("ABC")).is_err());
    assert_eq!(ShapeId::new_unchecked("ABC").to_string(), "ABC");
    assert_eq!(Page::try_from(7).unwrap().get(), 7);
    assert!(Page::try_from(101).is_err());
    assert_eq!(serde_json::from_value::<Page>(json!(7.0)).unwrap().get(), 7);
    assert!("x".parse::<Page>().is_err());
    assert!(
        Ratio::try_from(0.3).is_ok()
            && Ratio::try_from(0.25).is_err()
            && Ratio::try_from(0.0).is_err()
    );
    assert_eq!(Label::from("any").to_string(), "any");
}

#[test]
fn enumerations_are_open() {
    assert_eq!(Colour::from("C#(.NET Core 2.0)"), Colour::ALL[2]);
    assert_eq!(
        serde_json::from_value::<Colour>(json!("new")).unwrap(),
        Colour::Unknown("new".to_owned())
    );
    assert_eq!(
        serde_json::to_value(Colour::Unknown("new".to_owned())).unwrap(),
        "new"
    );
    assert!(Colour::ALL.iter().all(Colour::is_known));
    assert!(
        Colour::ALL
            .iter()
            .all(|colour| Colour::from(colour.as_str()) == *colour)
    );
    // The empty string is a value of this one, and `default` of the document is no default of Rust.
    assert_eq!(Colour::default().as_str(), "");
    assert!(Colour::default().is_known());
}

#[test]
fn unions_choose_by_discriminator_then_by_what_fits() {
    let round: Choice = serde_json::from_value(json!({"kind": "round"})).unwrap();
    assert!(matches!(round, Choice::Circle(_)));
    let square: Choice = serde_json::from_value(json!({"kind": "Square", "side": 3.0})).unwrap();
    assert_eq!(
        square,
        Choice::from(Square {
            kind: SquareKind::Square,
            side: Some(3),
            ..Square::default()
        })
    );
    assert!(
        matches!(serde_json::from_value(json!("word")).unwrap(), Filter::String3(word) if word == "word")
    );
    assert!(serde_json::from_value::<Filter>(json!(true)).is_err());
}

/// What utoipa's derive cannot say, in this document.
#[cfg(feature = "schema")]
const BEYOND_UTOIPA: &[&str] = &[
    // It refuses unknown properties only where serde's derive does too, and a response must not.
    "/Empty/additionalProperties",
    // A name of a schema has to be a path.
    "/my-dashed.name",
    "/MyDashedName",
    // Nor may a property's name be empty.
    "/Odd/properties/",
    "/Odd/properties/field",
    // On a struct, `default` would give every field one.
    "/Odd/default",
    // Its arrays know no `readOnly`, its alternatives no `deprecated`.
    "/OddInput/properties/flagged/readOnly",
    "/Pick/deprecated",
];

#[cfg(feature = "schema")]
#[test]
fn the_types_describe_themselves_as_the_document_does() {
    let document = document();
    let components = components(&document);
    let compare = |schemas: BTreeMap<String, Value>| canonical::differences(components, &schemas);

    let schemas = openapi::schemas()
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap()));
    let differences = compare(schemas.collect());
    let beyond = |place: &str| BEYOND_UTOIPA.contains(&place);
    let surprising: Vec<_> = differences
        .iter()
        .filter(|(place, _)| !beyond(place))
        .collect();
    assert!(surprising.is_empty(), "utoipa: {surprising:#?}");
    for known in BEYOND_UTOIPA {
        assert!(
            differences.contains_key(*known),
            "utoipa can say {known} now: take it off the list"
        );
    }

    let mut generator = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    openapi::define(&mut generator);
    let differences = compare(generator.take_definitions(true).into_iter().collect());
    assert!(differences.is_empty(), "schemars: {differences:#?}");
}
