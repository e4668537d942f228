//! Changes to generated files, as somebody makes them by hand or as tools leave them behind.
//!
//! Without `check`, what is noticed in the text is what shows in the public surface. What changes
//! behaviour or description alone shows once it is compiled: for that there are rows that are
//! built, in one small program, and put to use.

use super::Edit::{Compiled, File};
use super::Kind;
use super::Mutant;
use super::Probe::{self, Canonical as C, Schemas as T, Served as S, Surface as P, Wire as W};
use super::{Change, Edit};

/// A generated file of a crate.
macro_rules! generated {
    ($part:literal, $file:literal) => {
        concat!("crates/", $part, "/src/generated/", $file)
    };
}

const MANIFEST: &str = "openapi/generated.json";

const fn row(id: &'static str, kind: Kind, edit: Edit, seen_by: &'static [Probe]) -> Mutant {
    Mutant {
        id,
        kind,
        edit,
        seen_by,
    }
}

const fn edit(
    id: &'static str,
    kind: Kind,
    path: &'static str,
    parts: &'static [(&'static str, &'static str)],
    seen_by: &'static [Probe],
) -> Mutant {
    row(id, kind, File(path, Change::Edit(parts)), seen_by)
}

const fn compiled(
    id: &'static str,
    kind: Kind,
    (name, module): (&'static str, &'static str),
    parts: &'static [(&'static str, &'static str)],
    seen_by: &'static [Probe],
) -> Mutant {
    let edit = Compiled {
        name,
        module,
        parts,
    };
    row(id, kind, edit, seen_by)
}

const STRATEGY: (&str, &str) = ("StrategyConfig", "strategy_config");
const MOUNT: (&str, &str) = ("FuncMount", "func_mount");
const ERROR: (&str, &str) = ("Error", "error");
const ASYNC: (&str, &str) = ("FunctionAsyncConfig", "function_async_config");
const DESTINATION: (&str, &str) = ("DestinationType", "destination_type");
const NAME: (&str, &str) = ("VersionName", "version_name");

/// The rows, a line or two each.
#[rustfmt::skip]
pub const ROWS: &[Mutant] = &[
    // Types.
    edit("types-field-renamed", Kind::TypesFile, generated!("types", "function_version_page.rs"), &[("pub count:", "pub total:")], &[P]),
    edit("types-field-type", Kind::TypesFile, generated!("types", "function_version_page.rs"), &[("pub next_marker: i64", "pub next_marker: i32")], &[P]),
    edit("types-field-hidden", Kind::TypesFile, generated!("types", "dependency.rs"), &[("pub etag:", "pub(crate) etag:")], &[P]),
    edit("types-variant-renamed", Kind::TypesFile, generated!("types", "mount_type.rs"), &[("    Ecs,", "    Server,")], &[P]),
    edit("types-method-hidden", Kind::TypesFile, generated!("types", "version_name.rs"), &[("pub fn new_unchecked", "fn new_unchecked")], &[P]),
    edit("types-validator", Kind::TypesFile, generated!("types", "function_version.rs"), &[(".minimum(3)", ".minimum(0)")], &[]),
    edit("types-doc-comment", Kind::TypesFile, generated!("types", "error.rs"), &[("/// What went wrong", "/// What is wrong")], &[]),
    edit("types-module-missing", Kind::TypesFile, generated!("types", "mod.rs"), &[("pub use self::marker::Marker;\n", "")], &[P]),

    // Client and mock.
    edit("client-argument", Kind::ClientFile, generated!("client", "mod.rs"), &[("pub fn marker<V>", "pub fn offset<V>")], &[P]),
    edit("client-result", Kind::ClientFile, generated!("client", "mod.rs"), &[("ResponseValue<::functiongraph_types::FunctionVersionPage>", "ResponseValue<::functiongraph_types::FunctionVersion>")], &[P]),
    edit("client-method-hidden", Kind::ClientFile, generated!("client", "mod.rs"), &[("pub fn list_function_versions", "fn list_function_versions")], &[P]),
    edit("client-path", Kind::ClientFile, generated!("client", "mod.rs"), &[("{}/v2/{}/fgs", "{}/v3/{}/fgs")], &[]),
    edit("mock-status", Kind::MockFile, generated!("client-mock", "mod.rs"), &[(".status(409u16)", ".status(410u16)")], &[]),
    edit("mock-method", Kind::MockFile, generated!("client-mock", "mod.rs"), &[("pub fn conflict", "pub fn taken")], &[P]),

    // Server.
    edit("server-input", Kind::ServerFile, generated!("server", "versions.rs"), &[("pub marker: functiongraph_types::Marker", "pub marker: Option<functiongraph_types::Marker>")], &[P]),
    edit("server-status-gone", Kind::ServerFile, generated!("server", "versions.rs"), &[("    /// 409: The function has a version of that name already (`FSS.1062`).\n    Conflict,\n", "")], &[P]),
    edit("server-trait-method", Kind::ServerFile, generated!("server", "versions.rs"), &[("fn create_function_version(\n        &self,", "fn create_function_version(\n        self,")], &[P]),
    edit("server-attribute", Kind::ServerFile, generated!("server", "versions.rs"), &[("status = 409", "status = 410")], &[]),
    edit("server-default", Kind::ServerFile, generated!("server", "versions.rs"), &[("serde_json::Value::from(\"400\")", "serde_json::Value::from(\"100\")")], &[]),
    edit("server-runtime", Kind::ServerFile, generated!("server", "runtime/operation.rs"), &[("Method::POST", "Method::PUT")], &[]),
    edit("server-header", Kind::ServerFile, generated!("server", "runtime/headers.rs"), &[("pub const RETRY_AFTER", "pub const RETRY")], &[P]),

    // The document that the service hands out, and the record of what was generated.
    edit("embedded-document", Kind::ServiceFile, generated!("service", "mod.rs"), &[("maximum: 8\n", "maximum: 9\n")], &[S, T, C]),
    edit("embedded-path", Kind::ServiceFile, generated!("service", "mod.rs"), &[("    \"/v2/{project_id}", "    \"/v3/{project_id}")], &[S, C, W]),
    edit("manifest-of-another-document", Kind::Manifest, MANIFEST, &[("\"sha256\": \"", "\"sha256\": \"0")], &[]),
    edit("manifest-of-another-file", Kind::Manifest, MANIFEST, &[("client/src/generated/mod.rs\": \"", "client/src/generated/mod.rs\": \"0")], &[]),
    edit("manifest-of-another-generator", Kind::Manifest, MANIFEST, &[("\"progenitor\": \"", "\"progenitor\": \"1")], &[]),

    // Files that are gone, superfluous or broken.
    row("deleted-type", Kind::FileState, File(generated!("types", "marker.rs"), Change::Delete), &[P]),
    row("deleted-client", Kind::FileState, File(generated!("client", "mod.rs"), Change::Delete), &[P]),
    row("deleted-manifest", Kind::FileState, File(MANIFEST, Change::Delete), &[]),
    row("deleted-support", Kind::FileState, File(generated!("types", "lenient.rs"), Change::Delete), &[]),
    row("extra-generated", Kind::FileState, File(generated!("types", "alias.rs"), Change::Create("// Generated by `cargo xtask generate` from the OpenAPI document. Do not edit.\n\npub struct Alias;\n")), &[P]),
    row("extra-by-hand", Kind::FileState, File(generated!("server", "mine.rs"), Change::Create("//! Mine.\n")), &[]),
    row("extra-left-over", Kind::FileState, File(generated!("types", ".generated-a1b2"), Change::Create("")), &[]),
    row("renamed-type", Kind::FileState, File(generated!("types", "runtime.rs"), Change::Rename(generated!("types", "runtimes.rs"))), &[P]),
    row("emptied", Kind::FileState, File(generated!("server", "versions.rs"), Change::Empty), &[P]),
    row("cut-off", Kind::FileState, File(generated!("types", "function_version.rs"), Change::Truncate), &[P]),
    row("conflict-in-types", Kind::Conflict, File(generated!("types", "function_version.rs"), Change::Conflict), &[P]),
    row("conflict-in-server", Kind::Conflict, File(generated!("server", "versions.rs"), Change::Conflict), &[P]),
    row("conflict-in-manifest", Kind::Conflict, File(MANIFEST, Change::Conflict), &[]),
    row("byte-order-mark", Kind::FileState, File(generated!("client", "mod.rs"), Change::ByteOrderMark), &[]),

    // Attributes, and what stands behind them: compiled.
    compiled("serde-default-dropped", Kind::SerdeAttribute, MOUNT, &[("    #[serde(default, deserialize_with = \"lenient::or_default\")]\n    #[cfg_attr(feature = \"schema\", schemars(!default), schema(required = true))]\n    pub mount_resource", "    #[serde(deserialize_with = \"lenient::or_default\")]\n    #[cfg_attr(feature = \"schema\", schema(required = true))]\n    pub mount_resource")], &[P, W]),
    compiled("serde-rename", Kind::SerdeAttribute, STRATEGY, &[("        default,", "        rename = \"max_concurrency\", default,")], &[S, T, P, W]),
    compiled("serde-skip-dropped", Kind::SerdeAttribute, ERROR, &[("#[serde(default, skip_serializing_if = \"Option::is_none\")]", "#[serde(default)]")], &[T, P, W]),
    compiled("serde-lenient-dropped", Kind::SerdeAttribute, ASYNC, &[("        deserialize_with = \"lenient::optional_integer\",\n", "")], &[P, W]),
    compiled("serde-flatten-to-skip", Kind::SerdeAttribute, ERROR, &[("#[serde(flatten)]", "#[serde(skip)]"), ("schemars(skip, !flatten)", "schemars(skip)")], &[P, W]),
    compiled("serde-enum-text", Kind::SerdeAttribute, DESTINATION, &[("Self::Obs => \"OBS\"", "Self::Obs => \"Obs\"")], &[P, W]),
    compiled("option-to-required", Kind::SerdeAttribute, ERROR, &[("#[serde(default, skip_serializing_if = \"Option::is_none\")]\n    #[cfg_attr(feature = \"schema\", schemars(with = \"String\"), schema(nullable = false))]\n    pub request_id: Option<String>", "#[serde(default)]\n    #[cfg_attr(feature = \"schema\", schemars(with = \"String\"), schema(nullable = false))]\n    pub request_id: String")], &[T, P, W]),
    compiled("schema-range-of-utoipa", Kind::SchemaAttribute, STRATEGY, &[("schema(nullable = false, minimum = -1i64, maximum = 1000i64)", "schema(nullable = false, minimum = -1i64, maximum = 1001i64)")], &[S]),
    compiled("schema-range-of-schemars", Kind::SchemaAttribute, STRATEGY, &[("extend(\"minimum\" = -1i64, \"maximum\" = 1000i64)", "extend(\"minimum\" = 0i64, \"maximum\" = 1000i64)")], &[T]),
    compiled("schema-required-dropped", Kind::SchemaAttribute, ERROR, &[("schemars(!default), schema(required = true)", "schemars(!default), schema(required = false)")], &[S]),
    compiled("validator-range", Kind::Validator, ASYNC, &[(".maximum(86400)", ".maximum(86401)")], &[W]),
    compiled("validator-pattern", Kind::Validator, NAME, &[("    \"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$\",", "    \"^[A-Za-z0-9][A-Za-z0-9._-]*$\",")], &[W]),

    // What says the same.
    row("control-line-ends-of-types", Kind::Control, File(generated!("types", "function_version.rs"), Change::LineEnds), &[]),
    row("control-line-ends-of-client", Kind::Control, File(generated!("client", "mod.rs"), Change::LineEnds), &[]),
    row("control-line-ends-of-manifest", Kind::Control, File(MANIFEST, Change::LineEnds), &[]),
    edit("control-untouched", Kind::Control, generated!("server", "versions.rs"), &[], &[]),
    compiled("control-comment-in-a-type", Kind::Control, STRATEGY, &[], &[]),
    compiled("control-another-type", Kind::Control, ERROR, &[], &[]),
];
