//! The types and the server behave as the document's schemas say: over thousands of random values
//! of each schema, right and wrong, with the `jsonschema` crate as judge. Seeds are fixed, so that a
//! failure comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use functiongraph_conformance::Conformance;
use functiongraph_conformance::schema::{Coercion, Schemas, Used, is_required, judges};
use functiongraph_contract::canonical;
use functiongraph_server::versions::{
    CreateFunctionVersionFailure, CreateFunctionVersionInput, CreateFunctionVersionOutput,
    ListFunctionVersionsFailure, ListFunctionVersionsInput, ListFunctionVersionsOutput, Versions,
};
use functiongraph_server::{
    Authentication, Failure, Hooks, Limits, Rejection, Reply, headers, router,
};
use functiongraph_tests::exceptions::{COERCIONS, MOST_COERCIONS};
use functiongraph_tests::instances::{Breakage, Instances};
use functiongraph_tests::rust_types::TYPES;
use functiongraph_types::{Error, FunctionVersion, FunctionVersionPage};
use jsonschema::Validator;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::project::document;

/// How many values of a schema are made. Those that are the whole of a response have dozens of
/// properties, which are schemas that are tried by themselves too.
fn each(name: &str) -> u64 {
    match name {
        "FunctionVersion" | "FunctionVersionPage" => 300,
        _ => 1000,
    }
}

/// Requests to the server for each of its inputs.
const REQUESTS: u64 = 1000;

/// The schemas of what is sent in requests: their types keep nothing that the document does not
/// name, and refuse to hold what it forbids.
fn of_requests(schemas: &Schemas) -> BTreeSet<String> {
    let form = canonical(document().value());
    let mut found = BTreeSet::new();
    for item in form["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            collect(schemas, &operation["parameters"], &mut found);
            collect(schemas, &operation["requestBody"], &mut found);
        }
    }
    found
}

fn collect(schemas: &Schemas, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str)
                && found.insert(name.rsplit('/').next().unwrap().to_owned())
            {
                collect(schemas, schemas.resolve(value), found);
            }
            members
                .values()
                .for_each(|value| collect(schemas, value, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| collect(schemas, value, found)),
        _ => {}
    }
}

fn seed(name: &str, index: u64) -> u64 {
    name.bytes().fold(index, |seed, byte| {
        seed.wrapping_mul(0x0000_0100_0000_01b3) ^ u64::from(byte)
    })
}

#[test]
fn valid_instances_decode_and_encode_equal_and_pass() {
    let schemas = Schemas::of(&document());
    let judges = judges(&schemas).unwrap();
    let of_requests = of_requests(&schemas);
    let mut used = Used::new();
    for ty in TYPES {
        let schema = Schemas::reference(ty.name);
        let mut distinct = BTreeSet::new();
        for index in 0..each(ty.name) {
            let seed = seed(ty.name, index);
            let instance = Instances::new(&schemas, seed).valid(&schema);
            let context = || format!("{} with seed {seed}: {instance}", ty.name);
            if let Err(error) = judges[ty.name].validate(&instance) {
                panic!(
                    "the generator made an invalid instance: {error}: {}",
                    context()
                );
            }
            let cycle =
                (ty.cycle)(&instance).unwrap_or_else(|error| panic!("{error}: {}", context()));
            if let Err(violations) = cycle.verdict {
                panic!("{violations}: {}", context());
            }
            let coerced = schemas.coerced(&schema, &instance, &mut used);
            let expected =
                schemas.rewritten(&schema, &coerced, of_requests.contains(ty.name), &mut used);
            assert_eq!(cycle.encoded, expected, "{}", context());
            distinct.insert(instance.to_string());
        }
        // Enumerations have few values; everything else many.
        let values = schemas.resolve(&schema)["enum"]
            .as_array()
            .map_or(50, Vec::len);
        assert!(
            distinct.len() >= values,
            "only {} different instances of {}",
            distinct.len(),
            ty.name
        );
    }
    assert_eq!(
        used,
        Used::from([
            Coercion::NullIsAbsent,
            Coercion::WholeNumber,
            Coercion::RequestForgets
        ])
    );
}

#[test]
fn the_types_judge_as_jsonschema_does() {
    let schemas = Schemas::of(&document());
    let judges = judges(&schemas).unwrap();
    let of_requests = of_requests(&schemas);
    let mut verdicts: BTreeMap<(Breakage, bool), usize> = BTreeMap::new();
    let mut used = Used::new();
    for ty in TYPES {
        let schema = Schemas::reference(ty.name);
        let without_ranges = schemas.judge_without_ranges(&schema).unwrap();
        for index in 0..2 * each(ty.name) {
            let seed = seed(ty.name, index) ^ 0xb10c;
            let mut instances = Instances::new(&schemas, seed);
            let (instance, breakage) = match index % 20 {
                0 => (instances.valid(&schema), None),
                1 => (instances.anything(0), None),
                _ => {
                    let (instance, breakage) = instances.broken(&schema);
                    (instance, Some(breakage))
                }
            };
            let mut coercions = Used::new();
            let coerced = schemas.coerced(&schema, &instance, &mut coercions);
            let expected = judges[ty.name].is_valid(&coerced);
            let verdict = (ty.check)(&instance);
            assert_eq!(
                verdict.is_ok(),
                expected,
                "left: the type's verdict, {verdict:?}; right: that of jsonschema, {:?}; {} with seed {seed}: {instance}",
                judges[ty.name]
                    .validate(&coerced)
                    .err()
                    .map(|error| error.to_string()),
                ty.name
            );
            // A reader of responses takes whatever has the right JSON types, and nothing else: a
            // property that it does not know by its name would pass unseen.
            if breakage == Some(Breakage::Type)
                && !expected
                && !of_requests.contains(ty.name)
                && !coercions.contains(&Coercion::IntegerForText)
            {
                let cycle = (ty.cycle)(&instance);
                assert!(
                    cycle.is_err(),
                    "{cycle:?}: {} with seed {seed}: {instance}",
                    ty.name
                );
            }
            // A coercion counts where it changed the verdict.
            if expected != judges[ty.name].is_valid(&instance) {
                used.extend(coercions);
            }
            if !expected && without_ranges.is_valid(&coerced) {
                used.insert(Coercion::Range);
            }
            if let Some(breakage) = breakage {
                *verdicts.entry((breakage, expected)).or_default() += 1;
            }
        }
    }
    assert_eq!(
        used,
        Used::from([
            Coercion::NullIsAbsent,
            Coercion::IntegerForText,
            Coercion::Range
        ])
    );
    // Every kind of breakage that the document's keywords know was tried and refused.
    let refused: BTreeSet<_> = verdicts
        .iter()
        .filter(|((_, valid), _)| !valid)
        .map(|((breakage, _), _)| *breakage)
        .collect();
    let unknown_keywords = [Breakage::Items, Breakage::Properties];
    let expected: BTreeSet<_> = Breakage::ALL
        .iter()
        .copied()
        .filter(|breakage| !unknown_keywords.contains(breakage))
        .collect();
    assert_eq!(refused, expected, "{verdicts:?}");
    assert!(
        verdicts
            .iter()
            .filter(|((_, valid), _)| !valid)
            .all(|(_, count)| *count >= 100),
        "{verdicts:?}"
    );
}

/// Whatever a response lacks, has beside or says anew, a reader reads it, and loses nothing.
#[test]
fn incomplete_and_unknown_things_are_read_and_survive() {
    let schemas = Schemas::of(&document());
    let of_requests = of_requests(&schemas);
    let mut used = Used::new();
    let mut changes = [0_usize; 4];
    for ty in TYPES.iter().filter(|ty| !of_requests.contains(ty.name)) {
        let schema = Schemas::reference(ty.name);
        for index in 0..each(ty.name) {
            let seed = seed(ty.name, index) ^ 0x1e_41e7;
            let mut instances = Instances::new(&schemas, seed);
            let mut instance = instances.valid(&schema);
            spoil(
                &schemas,
                &mut instances,
                &schema,
                &mut instance,
                &mut changes,
            );
            let cycle = (ty.cycle)(&instance).unwrap_or_else(|error| {
                panic!("{error}: {} with seed {seed}: {instance}", ty.name)
            });
            let coerced = schemas.coerced(
                &schema,
                &schemas.read_leniently(&schema, &instance),
                &mut used,
            );
            let expected = schemas.rewritten(&schema, &coerced, false, &mut used);
            assert_eq!(
                cycle.encoded, expected,
                "{} with seed {seed}: {instance}",
                ty.name
            );
        }
    }
    assert!(changes.iter().all(|count| *count > 1000), "{changes:?}");
}

/// Removes and nulls required properties, adds unknown ones, and puts values into enumerations and
/// texts that the document does not know.
fn spoil(
    schemas: &Schemas,
    instances: &mut Instances<'_>,
    schema: &Value,
    value: &mut Value,
    changes: &mut [usize; 4],
) {
    let schema = schemas.resolve(schema);
    match value {
        Value::Object(members) => {
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let Some(member) = members.get_mut(name) else {
                    continue;
                };
                match instances.random().below(10) {
                    0 if is_required(schema, name) => {
                        members.shift_remove(name);
                        changes[0] += 1;
                    }
                    1 if is_required(schema, name) => {
                        *member = Value::Null;
                        changes[1] += 1;
                    }
                    _ => spoil(schemas, instances, property, member, changes),
                }
            }
            if instances.random().chance(40) {
                let unknown = instances.anything(3);
                members.insert(format!("x_{}", instances.random().below(1000)), unknown);
                changes[2] += 1;
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| spoil(schemas, instances, &schema["items"], item, changes)),
        Value::String(text) if instances.random().chance(30) => {
            *text = format!("{text} anew");
            changes[3] += 1;
        }
        Value::Number(number) if instances.random().chance(30) => {
            *number = (i64::from(i32::MAX)
                - i64::try_from(instances.random().below(1000)).unwrap())
            .into();
            changes[3] += 1;
        }
        _ => {}
    }
}

/// Answers every valid request, and keeps what it was given.
#[derive(Default)]
struct Echo {
    published: Mutex<Option<CreateFunctionVersionInput>>,
    listed: Mutex<Option<ListFunctionVersionsInput>>,
}

const REQUEST_ID: HeaderValue = HeaderValue::from_static("r-1");

impl Versions<()> for Echo {
    async fn create_function_version(
        &self,
        (): (),
        input: CreateFunctionVersionInput,
    ) -> Result<CreateFunctionVersionOutput, CreateFunctionVersionFailure> {
        *self.published.lock().unwrap() = Some(input);
        let reply = Reply::new(sample()).with_header(headers::X_REQUEST_ID, REQUEST_ID);
        Ok(CreateFunctionVersionOutput::Ok(reply))
    }

    async fn list_function_versions(
        &self,
        (): (),
        input: ListFunctionVersionsInput,
    ) -> Result<ListFunctionVersionsOutput, ListFunctionVersionsFailure> {
        *self.listed.lock().unwrap() = Some(input);
        let page = FunctionVersionPage {
            versions: vec![sample()],
            next_marker: 1,
            ..FunctionVersionPage::default()
        };
        let reply = Reply::new(page).with_header(headers::X_REQUEST_ID, REQUEST_ID);
        Ok(ListFunctionVersionsOutput::Ok(reply))
    }
}

impl Hooks for Echo {
    type Identity = ();
    type ErrorBody = Error;

    async fn authenticate(&self, _: Authentication<'_>) -> Result<(), Failure<StatusCode, Error>> {
        Ok(())
    }

    fn reject(&self, rejection: Rejection<'_>) -> Failure<StatusCode, Error> {
        let error = Error {
            error_code: "E".to_owned(),
            error_msg: rejection.to_string(),
            ..Error::default()
        };
        Failure::new(rejection.kind.status(), error).with_header(headers::X_REQUEST_ID, REQUEST_ID)
    }
}

/// A version that keeps all rules.
fn sample() -> FunctionVersion {
    static SAMPLE: OnceLock<FunctionVersion> = OnceLock::new();
    let sample = SAMPLE.get_or_init(|| {
        let schemas = Schemas::of(&document());
        let value = Instances::new(&schemas, 1).valid(&Schemas::reference("FunctionVersion"));
        serde_json::from_value(value).unwrap()
    });
    sample.clone()
}

/// The server on [`Echo`], with judges.
struct Server {
    echo: Arc<Echo>,
    routes: Router,
    schemas: Schemas,
    judges: BTreeMap<String, Validator>,
    conformance: Conformance,
}

/// What the server answered, and what that says of the request.
struct Answer {
    status: u16,
    /// Whether the request keeps the document's rules to the letter.
    described: Vec<String>,
    text: String,
}

impl Server {
    fn new() -> Self {
        let document = document();
        let echo = Arc::new(Echo::default());
        let schemas = Schemas::of(&document);
        Self {
            routes: router(Arc::clone(&echo), Arc::clone(&echo), Limits::default()),
            echo,
            judges: judges(&schemas).unwrap(),
            schemas,
            conformance: Conformance::new(&document).unwrap(),
        }
    }

    async fn send(&self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("X-Auth-Token", "t");
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Body::from(body.clone())).unwrap();
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let sent: HeaderMap = request.headers().clone();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (head, answer) = response.into_parts();
        let answer = to_bytes(answer, usize::MAX).await.unwrap();
        let described = self.conformance.check_request(
            &method,
            uri.path(),
            uri.query(),
            &sent,
            body.as_bytes(),
        );
        if let Some(operation) = self.conformance.operation(&method, uri.path()) {
            let problems =
                self.conformance
                    .check_response(operation, head.status, &head.headers, &answer);
            assert_eq!(problems, [""; 0], "the answer to {method} {uri}");
        }
        Answer {
            status: head.status.as_u16(),
            described,
            text: String::from_utf8(answer.to_vec()).unwrap(),
        }
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

const PATH: &str = "/v2/p/fgs/functions/f/versions";

#[tokio::test]
async fn a_body_is_refused_exactly_when_jsonschema_refuses_it() {
    let server = Server::new();
    let schema = Schemas::reference("CreateFunctionVersionRequest");
    let judge = &server.judges["CreateFunctionVersionRequest"];
    let mut counts = [0_usize; 2];
    for index in 0..4 * REQUESTS {
        let seed = seed("body", index);
        let mut instances = Instances::new(&server.schemas, seed);
        let instance = match index % 4 {
            0 => instances.valid(&schema),
            1 if index % 3 == 0 => instances.anything(0),
            _ => instances.broken(&schema).0,
        };
        let mut used = Used::new();
        let coerced = server.schemas.coerced(&schema, &instance, &mut used);
        // A body may be left out, and null is that.
        let valid = instance.is_null() || judge.is_valid(&coerced);
        counts[usize::from(valid)] += 1;
        *server.echo.published.lock().unwrap() = None;
        let answer = server.send("POST", PATH, Some(&instance)).await;
        let expected = if valid { 200 } else { 400 };
        assert_eq!(
            answer.status, expected,
            "seed {seed}: {instance}: {}",
            answer.text
        );
        assert_eq!(
            answer.described.is_empty(),
            judge.is_valid(&instance),
            "{:?}",
            answer.described
        );
        let received = server.echo.published.lock().unwrap().take();
        assert_eq!(received.is_some(), valid);
        if let Some(received) = received {
            let body = serde_json::to_value(received.body).unwrap();
            let sent = server.schemas.rewritten(&schema, &coerced, true, &mut used);
            assert_eq!(body, sent, "seed {seed}: {instance}");
        }
    }
    assert!(counts.iter().all(|count| *count > 500), "{counts:?}");
}

#[tokio::test]
async fn a_parameter_is_refused_exactly_when_jsonschema_refuses_it() {
    let server = Server::new();
    let parameters = [
        ("path", "project_id", "ProjectId"),
        ("path", "function_urn", "FunctionUrn"),
        ("query", "marker", "Marker"),
        ("query", "maxitems", "MaxItems"),
    ];
    assert_eq!(
        parameters.len(),
        document().value()["components"]["parameters"]
            .as_object()
            .unwrap()
            .len()
    );
    let mut used = Used::new();
    for (place, name, schema) in parameters {
        let judge = &server.judges[schema];
        let schema = Schemas::reference(schema);
        let mut counts = [0_usize; 2];
        for index in 0..REQUESTS {
            let seed = seed(name, index);
            let mut instances = Instances::new(&server.schemas, seed);
            let instance = if index % 3 == 0 {
                instances.valid(&schema)
            } else {
                instances.broken(&schema).0
            };
            // What travels is a text: 1 is "1".
            let text = instance
                .as_str()
                .map_or_else(|| instance.to_string(), str::to_owned);
            let valid = judge.is_valid(&json!(text));
            counts[usize::from(valid)] += 1;
            let target = match (place, name) {
                ("path", "project_id") => {
                    format!("/v2/{}/fgs/functions/f/versions", encoded(&text))
                }
                ("path", _) => format!("/v2/p/fgs/functions/{}/versions", encoded(&text)),
                _ => format!("{PATH}?{name}={}", encoded(&text)),
            };
            *server.echo.listed.lock().unwrap() = None;
            let answer = server.send("GET", &target, None).await;
            let expected = match (valid, text.is_empty() && place == "path") {
                (true, _) => 200,
                (false, false) => 400,
                (false, true) => {
                    used.insert(Coercion::EmptySegment);
                    404
                }
            };
            assert_eq!(
                answer.status, expected,
                "seed {seed}: {target}: {}",
                answer.text
            );
            assert_eq!(
                answer.described.is_empty(),
                valid,
                "{target}: {:?}",
                answer.described
            );
            let received = server.echo.listed.lock().unwrap().take();
            assert_eq!(received.is_some(), valid);
            if let Some(received) = received {
                let values = json!({
                    "project_id": received.project_id,
                    "function_urn": received.function_urn,
                    "marker": received.marker,
                    "maxitems": received.maxitems,
                });
                let mut sent = json!({ "project_id": "p", "function_urn": "f", "marker": "0", "maxitems": "400" });
                sent[name] = text.into();
                assert_eq!(values, sent, "seed {seed}: {target}");
            }
        }
        assert!(
            counts.iter().all(|count| *count > 150),
            "{name}: {counts:?}"
        );
    }
    assert_eq!(used, Used::from([Coercion::EmptySegment]));
}

/// That each is needed, the tests above assert: they fail where one makes no difference any more.
#[test]
fn coercions_only_get_fewer() {
    let listed: BTreeSet<_> = COERCIONS.iter().map(|entry| entry.coercion).collect();
    assert_eq!(listed.len(), COERCIONS.len(), "a coercion is listed twice");
    assert_eq!(COERCIONS.len(), MOST_COERCIONS, "the list may only shrink");
    assert_eq!(
        listed,
        Used::from([
            Coercion::NullIsAbsent,
            Coercion::IntegerForText,
            Coercion::WholeNumber,
            Coercion::Range,
            Coercion::RequestForgets,
            Coercion::EmptySegment,
        ]),
        "every coercion that the tests make is reviewed"
    );
    assert!(
        COERCIONS
            .iter()
            .all(|entry| !entry.what.is_empty() && !entry.reason.is_empty())
    );
}
