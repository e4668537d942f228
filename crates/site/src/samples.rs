//! The same call in six languages, for every operation: files of their own, which tests run.

/// The name of the version that the samples publish.
pub(crate) const VERSION: &str = "v1";

/// A language that calls are shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleLanguage {
    /// What the page and its script call it.
    pub key: &'static str,
    /// What the reader calls it.
    pub label: &'static str,
}

/// A call of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The operation's `operationId`.
    pub operation: &'static str,
    /// The language.
    pub language: SampleLanguage,
    /// The program.
    pub code: &'static str,
}

macro_rules! samples {
    ($($operation:literal: $($key:literal $label:literal $file:literal),*;)*) => {
        /// All calls: for each operation, every language.
        pub const SAMPLES: &[Sample] = &[$($(Sample {
            operation: $operation,
            language: SampleLanguage { key: $key, label: $label },
            code: include_str!(concat!("../samples/", $file)),
        },)*)*];
    };
}

samples! {
    "create_function_version":
        "curl" "curl" "publish.sh", "rust" "Rust" "publish.rs", "python" "Python" "publish.py",
        "node" "Node" "publish.js", "go" "Go" "publish.go", "java" "Java" "Publish.java";
    "list_function_versions":
        "curl" "curl" "list.sh", "rust" "Rust" "list.rs", "python" "Python" "list.py",
        "node" "Node" "list.js", "go" "Go" "list.go", "java" "Java" "List.java";
}
