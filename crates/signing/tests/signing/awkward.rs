//! Requests that implementations are known to stumble over, and requests that were tampered with.

use functiongraph_signing::{
    CanonicalRequest, PayloadHash, PresentedError, Request, SecretKey, SignError, Signer,
};

use crate::{HOST, Message, SECRET, now, signer};

/// The second and the third line of the canonical request.
fn canonical(target: &str) -> (String, String) {
    let message = Message::get(target);
    let text = message.request(|request| {
        CanonicalRequest::new(request, &["host"], &PayloadHash::of(b""))
            .unwrap()
            .as_bytes()
            .to_vec()
    });
    let text = String::from_utf8(text).unwrap();
    let mut lines = text.lines().skip(1).map(str::to_owned);
    (lines.next().unwrap(), lines.next().unwrap())
}

#[test]
fn paths_are_encoded_anew() {
    for (raw, expected) in [
        ("", "/"),
        ("/", "/"),
        ("/a", "/a/"),
        ("/a/", "/a/"),
        ("/a//b", "/a//b/"),
        ("/f:1:!live", "/f%3A1%3A%21live/"),
        ("/f%3A1%3a%21live", "/f%3A1%3A%21live/"),
        ("/a-b_c.d~e", "/a-b_c.d~e/"),
        ("/%41%7e", "/A~/"),
        ("/a b", "/a%20b/"),
        ("/a+b", "/a%2Bb/"),
        ("/a%2Fb", "/a/b/"),
        ("/a%2", "/a%252/"),
        ("/a%", "/a%25/"),
        ("/a%zz%3", "/a%25zz%253/"),
        ("/a%25zz", "/a%25zz/"),
        ("/函数", "/%E5%87%BD%E6%95%B0/"),
        ("/%e5%87%bd", "/%E5%87%BD/"),
        ("/%FF", "/%FF/"),
        ("/a/../b/.", "/a/../b/./"),
    ] {
        assert_eq!(
            canonical(raw),
            (expected.to_owned(), String::new()),
            "{raw}"
        );
    }
}

#[test]
fn queries_are_sorted_and_encoded_anew() {
    for (raw, expected) in [
        ("", ""),
        ("marker=0&maxitems=10", "marker=0&maxitems=10"),
        ("maxitems=10&marker=0", "marker=0&maxitems=10"),
        ("a", "a="),
        ("a=", "a="),
        ("a&a=1&a=", "a=&a=&a=1"),
        ("b=2&b=10&b=1", "b=1&b=10&b=2"),
        ("a=b=c", "a=b%3Dc"),
        ("=v", "=v"),
        ("&&a=1&", "a=1"),
        ("a=1+2", "a=1%202"),
        ("a=1%2B2", "a=1%2B2"),
        ("a=1%202", "a=1%202"),
        ("a+b=1", "a%20b=1"),
        ("a=%", "a=%25"),
        ("a=%e4%bd%a0", "a=%E4%BD%A0"),
        ("a=!:/?", "a=%21%3A%2F%3F"),
        ("a%3D=1&a=2", "a=2&a%3D=1"),
        ("A=1&a=1&B=1", "A=1&B=1&a=1"),
    ] {
        assert_eq!(canonical(&format!("/?{raw}")).1, expected, "{raw}");
    }
}

#[test]
fn headers_are_trimmed_and_sorted_each_value_on_a_line() {
    let message = Message::get("/")
        .with("X-Many", " two ")
        .with("x-many", "\tone")
        .with("X-Empty", "");
    let text = message.request(|request| {
        CanonicalRequest::new(request, &["X-EMPTY", "x-many"], &PayloadHash::of(b""))
            .unwrap()
            .as_bytes()
            .to_vec()
    });
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.starts_with("GET\n/\n\nx-empty:\nx-many:one\nx-many:two\n\nx-empty;x-many\n"),
        "{text}"
    );
    assert!(message.signed().verifies());
    let error = message.request(|request| {
        CanonicalRequest::new(request, &["Gone"], &PayloadHash::of(b"")).map(drop)
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "the signed header `gone` is not in the request"
    );
}

#[test]
fn a_header_value_may_be_any_bytes() {
    assert!(
        Message::get("/")
            .with("X-Raw", b"\xff\xfe")
            .signed()
            .verifies()
    );
}

#[test]
fn bodies_are_signed_as_they_are() {
    for body in [
        "",
        "{}",
        "{}\n",
        r#"{"description":"第一版 – ünïcode 🎈"}"#,
        "\0\u{1}",
    ] {
        let message = Message::get("/v2/p/fgs/functions/f/versions").post(body);
        assert!(message.signed().verifies(), "{body}");
        let mut other = message.signed();
        other.body.push(b'\n');
        assert!(!other.verifies(), "{body}");
    }
}

#[test]
fn a_stated_digest_is_signed_and_has_to_be_true() {
    let hash = |body: &[u8]| {
        let request = Request {
            method: "",
            path: "",
            query: None,
            headers: &[],
            body,
        };
        let canonical = CanonicalRequest::new(&request, &[""; 0], &PayloadHash::of(body)).unwrap();
        let text = String::from_utf8(canonical.as_bytes().to_vec()).unwrap();
        text.lines().last().unwrap().to_owned()
    };
    let digest = hash(b"body");
    for digest in [digest.clone(), digest.to_uppercase()] {
        let message = Message::get("/")
            .post("body")
            .with("x-sdk-content-sha256", digest);
        assert!(message.signed().verifies());
    }
    for stated in ["UNSIGNED-PAYLOAD", "", &hash(b"another")] {
        let message = Message::get("/")
            .post("body")
            .with("X-Sdk-Content-Sha256", stated);
        assert_eq!(
            message.signed().presented().map(drop),
            Err(PresentedError::Body),
            "{stated}"
        );
    }
    let twice = Message::get("/").post("body");
    let twice = twice
        .with("X-Sdk-Content-Sha256", &digest)
        .with("X-Sdk-Content-Sha256", &digest);
    assert_eq!(
        twice.signed().presented().map(drop),
        Err(PresentedError::Repeated("X-Sdk-Content-Sha256"))
    );
}

#[test]
fn temporary_credentials_send_and_sign_their_token() {
    let signer = signer().with_security_token("token+/==").unwrap();
    let message = Message::get("/").with("X-Security-Token", "of someone else");
    let signed = message.signed_by(&signer);
    assert_eq!(
        signed.values("x-security-token").collect::<Vec<_>>(),
        [b"token+/=="]
    );
    assert!(signed.verifies());
    assert_eq!(
        signed.presented().unwrap().security_token(),
        Some(&b"token+/=="[..])
    );
    let mut exchanged = signed.clone();
    exchanged
        .headers
        .retain(|(name, _)| name != "X-Security-Token");
    assert_eq!(
        exchanged.presented().map(drop).unwrap_err().to_string(),
        "the signed header `x-security-token` is not in the request"
    );
    assert!(!exchanged.with("X-Security-Token", "another").verifies());
    let added = Message::get("/").signed().with("X-Security-Token", "added");
    assert_eq!(
        added.presented().map(drop),
        Err(PresentedError::NotSigned("X-Security-Token"))
    );
}

#[test]
fn whatever_is_changed_breaks_the_signature() {
    let message = Message::get("/v2/p/fgs/functions/f/versions?marker=0&maxitems=5")
        .with("Content-Type", "application/json")
        .post("{}");
    let signed = message.signed();
    assert!(signed.verifies());
    let mut changed: Vec<(&str, Message)> = Vec::new();
    let mut change = |what, change: &dyn Fn(&mut Message)| {
        let mut message = signed.clone();
        change(&mut message);
        changed.push((what, message));
    };
    change("method", &|message| message.method = "PUT".to_owned());
    change("path", &|message| {
        message.path = "/v2/p/fgs/functions/g/versions".to_owned()
    });
    change("query", &|message| {
        message.query = Some("marker=1&maxitems=5".to_owned())
    });
    change("no query", &|message| message.query = None);
    change("body", &|message| message.body = b"{ }".to_vec());
    change("header", &|message| {
        message.headers[1].1 = b"text/plain".to_vec()
    });
    change("another value", &|message| {
        message
            .headers
            .push(("host".to_owned(), b"elsewhere".to_vec()));
    });
    for (what, message) in &changed {
        assert!(!message.verifies(), "{what}");
    }
    // What means the same signs the same.
    let mut same = signed.clone();
    same.query = Some("maxitems=5&marker=%30".to_owned());
    same.headers
        .push(("X-Forwarded-For".to_owned(), b"127.0.0.1".to_vec()));
    assert!(same.verifies());
    let presented = signed.presented().unwrap();
    for secret in [
        "",
        "SKEXAMPLE",
        &SECRET.to_lowercase(),
        &format!("{SECRET}0"),
    ] {
        assert!(!presented.is_signed_with(&SecretKey::new(secret)));
    }
}

/// A signature over headers of one's own choice, in one's own order.
fn signed_over(message: &Message, names: &str) -> Message {
    // What is signed is the request as it stands: sign exactly those headers by hiding the others.
    let chosen: Vec<&str> = names.split(';').collect();
    let text = message.request(|request| {
        CanonicalRequest::new(request, &chosen, &PayloadHash::of(request.body))
            .unwrap()
            .string_to_sign(now())
    });
    let signature = hmac(text.as_bytes());
    message.clone().with(
        "Authorization",
        format!("SDK-HMAC-SHA256 Access=AK, SignedHeaders={names}, Signature={signature}"),
    )
}

fn hmac(text: &[u8]) -> String {
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(text);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_caller_says_which_headers_are_signed() {
    let message = Message::get("/a?b=c")
        .with("Content-Type", "application/json")
        .with("User-Agent", "any")
        .with("X-Sdk-Date", now().to_string());
    for names in [
        "x-sdk-date",
        "host;x-sdk-date",
        "x-sdk-date;host;content-type",
        "Content-Type;Host;User-Agent;X-Sdk-Date",
    ] {
        assert!(signed_over(&message, names).verifies(), "{names}");
    }
    assert_eq!(
        signed_over(&message, "host").presented().map(drop),
        Err(PresentedError::NotSigned("X-Sdk-Date"))
    );
    let mut without = signed_over(&message, "host;x-sdk-date");
    without.headers.retain(|(name, _)| name != "Host");
    assert_eq!(
        without.presented().map(drop).unwrap_err().to_string(),
        "the signed header `host` is not in the request"
    );
}

#[test]
fn a_date_is_there_once_and_has_its_form() {
    let message = Message::get("/");
    for dates in [
        vec![],
        vec!["2026-11-21T12:00:00Z"],
        vec!["Sat, 21 Nov 2026 12:00:00 GMT"],
        vec!["20261121T120000Z", "20261121T120001Z"],
        vec![""],
    ] {
        let mut message = message.clone();
        for date in &dates {
            message = message.with("X-Sdk-Date", date);
        }
        message = message.with(
            "Authorization",
            format!(
                "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature={}",
                "0".repeat(64)
            ),
        );
        let expected = match dates.len() {
            2 => PresentedError::Repeated("X-Sdk-Date"),
            _ => PresentedError::Date,
        };
        assert_eq!(message.presented().map(drop), Err(expected), "{dates:?}");
    }
}

#[test]
fn what_cannot_be_sent_cannot_be_signed() {
    for access in ["", "a b", "a,b", "a;b", "ä", "a\nb"] {
        let error = Signer::new(access, SecretKey::new("s")).err();
        assert_eq!(error, Some(SignError::AccessKey), "{access}");
    }
    let error = Signer::new("a", SecretKey::new("")).err();
    assert_eq!(error, Some(SignError::SecretKey));
    for token in ["", "a b", "a\r\nX: y", "ü"] {
        let error = signer().with_security_token(token).err();
        assert_eq!(error, Some(SignError::SecurityToken), "{token}");
    }
    let sign = |name: &str, value: &[u8]| {
        let message = Message::get("/").with(name, value);
        message.request(|request| signer().sign(request, now()).map(drop))
    };
    assert_eq!(sign("a b", b""), Err(SignError::HeaderName { index: 1 }));
    assert_eq!(sign("a;b", b""), Err(SignError::HeaderName { index: 1 }));
    assert_eq!(
        sign("a", b"1\nhost:evil"),
        Err(SignError::HeaderValue {
            name: "a".to_owned()
        })
    );
    let mut message = Message::get("/");
    for index in 0..127 {
        message = message.with(&format!("h{index}"), "");
    }
    assert_eq!(
        message.request(|request| signer().sign(request, now()).map(drop)),
        Err(SignError::TooManyHeaders)
    );
}

#[test]
fn earlier_signatures_are_replaced() {
    let message = Message::get("/")
        .with("authorization", "of old")
        .with("x-sdk-date", "19700101T000000Z");
    let signed = message.signed();
    assert_eq!(signed.values("authorization").count(), 1);
    assert_eq!(
        signed.values("x-sdk-date").collect::<Vec<_>>(),
        [b"20261121T120000Z"]
    );
    assert!(signed.verifies());
    assert_eq!(signed.values("host").next(), Some(HOST.as_bytes()));
}
