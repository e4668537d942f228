//! Numbers as people write them, for `multipleOf`: 0.3 is a multiple of 0.1, though no binary
//! fraction is.

/// Whether `value` is a whole multiple of `factor`, both taken as the shortest decimal fractions
/// that stand for them. Beyond what fits into 128 bits, binary arithmetic has to do.
pub(crate) fn is_multiple(value: f64, factor: f64) -> bool {
    exactly(value, factor).unwrap_or_else(|| value % factor == 0.0)
}

fn exactly(value: f64, factor: f64) -> Option<bool> {
    let (value, value_scale) = decimal(value)?;
    let (factor, factor_scale) = decimal(factor)?;
    let scale = value_scale.max(factor_scale);
    let widen = |digits: i128, by: u32| 10_i128.checked_pow(by)?.checked_mul(digits);
    let value = widen(value, scale - value_scale)?;
    let factor = widen(factor, scale - factor_scale)?;
    Some(value.checked_rem(factor)? == 0)
}

/// The digits of a number and how many of them stand behind the point.
fn decimal(number: f64) -> Option<(i128, u32)> {
    let text = format!("{number}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, u32::try_from(fraction.len()).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn goes_by_decimal_digits() {
        assert!(is_multiple(0.3, 0.1));
        assert!(is_multiple(1.1, 0.1));
        assert!(is_multiple(-4.5, 1.5));
        assert!(is_multiple(0.0, 0.7));
        assert!(!is_multiple(0.35, 0.1));
        assert!(!is_multiple(7.0, 2.0));
    }

    #[test]
    fn very_large_and_very_small_numbers_do_not_overflow() {
        assert!(is_multiple(1e300, 1.0));
        assert!(is_multiple(1e22, 2.0));
        assert!(!is_multiple(1.5, f64::MAX));
    }
}
