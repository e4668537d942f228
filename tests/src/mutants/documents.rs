//! Changes to the document.
//!
//! A row is a change that somebody could make by hand: each kind, in both operations, in requests
//! and in responses. What stands behind it are the probes that notice it without `check`.

use super::Edit::{Document, Text, TextLineEnds};
use super::Kind;
use super::Mutant;
use super::Probe::{
    self, Canonical as C, Lint as L, Schemas as T, Served as S, Surface as P, Wire as W,
};
use super::Step::{self, Add, Drop, Move, Remove, Rename, Reverse, Set};

/// The one path of the document.
macro_rules! path {
    ($below:literal) => {
        concat!(
            "/paths/~1v2~1{project_id}~1fgs~1functions~1{function_urn}~1versions",
            $below
        )
    };
}

/// Publishing a version.
macro_rules! post {
    ($below:literal) => {
        concat!(path!("/post"), $below)
    };
}

/// Listing versions.
macro_rules! get {
    ($below:literal) => {
        concat!(path!("/get"), $below)
    };
}

/// A schema.
macro_rules! schema {
    ($below:literal) => {
        concat!("/components/schemas/", $below)
    };
}

/// A property of a version, which both operations answer with.
macro_rules! version {
    ($below:literal) => {
        concat!("/components/schemas/FunctionVersion/properties/", $below)
    };
}

/// A parameter.
macro_rules! parameter {
    ($below:literal) => {
        concat!("/components/parameters/", $below)
    };
}

/// A response that several operations may share.
macro_rules! response {
    ($below:literal) => {
        concat!("/components/responses/", $below)
    };
}

const fn row(
    id: &'static str,
    kind: Kind,
    steps: &'static [Step],
    seen_by: &'static [Probe],
) -> Mutant {
    Mutant {
        id,
        kind,
        edit: Document(steps),
        seen_by,
    }
}

const fn text(
    id: &'static str,
    kind: Kind,
    edit: super::Edit,
    seen_by: &'static [Probe],
) -> Mutant {
    Mutant {
        id,
        kind,
        edit,
        seen_by,
    }
}

/// The rows, a line or two each.
#[rustfmt::skip]
pub const ROWS: &[Mutant] = &[
    // Fields.
    row("field-added", Kind::Field, &[Add(version!("labels"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("field-added-and-required", Kind::Field, &[Add(version!("labels"), r#"{"type": "string"}"#), Add(schema!("FunctionVersion/required/-"), r#""labels""#)], &[L]),
    row("field-removed", Kind::Field, &[Remove(version!("enterprise_project_id"))], &[S, T, C, P]),
    row("field-renamed", Kind::Field, &[Rename(version!("log_group_id"), "log_group")], &[S, T, C, P]),
    row("field-moved", Kind::Field, &[Remove(version!("long_time")), Add(version!("long_time"), r#"{"type": "boolean", "description": "Whether long timeouts may be set for the function. Source: S1."}"#)], &[P]),
    row("request-field-added", Kind::Field, &[Add(schema!("CreateFunctionVersionRequest/properties/label"), r#"{"type": "string", "maxLength": 8}"#)], &[S, T, C, P]),
    row("request-field-removed", Kind::Field, &[Remove(schema!("CreateFunctionVersionRequest/properties/digest"))], &[S, T, C, P, W]),
    row("request-field-renamed", Kind::Field, &[Rename(schema!("CreateFunctionVersionRequest/properties/description"), "remark")], &[S, T, C, P, W]),
    row("page-field-added", Kind::Field, &[Add(schema!("FunctionVersionPage/properties/total"), r#"{"type": "integer", "format": "int64"}"#)], &[S, T, C, P]),
    row("page-field-removed", Kind::Field, &[Remove(schema!("FunctionVersionPage/properties/count"))], &[S, T, C, P, W]),
    row("nested-field-added", Kind::Field, &[Add(schema!("Dependency/properties/checksum"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("nested-field-removed", Kind::Field, &[Remove(schema!("FuncVpc/properties/cidr"))], &[S, T, C, P]),
    row("nested-field-renamed", Kind::Field, &[Rename(schema!("FuncMount/properties/mount_share_path"), "share_path")], &[S, T, C, P]),

    // Types.
    row("type-integer-to-string", Kind::Type, &[Set(version!("concurrency"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("type-boolean-to-string", Kind::Type, &[Set(schema!("FuncVpc/properties/is_safety/type"), r#""string""#)], &[S, T, C, P]),
    row("type-string-to-boolean", Kind::Type, &[Set(schema!("FuncCode/properties/link/type"), r#""boolean""#)], &[S, T, C, P]),
    row("type-integer-to-number", Kind::Type, &[Set(schema!("Dependency/properties/size"), r#"{"type": "number", "format": "double"}"#)], &[S, T, C, P]),
    row("type-of-items", Kind::Type, &[Set(version!("depend_list/items"), r#"{"type": "integer", "format": "int32"}"#)], &[S, T, C, P]),
    row("type-array-to-string", Kind::Type, &[Set(schema!("FuncVpc/properties/security_groups"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("type-string-to-array", Kind::Type, &[Set(version!("extend_config"), r#"{"type": "array", "items": {"type": "string"}}"#)], &[S, T, C, P]),
    row("type-that-examples-contradict", Kind::Type, &[Set(version!("func_name/type"), r#""boolean""#)], &[L]),

    // Required.
    row("required-dropped", Kind::Required, &[Drop(schema!("FunctionVersion/required"), r#""image_name""#)], &[S, T, C, P]),
    row("required-dropped-of-page", Kind::Required, &[Drop(schema!("FunctionVersionPage/required"), r#""next_marker""#)], &[S, T, C, P]),
    row("required-dropped-nested", Kind::Required, &[Drop(schema!("FuncMount/required"), r#""mount_resource""#)], &[S, T, C, P]),
    row("required-added", Kind::Required, &[Add(schema!("StrategyConfig/required"), r#"["concurrency"]"#)], &[S, T, C, P]),
    row("required-added-nested", Kind::Required, &[Add(schema!("Dependency/required"), r#"["id", "version"]"#)], &[S, T, C, P]),
    row("required-added-to-list", Kind::Required, &[Add(schema!("FuncMount/required/-"), r#""mount_share_path""#)], &[S, T, C, P]),
    row("required-added-to-request", Kind::Required, &[Add(schema!("CreateFunctionVersionRequest/required"), r#"["version"]"#), Remove("/components/requestBodies/CreateFunctionVersion/content/application~1json/examples/empty")], &[S, T, C, P, W]),
    row("required-that-is-no-field", Kind::Required, &[Add(schema!("FuncMount/required/-"), r#""mount_point""#)], &[L]),

    // Enumerations.
    row("enum-value-added", Kind::Enumeration, &[Add(schema!("Runtime/enum/-"), r#""Node.js22.1""#)], &[S, T, C, P]),
    row("enum-value-removed", Kind::Enumeration, &[Drop(schema!("Runtime/enum"), r#""PHP7.3""#)], &[S, T, C, P]),
    row("enum-value-changed", Kind::Enumeration, &[Set(schema!("MountType/enum/1"), r#""sfs-turbo""#)], &[S, T, C, P]),
    row("enum-value-case", Kind::Enumeration, &[Set(schema!("DestinationType/enum/0"), r#""Obs""#)], &[S, T, C, P]),
    row("enum-order", Kind::Enumeration, &[Reverse(schema!("CodeType/enum"))], &[S, T, C, P]),
    row("enum-of-integers-widened", Kind::Enumeration, &[Add(version!("memory_size/enum/-"), "8192")], &[S, T, C]),
    row("enum-of-integers-narrowed", Kind::Enumeration, &[Drop(version!("memory_size/enum"), "4096")], &[S, T, C]),
    row("enum-dropped", Kind::Enumeration, &[Remove(schema!("FunctionType/enum"))], &[S, T, C, P]),
    row("enum-made", Kind::Enumeration, &[Add(schema!("CustomImage/properties/uid/enum"), r#"["0", "1000"]"#)], &[S, T, C, P]),

    // Ranges.
    row("range-minimum", Kind::Range, &[Set(version!("timeout/minimum"), "1")], &[S, T, C]),
    row("range-maximum", Kind::Range, &[Set(version!("timeout/maximum"), "900")], &[S, T, C]),
    row("range-maximum-by-one", Kind::Range, &[Set(version!("initializer_timeout/maximum"), "301")], &[S, T, C]),
    row("range-minimum-to-zero", Kind::Range, &[Set(version!("pre_stop_timeout/minimum"), "0")], &[S, T, C]),
    row("range-minimum-dropped", Kind::Range, &[Remove(schema!("StrategyConfig/properties/concurrency/minimum"))], &[S, T, C]),
    row("range-maximum-dropped", Kind::Range, &[Remove(schema!("StrategyConfig/properties/concurrent_num/maximum"))], &[S, T, C]),
    row("range-added", Kind::Range, &[Add(version!("code_size/minimum"), "0")], &[S, T, C]),
    row("range-exclusive", Kind::Range, &[Add(schema!("FunctionAsyncConfig/properties/max_async_event_age_in_seconds/exclusiveMaximum"), "true")], &[S, T, C]),
    row("range-multiple", Kind::Range, &[Add(version!("cpu/multipleOf"), "100")], &[S, T, C]),
    row("range-turned-round", Kind::Range, &[Set(schema!("FunctionAsyncConfig/properties/max_async_retry_attempts/minimum"), "9")], &[L]),

    // Patterns.
    row("pattern-narrowed", Kind::Pattern, &[Set(schema!("VersionName/pattern"), r#""^[A-Za-z0-9][A-Za-z0-9_.-]*$""#)], &[S, T, C]),
    row("pattern-widened", Kind::Pattern, &[Set(schema!("Marker/pattern"), r#""^[0-9]{1,19}$""#)], &[S, T, C, W]),
    row("pattern-of-path", Kind::Pattern, &[Set(schema!("ProjectId/pattern"), r#""^[A-Za-z0-9-]+$""#)], &[S, T, C]),
    row("pattern-of-request", Kind::Pattern, &[Set(schema!("CodeDigest/pattern"), r#""^([0-9a-f]{32}|[0-9a-f]{128})$""#)], &[S, T, C]),
    row("pattern-of-response", Kind::Pattern, &[Set(version!("digest/pattern"), r#""^[0-9a-f]{128}$""#)], &[S, T, C]),
    row("pattern-dropped", Kind::Pattern, &[Remove(version!("initializer_handler/pattern"))], &[S, T, C]),
    row("pattern-added", Kind::Pattern, &[Add(schema!("FuncVpc/properties/cidr/pattern"), r#""^[0-9./]+$""#)], &[S, T, C]),
    row("pattern-one-more-number", Kind::Pattern, &[Set(schema!("MountUser/properties/user_id/pattern"), r#""^(-1|[1-9][0-9]{0,4})$""#)], &[S, T, C]),
    row("pattern-that-is-none", Kind::Pattern, &[Set(schema!("VersionName/pattern"), r#""^[A-Z""#)], &[L]),

    // Lengths.
    row("length-maximum", Kind::Length, &[Set(schema!("VersionName/maxLength"), "64")], &[S, T, C, W]),
    row("length-minimum", Kind::Length, &[Set(schema!("VersionName/minLength"), "2")], &[S, T, C]),
    row("length-maximum-by-one", Kind::Length, &[Set(schema!("VersionDescription/maxLength"), "513")], &[S, T, C, W]),
    row("length-maximum-dropped", Kind::Length, &[Remove(version!("user_data/maxLength"))], &[S, T, C]),
    row("length-of-path", Kind::Length, &[Set(schema!("FunctionUrn/maxLength"), "256")], &[S, T, C]),
    row("length-of-response", Kind::Length, &[Set(version!("handler/minLength"), "1")], &[S, T, C]),
    row("items-most", Kind::Length, &[Add(schema!("FunctionVersionPage/properties/versions/maxItems"), "400")], &[S, T, C]),
    row("items-least", Kind::Length, &[Add(schema!("FuncVpc/properties/security_groups/minItems"), "1")], &[S, T, C]),
    row("items-unique", Kind::Length, &[Add(version!("depend_list/uniqueItems"), "true")], &[S, T, C]),

    // Defaults.
    row("default-of-parameter", Kind::Default, &[Set(schema!("MaxItems/default"), r#""100""#)], &[S, T, C]),
    row("default-of-parameter-dropped", Kind::Default, &[Remove(schema!("Marker/default"))], &[S, T, C, P]),
    row("default-of-response", Kind::Default, &[Set(schema!("FunctionAsyncConfig/properties/max_async_retry_attempts/default"), "0")], &[S, T, C]),
    row("default-dropped", Kind::Default, &[Remove(schema!("FunctionAsyncConfig/properties/max_async_retry_attempts/default"))], &[S, T, C]),
    row("default-added", Kind::Default, &[Add(version!("enable_dynamic_memory/default"), "false")], &[S, T, C]),
    row("default-out-of-range", Kind::Default, &[Set(schema!("FunctionAsyncConfig/properties/max_async_retry_attempts/default"), "9")], &[L]),

    // Nullable.
    row("nullable-dropped-of-object", Kind::Nullable, &[Remove(schema!("FuncVpc/nullable"))], &[S, T, C]),
    row("nullable-dropped-of-string", Kind::Nullable, &[Remove(version!("app_xrole/nullable"))], &[S, T, C]),
    row("nullable-dropped-of-array", Kind::Nullable, &[Remove(version!("dependencies/nullable"))], &[S, T, C]),
    row("nullable-added", Kind::Nullable, &[Add(version!("xrole/nullable"), "true")], &[S, T, C]),
    row("nullable-added-to-required", Kind::Nullable, &[Add(version!("image_name/nullable"), "true")], &[S, T, C, P]),

    // Formats.
    row("format-narrowed", Kind::Format, &[Set(version!("code_size/format"), r#""int32""#)], &[S, T, C, P]),
    row("format-widened", Kind::Format, &[Set(version!("timeout/format"), r#""int64""#)], &[S, T, C, P]),
    row("format-of-page", Kind::Format, &[Set(schema!("FunctionVersionPage/properties/next_marker/format"), r#""int32""#)], &[S, T, C, P]),
    row("format-of-string-dropped", Kind::Format, &[Remove(schema!("FuncCode/properties/file/format"))], &[S, T, C]),
    row("format-of-string-added", Kind::Format, &[Add(schema!("FunctionAsyncConfig/properties/created_time/format"), r#""date-time""#)], &[S, T, C]),

    // Parameters.
    row("parameter-name", Kind::Parameter, &[Set(parameter!("Marker/name"), r#""offset""#)], &[S, C, P, W]),
    row("parameter-name-2", Kind::Parameter, &[Set(parameter!("MaxItems/name"), r#""limit""#)], &[S, C, P, W]),
    row("parameter-place", Kind::Parameter, &[Set(parameter!("Marker/in"), r#""header""#)], &[S, C, P, W]),
    row("parameter-required", Kind::Parameter, &[Set(parameter!("Marker/required"), "true")], &[S, C, P, W]),
    row("parameter-schema", Kind::Parameter, &[Set(parameter!("Marker/schema/$ref"), r##""#/components/schemas/MaxItems""##)], &[S, C, P]),
    row("parameter-schema-type", Kind::Parameter, &[Set(parameter!("MaxItems/schema"), r#"{"type": "integer", "format": "int32"}"#), Set(parameter!("MaxItems/example"), "10")], &[S, C, P, W]),
    row("parameter-schema-of-path", Kind::Parameter, &[Set(parameter!("ProjectId/schema"), r#"{"type": "string"}"#)], &[S, C, P]),
    row("parameter-added", Kind::Parameter, &[Add(get!("/parameters/-"), r#"{"name": "order", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}}"#)], &[S, C, P]),
    row("parameter-added-to-publish", Kind::Parameter, &[Add(post!("/parameters/-"), r#"{"name": "X-Dry-Run", "in": "header", "schema": {"type": "boolean"}}"#)], &[S, C, P]),
    row("parameter-removed", Kind::Parameter, &[Remove(get!("/parameters/3"))], &[S, C, P, W]),
    row("parameter-deprecated", Kind::Parameter, &[Add(parameter!("Marker/deprecated"), "true")], &[S, C]),
    row("parameter-text", Kind::Text, &[Set(parameter!("FunctionUrn/description"), r#""The function.""#)], &[S, C]),
    row("parameter-example", Kind::Example, &[Set(parameter!("MaxItems/example"), r#""20""#)], &[S, C]),

    // Statuses.
    row("status-removed", Kind::Status, &[Remove(post!("/responses/409"))], &[S, C, P, W]),
    row("status-removed-of-list", Kind::Status, &[Remove(get!("/responses/429"))], &[S, C, P, W]),
    row("status-added", Kind::Status, &[Add(get!("/responses/409"), r##"{"$ref": "#/components/responses/Conflict"}"##)], &[S, C, P, W]),
    row("status-success", Kind::Status, &[Rename(post!("/responses/200"), "201")], &[S, C, P, W]),
    row("status-error", Kind::Status, &[Rename(post!("/responses/409"), "410")], &[S, C, P, W]),
    row("status-other-response", Kind::Status, &[Set(post!("/responses/409/$ref"), r##""#/components/responses/Forbidden""##)], &[S, C]),
    row("status-without-body", Kind::Status, &[Remove(response!("Conflict/content"))], &[L]),
    row("status-bad-request-missing", Kind::Status, &[Remove(get!("/responses/400"))], &[L]),

    // Headers.
    row("header-renamed", Kind::Header, &[Rename(response!("Unauthorized/headers/WWW-Authenticate"), "WWW-Authentication")], &[S, C, P, W]),
    row("header-removed", Kind::Header, &[Remove(response!("ServiceUnavailable/headers/Retry-After"))], &[S, C, W]),
    row("header-removed-of-success", Kind::Header, &[Remove(post!("/responses/200/headers/X-Request-Id"))], &[S, C, W]),
    row("header-added", Kind::Header, &[Add(get!("/responses/200/headers/ETag"), r#"{"schema": {"type": "string"}}"#)], &[S, C, P, W]),
    row("header-type", Kind::Header, &[Set("/components/headers/Retry-After/schema", r#"{"type": "string"}"#)], &[S, C]),
    row("header-format", Kind::Header, &[Set("/components/headers/Retry-After/schema/format", r#""int64""#)], &[S, C]),
    row("header-text", Kind::Header, &[Set("/components/headers/X-Request-Id/description", r#""Identifies the request.""#)], &[S, C]),

    // Security.
    row("security-requirement-dropped", Kind::Security, &[Remove("/security/1")], &[S, C, W]),
    row("security-both-required", Kind::Security, &[Set("/security", r#"[{"XAuthToken": [], "AkSk": []}]"#)], &[S, C, W]),
    row("security-of-one-operation", Kind::Security, &[Add(get!("/security"), r#"[{"AkSk": []}]"#)], &[S, C, W]),
    row("security-optional", Kind::Security, &[Add("/security/-", "{}")], &[S, C, W]),
    row("security-header", Kind::Security, &[Set("/components/securitySchemes/XAuthToken/name", r#""X-Subject-Token""#)], &[S, C, W]),
    row("security-place", Kind::Security, &[Set("/components/securitySchemes/XAuthToken/in", r#""query""#)], &[S, C, P, W]),
    row("security-bearer", Kind::Security, &[Set("/components/securitySchemes/AkSk", r#"{"type": "http", "scheme": "bearer"}"#)], &[S, C, P]),
    row("security-text", Kind::Security, &[Set("/components/securitySchemes/AkSk/description", r#""A signature.""#)], &[S, C]),
    row("security-unknown", Kind::Security, &[Set("/security/1", r#"{"AkSecret": []}"#)], &[L]),

    // Paths, methods, names of operations.
    row("path-version", Kind::Path, &[Rename(path!(""), "/v3/{project_id}/fgs/functions/{function_urn}/versions")], &[S, C, W]),
    row("path-segment", Kind::Path, &[Rename(path!(""), "/v2/{project_id}/fgs/functions/{function_urn}/version")], &[S, C, W]),
    row("path-prefix", Kind::Path, &[Rename(path!(""), "/v2/{project_id}/functions/{function_urn}/versions")], &[S, C, W]),
    row("path-case", Kind::Path, &[Rename(path!(""), "/v2/{project_id}/FGS/functions/{function_urn}/versions")], &[S, C, W]),
    row("path-parameter-name", Kind::Path, &[Rename(path!(""), "/v2/{tenant_id}/fgs/functions/{function_urn}/versions"), Set(parameter!("ProjectId/name"), r#""tenant_id""#)], &[S, C, P]),
    row("path-of-one-operation", Kind::Path, &[Add("/paths/~1v2~1{project_id}~1fgs~1functions~1{function_urn}~1history", "{}"), Move(get!(""), "/paths/~1v2~1{project_id}~1fgs~1functions~1{function_urn}~1history/get")], &[S, C, P, W]),
    row("path-without-its-parameter", Kind::Path, &[Rename(path!(""), "/v2/fgs/functions/{function_urn}/versions")], &[L]),
    row("method-of-publish", Kind::Method, &[Rename(post!(""), "put")], &[S, C, W]),
    row("method-of-list", Kind::Method, &[Rename(get!(""), "delete")], &[S, C, P, W]),
    row("method-removed", Kind::Method, &[Remove(get!(""))], &[S, C, P, W]),
    row("operation-id-of-publish", Kind::OperationId, &[Set(post!("/operationId"), r#""publish_function_version""#)], &[S, C, P, W]),
    row("operation-id-of-list", Kind::OperationId, &[Set(get!("/operationId"), r#""list_versions""#)], &[S, C, P, W]),
    row("operation-id-twice", Kind::OperationId, &[Set(get!("/operationId"), r#""create_function_version""#)], &[L]),

    // Examples.
    row("example-of-response", Kind::Example, &[Set(post!("/responses/200/content/application~1json/examples/s1/value/cpu"), "400")], &[S, C]),
    row("example-of-list", Kind::Example, &[Set(get!("/responses/200/content/application~1json/examples/s2/value/next_marker"), "2")], &[S, C]),
    row("example-of-request", Kind::Example, &[Set("/components/requestBodies/CreateFunctionVersion/content/application~1json/examples/s1/value/version", r#""v2""#)], &[S, C]),
    row("example-of-error", Kind::Example, &[Set(response!("Conflict/content/application~1json/examples/taken/value/error_code"), r#""FSS.0409""#)], &[S, C]),
    row("example-removed", Kind::Example, &[Remove(response!("NotFound/content/application~1json/examples/s2"))], &[S, C]),
    row("example-added", Kind::Example, &[Add(response!("Conflict/content/application~1json/examples/again"), r#"{"value": {"error_code": "FSS.1062", "error_msg": "Again"}}"#)], &[S, C]),
    row("example-renamed", Kind::Example, &[Rename(response!("Conflict/content/application~1json/examples/taken"), "used")], &[S, C]),
    row("example-that-does-not-fit", Kind::Example, &[Set(post!("/responses/200/content/application~1json/examples/s1/value/timeout"), "1")], &[L]),

    // Servers and tags.
    row("server-url", Kind::Server, &[Set("/servers/0/url", r#""https://functiongraph.{region}.example.com""#)], &[S, C]),
    row("server-variable-default", Kind::Server, &[Set("/servers/0/variables/region/default", r#""eu-de""#)], &[S, C]),
    row("server-variable-values", Kind::Server, &[Add("/servers/0/variables/region/enum", r#"["cn-north-4", "eu-de"]"#)], &[S, C]),
    row("server-added", Kind::Server, &[Add("/servers/-", r#"{"url": "https://localhost:9443"}"#)], &[S, C]),
    row("server-removed", Kind::Server, &[Remove("/servers/0")], &[S, C]),
    row("server-text", Kind::Server, &[Set("/servers/0/description", r#""The service.""#)], &[S, C]),
    row("tag-renamed", Kind::Tag, &[Set("/tags/0/name", r#""releases""#), Set(post!("/tags/0"), r#""releases""#), Set(get!("/tags/0"), r#""releases""#)], &[S, C, P]),
    row("tag-of-one-operation", Kind::Tag, &[Add("/tags/-", r#"{"name": "lists"}"#), Set(get!("/tags/0"), r#""lists""#)], &[S, C, P]),
    row("tag-text", Kind::Tag, &[Set("/tags/0/description", r#""Versions.""#)], &[S, C]),

    // Texts and what is said of the whole.
    row("text-of-field", Kind::Text, &[Set(version!("timeout/description"), r#""Longest run.""#)], &[S, T, C]),
    row("text-of-schema", Kind::Text, &[Set(schema!("Error/description"), r#""What went wrong.""#)], &[S, T, C]),
    row("text-of-operation", Kind::Text, &[Set(post!("/description"), r#""Publishes a version.""#)], &[S, C]),
    row("text-summary", Kind::Text, &[Set(get!("/summary"), r#""List versions""#)], &[S, C]),
    row("text-of-response", Kind::Text, &[Set(response!("Conflict/description"), r#""The name is taken.""#)], &[S, C]),
    row("text-of-body", Kind::Text, &[Set("/components/requestBodies/CreateFunctionVersion/description", r#""The version.""#)], &[S, C]),
    row("info-version", Kind::Info, &[Set("/info/version", r#""0.2.0""#)], &[S, C]),
    row("info-title", Kind::Info, &[Set("/info/title", r#""Function versions""#)], &[S, C]),
    row("info-licence", Kind::Info, &[Set("/info/license/name", r#""MIT""#)], &[S, C]),
    row("operation-deprecated", Kind::Info, &[Add(get!("/deprecated"), "true")], &[S, C]),

    // Bodies.
    row("body-required", Kind::RequestBody, &[Set("/components/requestBodies/CreateFunctionVersion/required", "true")], &[S, C, P, W]),
    row("body-media-type", Kind::RequestBody, &[Rename("/components/requestBodies/CreateFunctionVersion/content/application~1json", "application/merge-patch+json")], &[L]),
    row("body-removed", Kind::RequestBody, &[Remove(post!("/requestBody"))], &[S, C, P, W]),
    row("body-schema", Kind::RequestBody, &[Set("/components/requestBodies/CreateFunctionVersion/content/application~1json/schema/$ref", r##""#/components/schemas/FuncCode""##)], &[S, C, P, W]),
    row("response-schema", Kind::RequestBody, &[Set(post!("/responses/200/content/application~1json/schema/$ref"), r##""#/components/schemas/FuncCode""##)], &[S, C, P, W]),
    row("response-media-type", Kind::RequestBody, &[Rename(get!("/responses/200/content/application~1json"), "text/plain")], &[L]),
    row("error-field-added", Kind::ErrorBody, &[Add(schema!("Error/properties/detail"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("error-field-removed", Kind::ErrorBody, &[Remove(schema!("Error/properties/encoded_authorization_message"))], &[S, T, C, P]),
    row("error-field-renamed", Kind::ErrorBody, &[Rename(schema!("Error/properties/request_id"), "requestId")], &[S, T, C, P, W]),
    row("error-required-dropped", Kind::ErrorBody, &[Drop(schema!("Error/required"), r#""error_msg""#)], &[S, T, C, P]),
    row("error-pattern", Kind::ErrorBody, &[Add(schema!("Error/properties/error_code/pattern"), r#""^FSS\\.[0-9]{4}$""#)], &[S, T, C]),
    row("error-other-body", Kind::ErrorBody, &[Set(response!("Conflict/content/application~1json/schema/$ref"), r##""#/components/schemas/FuncCode""##)], &[L]),

    // References, additional properties, extensions.
    row("reference-to-another", Kind::Reference, &[Set(schema!("MountConfig/properties/mount_user/$ref"), r##""#/components/schemas/CustomImage""##)], &[S, T, C, P]),
    row("reference-made-inline", Kind::Reference, &[Set(schema!("Dependency/properties/runtime"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("reference-renamed", Kind::Reference, &[Rename(schema!("FuncCode"), "FunctionCode"), Set(version!("func_code/$ref"), r##""#/components/schemas/FunctionCode""##)], &[S, T, C, P]),
    row("reference-to-nothing", Kind::Reference, &[Set(version!("func_code/$ref"), r##""#/components/schemas/Code""##)], &[L]),
    row("additional-forbidden", Kind::Additional, &[Add(schema!("CreateFunctionVersionRequest/additionalProperties"), "false")], &[S, T, C, P]),
    row("additional-forbidden-in-response", Kind::Additional, &[Add(schema!("FuncVpc/additionalProperties"), "false")], &[S, T, C, P]),
    row("additional-of-a-type", Kind::Additional, &[Add(schema!("FuncCode/additionalProperties"), r#"{"type": "string"}"#)], &[S, T, C, P]),
    row("also-accepts-dropped", Kind::Extension, &[Remove(schema!("MountUser/properties/user_id/x-also-accepts"))], &[S, T, C, P]),
    row("also-accepts-added", Kind::Extension, &[Add(schema!("CustomImage/properties/uid/x-also-accepts"), r#"["integer"]"#)], &[S, T, C, P]),

    // What a merge leaves behind.
    text("conflict-in-the-document", Kind::Conflict, Text(&[("          maximum: 259200\n", "<<<<<<< HEAD\n          maximum: 259200\n=======\n          maximum: 900\n>>>>>>> theirs\n")]), &[L]),

    // What says the same in the same words, or in others.
    text("control-comment", Kind::Control, Text(&[("openapi: 3.0.3\n", "# A comment.\nopenapi: 3.0.3 # Another.\n")]), &[]),
    text("control-quotes", Kind::Control, Text(&[("operationId: create_function_version\n", "operationId: 'create_function_version'\n")]), &[]),
    text("control-flow-style", Kind::Control, Text(&[("security:\n  - XAuthToken: []\n  - AkSk: []\n", "security: [{XAuthToken: []}, {AkSk: []}]\n")]), &[]),
    text("control-folding", Kind::Control, Text(&[("      summary: Publish a version\n", "      summary: >-\n        Publish\n        a version\n")]), &[]),
    text("control-line-ends", Kind::Control, TextLineEnds, &[]),
    row("control-json", Kind::Control, &[], &[]),
    row("form-key-order", Kind::Form, &[Reverse(version!("timeout")), Reverse(parameter!("Marker")), Reverse(post!("")), Reverse("/info")], &[]),
    row("form-explicit-defaults", Kind::Form, &[Add(version!("func_name/nullable"), "false"), Add(get!("/deprecated"), "false"), Add(schema!("FuncCode/additionalProperties"), "true")], &[]),
    row("form-component-inlined", Kind::Form, &[Set(get!("/parameters/2"), r##"{"name": "marker", "in": "query", "required": false, "description": "Offset of the first version to return, as decimal digits: 0 is the working copy, and `next_marker` of a page leads to the following one. Source: S2, which calls it mandatory; optional in every SDK.", "schema": {"$ref": "#/components/schemas/Marker"}, "example": "1"}"##), Remove(parameter!("Marker"))], &[]),
];
