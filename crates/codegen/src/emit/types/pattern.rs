//! ECMA-262 expressions as the `regex` crate reads them.

/// What ECMA-262 calls white space and line ends, as the inside of a class.
const SPACE: &str =
    r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}";

/// The expression for the `regex` crate.
///
/// Both read most alike. In ECMA-262 `\d` and `\w` are ASCII, `\s` is a list of its own, and a
/// class has no classes or set operators in it.
pub(super) fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut previous_dash = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let was_dash = std::mem::replace(&mut previous_dash, false);
        match character {
            '\\' => match characters.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str(if in_class {
                    "0-9A-Za-z_"
                } else {
                    "[0-9A-Za-z_]"
                }),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') if in_class => out.push_str(SPACE),
                Some('s') => out.push_str(&format!("[{SPACE}]")),
                Some('S') => out.push_str(&format!("[^{SPACE}]")),
                Some('0') => out.push_str(r"\x00"),
                Some('/') => out.push('/'),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(character);
            }
            '-' if in_class => {
                out.push_str(if was_dash { r"\-" } else { "-" });
                previous_dash = !was_dash;
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn plain_expressions_stay() {
        for pattern in [
            "^[0-9]{1,18}$",
            r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$",
            r"a\.b|c+",
        ] {
            assert_eq!(translate(pattern), pattern);
        }
    }

    #[test]
    fn classes_are_ascii_and_flat() {
        assert_eq!(translate(r"^\d\w$"), "^[0-9][0-9A-Za-z_]$");
        assert_eq!(translate(r"[\d_\w]"), "[0-9_0-9A-Za-z_]");
        assert_eq!(translate(r"[[a&&b]"), r"[\[a\&\&b]");
        assert_eq!(translate(r"[a--]"), r"[a-\-]");
        assert_eq!(translate(r"\/x"), "/x");
    }
}
