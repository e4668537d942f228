//! Random numbers that are the same everywhere and always.

/// A generator with a seed (SplitMix64): its sequence is part of the tests and never changes.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "it is smaller than a usize"
        )]
        {
            (self.bits() % (bound.max(1) as u64)) as usize
        }
    }

    /// A number from `least` to `greatest`, both included.
    pub fn between(&mut self, least: i128, greatest: i128) -> i128 {
        let span = greatest.saturating_sub(least).saturating_add(1).max(1);
        least + i128::from(self.bits()) % span
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these; nothing where there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_sequence() {
        // The published test values of SplitMix64 with the seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(
            [random.bits(), random.bits(), random.bits()],
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
        for _ in 0..1000 {
            assert!(random.below(3) < 3 && (-2..=2).contains(&random.between(-2, 2)));
        }
        assert_eq!(random.pick::<u8>(&[]), None);
    }
}
