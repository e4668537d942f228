//! Secret keys.

use zeroize::Zeroizing;

/// A secret key. Its memory is overwritten when it goes, and it has neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<Vec<u8>>);

impl SecretKey {
    /// A key of this text. A `String` is taken over, not copied.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into().into_bytes()))
    }

    /// The key in the clear: for storing it, or for asking someone.
    pub fn reveal(&self) -> &str {
        // It was made of a String.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
