//! Tests between the parts.
