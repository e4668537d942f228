//! What the programs of the benchmark share: the functions that they serve.
//!
//! `cargo xtask bench service` fills a store, starts one server after another on it and measures
//! each with wrk. None of this is for use beside that.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use serde_json::{Map, Value, json};

/// The project of all functions.
pub const PROJECT: &str = "0123456789abcdef0123456789abcdef";

/// The name of a function by its number.
#[must_use]
pub fn function_name(number: u32) -> String {
    format!("f{number}")
}

/// The metadata of a function's working copy: the 25 fields that a version of the documented
/// examples has.
#[must_use]
pub fn metadata(number: u32) -> Map<String, Value> {
    let name = function_name(number);
    let value = json!({
        "func_urn": format!("urn:fss:bench-1:{PROJECT}:function:default:{name}"),
        "func_name": name,
        "domain_id": "fedcba9876543210fedcba9876543210",
        "namespace": PROJECT,
        "project_name": "bench-1",
        "package": "default",
        "runtime": "Python3.10",
        "timeout": 30,
        "handler": "index.handler",
        "memory_size": 256,
        "gpu_memory": 0,
        "cpu": 400,
        "code_type": "zip",
        "code_filename": "index.zip",
        "code_size": 3_140_291,
        "user_data": "{\"stage\":\"production\",\"table\":\"orders\",\"region\":\"bench-1\"}",
        "digest": "b5d1ab49d3ea8b6c8ad8db5a23e01d0d7ff1c0e2eb4d8b7ea4e5a7a7a6c2f4bd6d2b6fca3f0f1dbb3d6c9a5b7c2e8d1a9f4b6e3c5d7a8b9c0d1e2f3a4b5c6d7e",
        "version": "latest",
        "image_name": format!("latest-260101000000@{:05}", number % 100_000),
        "xrole": "fg-agency",
        "app_xrole": "fg-agency",
        "description": "Adds an order to the ledger and tells the warehouse",
        "last_modified": "2026-01-01T00:00:00Z",
        "func_code": {},
        "concurrency": -1,
        "strategy_config": { "concurrency": -1, "concurrent_num": 1 },
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Says on stdout where a program listens, in the words that `functiongraphd` uses.
///
/// # Errors
/// What writing to stdout brings.
pub fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{address}")?;
    out.flush()
}
