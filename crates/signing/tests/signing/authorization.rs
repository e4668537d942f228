//! Headers of any kind.

use functiongraph_signing::{Authorization, AuthorizationError};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Authorization, AuthorizationError> {
    Authorization::parse(text.as_bytes())
}

const DIGITS: &str = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

fn header(access: &str, names: &str, signature: &str) -> String {
    format!("SDK-HMAC-SHA256 Access={access}, SignedHeaders={names}, Signature={signature}")
}

#[test]
fn clients_write_it_differently() {
    for text in [
        header("AK", "host;x-sdk-date", DIGITS),
        format!("sdk-hmac-sha256 Access=AK,SignedHeaders=host;x-sdk-date,Signature={DIGITS}"),
        format!(
            "  SDK-HMAC-SHA256\tSignature={DIGITS} ,  Access=AK ,SignedHeaders=Host;X-Sdk-Date "
        ),
    ] {
        let read = parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.access_key(), "AK");
        assert_eq!(read.signed_headers(), ["host", "x-sdk-date"]);
        assert_eq!(read.signature()[..3], [0x00, 0x11, 0x22]);
        assert_eq!(read.signature()[31], 0xff);
    }
    let unsorted = parse(&header("a=b/c+d", "x-sdk-date;host", DIGITS)).unwrap();
    assert_eq!(unsorted.access_key(), "a=b/c+d");
    assert_eq!(unsorted.signed_headers(), ["x-sdk-date", "host"]);
}

#[test]
fn each_fault_has_its_name() {
    let names = |count: usize| {
        let names: Vec<String> = (0..count).map(|index| format!("h{index}")).collect();
        names.join(";")
    };
    for (text, expected) in [
        (String::new(), AuthorizationError::Scheme),
        ("Bearer abc".to_owned(), AuthorizationError::Scheme),
        ("SDK-HMAC-SHA25".to_owned(), AuthorizationError::Scheme),
        (
            format!("SDK-HMAC-SHA256X {DIGITS}"),
            AuthorizationError::Scheme,
        ),
        ("SDK-HMAC-SHA256".to_owned(), AuthorizationError::Part),
        (
            "SDK-HMAC-SHA256 Access".to_owned(),
            AuthorizationError::Part,
        ),
        (
            "SDK-HMAC-SHA256 Access=a,".to_owned(),
            AuthorizationError::Part,
        ),
        (
            "SDK-HMAC-SHA256 access=a".to_owned(),
            AuthorizationError::Part,
        ),
        (
            header("a", "host", DIGITS) + ", Algorithm=none",
            AuthorizationError::Part,
        ),
        (
            header("a", "host", DIGITS) + ", Access=b",
            AuthorizationError::Repeated("Access"),
        ),
        (
            header("a", "host", DIGITS) + ",SignedHeaders=b",
            AuthorizationError::Repeated("SignedHeaders"),
        ),
        (
            header("a", "host", DIGITS) + ",Signature=b",
            AuthorizationError::Repeated("Signature"),
        ),
        (
            "SDK-HMAC-SHA256 SignedHeaders=host".to_owned(),
            AuthorizationError::Missing("Access"),
        ),
        (
            "SDK-HMAC-SHA256 Access=a".to_owned(),
            AuthorizationError::Missing("SignedHeaders"),
        ),
        (
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host".to_owned(),
            AuthorizationError::Missing("Signature"),
        ),
        (header("", "host", DIGITS), AuthorizationError::AccessKey),
        (header("a b", "host", DIGITS), AuthorizationError::AccessKey),
        (header("ä", "host", DIGITS), AuthorizationError::AccessKey),
        (
            header(&"a".repeat(129), "host", DIGITS),
            AuthorizationError::AccessKey,
        ),
        (header("a", "", DIGITS), AuthorizationError::HeaderName),
        (header("a", "host;", DIGITS), AuthorizationError::HeaderName),
        (
            header("a", "host; date", DIGITS),
            AuthorizationError::HeaderName,
        ),
        (
            header("a", "host:x", DIGITS),
            AuthorizationError::HeaderName,
        ),
        (
            header("a", "host;date;HOST", DIGITS),
            AuthorizationError::RepeatedHeader,
        ),
        (
            header("a", &names(129), DIGITS),
            AuthorizationError::TooManyHeaders,
        ),
        (header("a", "host", ""), AuthorizationError::Signature),
        (
            header("a", "host", &DIGITS[1..]),
            AuthorizationError::Signature,
        ),
        (
            header("a", "host", &format!("{DIGITS}00")),
            AuthorizationError::Signature,
        ),
        (
            header("a", "host", &DIGITS.replace('a', "g")),
            AuthorizationError::Signature,
        ),
        ("x".repeat(8193), AuthorizationError::TooLong),
    ] {
        assert_eq!(parse(&text).map(drop), Err(expected), "{text}");
    }
    assert!(parse(&header("a", &names(128), DIGITS)).is_ok());
    assert!(parse(&header(&"a".repeat(128), "host", DIGITS)).is_ok());
    assert_eq!(
        Authorization::parse(b"SDK-HMAC-SHA256 Access=\xff").map(drop),
        Err(AuthorizationError::Part)
    );
}

#[test]
fn the_scheme_is_told_from_others() {
    for (text, expected) in [
        ("SDK-HMAC-SHA256 whatever", true),
        (" sdk-hmac-sha256", true),
        ("AWS4-HMAC-SHA256 Credential=a", false),
        ("Basic YTpi", false),
        ("", false),
    ] {
        assert_eq!(
            Authorization::is_scheme(text.as_bytes()),
            expected,
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..9000)) {
        drop(Authorization::parse(&bytes));
    }

    #[test]
    fn what_looks_like_a_header_is_judged(text in "(SDK-HMAC-SHA256 )?((Access|SignedHeaders|Signature|[a-z]*)=[ -~é]{0,20}[,; =]{0,3}){0,9}") {
        drop(parse(&text));
    }

    #[test]
    fn a_message_never_repeats_what_it_refuses(text in "[a-z]{24}") {
        let error = parse(&header(&text, &format!("{text};{text}"), &text)).map(drop).unwrap_err();
        prop_assert!(!error.to_string().contains(&text));
    }
}
