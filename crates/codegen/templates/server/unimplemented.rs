//! The way to leave operations out.

/// An implementation that lacks operations.
///
/// The traits have no default methods, so that an operation that the document gains is a compile
/// error until it is implemented. An implementation that would rather answer 501 implements the
/// `Partial…` trait of a tag, where every method has a default, and is handed to the router inside
/// this.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unimplemented<T>(
    /// The implementation.
    pub T,
);
