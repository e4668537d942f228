//! What a place in a document means to its readers: where it stands in the file, and which
//! operations have to do with it.

pub use functiongraph_contract::touched::{listed, operations, place, shown};
