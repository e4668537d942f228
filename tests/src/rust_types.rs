//! The generated types by their names in the document.

use functiongraph_types::{Validate, Violations};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A generated type, as far as values of JSON go.
#[derive(Clone, Copy, Debug)]
pub struct RustType {
    /// Its name in the document.
    pub name: &'static str,
    /// [`Validate::validate_json`].
    pub check: fn(&Value) -> Result<(), Violations>,
    /// Decodes a value, validates what came of it, and encodes it. null is nothing, as it is
    /// wherever a type that may be null is used.
    pub cycle: fn(&Value) -> Result<Cycle, serde_json::Error>,
}

/// What came of a value that was decoded.
#[derive(Debug)]
pub struct Cycle {
    /// The value encoded again.
    pub encoded: Value,
    /// [`Validate::validate`] of the decoded value.
    pub verdict: Result<(), Violations>,
}

fn cycle<T: DeserializeOwned + Serialize + Validate>(
    value: &Value,
) -> Result<Cycle, serde_json::Error> {
    // From text, as it comes from the wire.
    let decoded: Option<T> = serde_json::from_str(&value.to_string())?;
    Ok(Cycle {
        encoded: serde_json::from_str(&serde_json::to_string(&decoded)?)?,
        verdict: decoded.map_or(Ok(()), |decoded| decoded.validate()),
    })
}

macro_rules! types {
    ($($name:ident)*) => {
        /// Every component schema's type. That none is missing is a test.
        pub const TYPES: &[RustType] = &[$(RustType {
            name: stringify!($name),
            check: <functiongraph_types::$name as Validate>::validate_json,
            cycle: cycle::<functiongraph_types::$name>,
        }),*];
    };
}

types! {
    CodeDigest
    CodeType
    CreateFunctionVersionRequest
    CustomImage
    Dependency
    DestinationType
    Error
    FuncAsyncDestinationConfig
    FuncCode
    FuncDestinationConfig
    FuncMount
    FuncVpc
    FunctionAsyncConfig
    FunctionType
    FunctionUrn
    FunctionVersion
    FunctionVersionPage
    LastModified
    Marker
    MaxItems
    MountConfig
    MountType
    MountUser
    ProjectId
    Runtime
    StrategyConfig
    VersionDescription
    VersionName
}
