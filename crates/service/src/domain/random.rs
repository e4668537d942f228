//! Where random numbers come from.

use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A source of random bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Random {
    /// `length` characters out of `alphabet`, each equally likely.
    ///
    /// An alphabet of more than 256 characters is used up to its 256th; an empty one gives the
    /// empty string.
    pub fn characters(&self, alphabet: &[u8], length: usize) -> String {
        let alphabet = alphabet.get(..256).unwrap_or(alphabet);
        let Some(whole) = 256_usize.checked_div(alphabet.len()) else {
            return String::new();
        };
        // Bytes from here on would make the first characters of the alphabet likelier.
        let fair = whole * alphabet.len();
        let mut text = String::with_capacity(length);
        let mut bytes = [0_u8; 16];
        while text.len() < length {
            self.fill(&mut bytes);
            for byte in bytes {
                let byte = usize::from(byte);
                if byte < fair && text.len() < length {
                    text.push(char::from(alphabet[byte % alphabet.len()]));
                }
            }
        }
        text
    }
}

/// A cryptographically secure generator, seeded by the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// A generator that repeats itself for the same seed: for tests.
#[derive(Debug)]
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    /// A generator from a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_of_the_alphabet_and_of_the_length() {
        let random: &dyn Random = &SeededRandom::new(7);
        let text = random.characters(b"abc", 300);
        assert_eq!(text.len(), 300);
        for letter in ["a", "b", "c"] {
            let share = text.matches(letter).count();
            assert!((60..=140).contains(&share), "{letter}: {share} of 300");
        }
        assert!(text.chars().all(|c| "abc".contains(c)));
    }

    #[test]
    fn an_empty_alphabet_ends() {
        let random: &dyn Random = &SeededRandom::new(7);
        assert_eq!(random.characters(b"", 5), "");
    }

    #[test]
    fn a_seed_repeats_itself() {
        let one: &dyn Random = &SeededRandom::new(1);
        let two: &dyn Random = &SeededRandom::new(1);
        assert_eq!(one.characters(b"0123", 20), two.characters(b"0123", 20));
    }
}
