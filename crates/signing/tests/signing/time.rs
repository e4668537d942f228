//! The time of signing.

use functiongraph_signing::{SigningTime, SigningTimeError};
use proptest::prelude::*;

#[test]
fn known_moments() {
    for (seconds, text) in [
        (0, "19700101T000000Z"),
        (-1, "19691231T235959Z"),
        (951_782_400, "20000229T000000Z"),
        (1_795_262_400, "20261121T120000Z"),
        (4_107_542_400, "21000301T000000Z"),
        (-62_135_596_800, "00010101T000000Z"),
        (253_402_300_799, "99991231T235959Z"),
    ] {
        let time = SigningTime::from_unix(seconds).unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!(text.parse(), Ok(time));
        assert_eq!(time.unix(), seconds);
    }
    for seconds in [i64::MIN, -62_135_596_801, 253_402_300_800, i64::MAX] {
        assert_eq!(
            SigningTime::from_unix(seconds),
            Err(SigningTimeError::Range)
        );
    }
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "20261121T120000",
        "20261121T120000z",
        "20261121 120000Z",
        "2026-11-21T12:00:00Z",
        "20261121T120000+0800",
        "20261321T120000Z",
        "20260021T120000Z",
        "20260229T120000Z",
        "20260431T120000Z",
        "20260400T120000Z",
        "20261121T240000Z",
        "20261121T126000Z",
        "20261121T120060Z",
        "00001121T120000Z",
        "2026112١120000Z",
    ] {
        assert_eq!(
            text.parse::<SigningTime>(),
            Err(SigningTimeError::Form),
            "{text}"
        );
    }
}

#[test]
fn a_time_is_found_in_a_message() {
    let text = "längst vorbei: 20269999T120000Z, it is 20261121T120000Z here, not 20261121T130000Z";
    let found: Vec<SigningTime> = SigningTime::find_all(text).collect();
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["20261121T120000Z", "20261121T130000Z"]);
    assert_eq!(
        (
            found[1].seconds_since(found[0]),
            found[0].seconds_since(found[1])
        ),
        (3600, -3600)
    );
    for text in ["", "20261121T120000", "it is late"] {
        assert_eq!(SigningTime::find_all(text).next(), None);
    }
}

proptest! {
    #[test]
    fn every_moment_survives_its_text(seconds in -62_135_596_800_i64..=253_402_300_799) {
        let time = SigningTime::from_unix(seconds).unwrap();
        let text = time.to_string();
        prop_assert_eq!(text.len(), 16);
        prop_assert_eq!(text.parse(), Ok(time));
    }

    #[test]
    fn later_moments_have_later_texts(seconds in -62_135_596_800_i64..253_402_300_799) {
        let text = |seconds| SigningTime::from_unix(seconds).unwrap().to_string();
        prop_assert!(text(seconds) < text(seconds + 1));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = text.parse::<SigningTime>();
        SigningTime::find_all(&text).count();
    }
}
