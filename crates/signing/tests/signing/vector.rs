//! A signature that was computed elsewhere.

use functiongraph_signing::{CanonicalRequest, PayloadHash};

use crate::{ACCESS, Message, now};

const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
const SIGNATURE: &str = "c383db34a8f003872f5e1edff2535f5a4e4fa1de5d9bc1bc28ee438cd9340bec";

fn message(path: &str) -> Message {
    Message::get(path)
        .with("Content-Type", "application/json")
        .with("X-Project-Id", PROJECT)
        .post(r#"{"version":"v1","description":"v1"}"#)
}

fn path(colon: &str) -> String {
    let urn = [
        "urn",
        "fss",
        "cn-north-4",
        PROJECT,
        "function",
        "default",
        "test",
    ]
    .join(colon);
    format!("/v2/{PROJECT}/fgs/functions/{urn}/versions")
}

#[test]
fn the_canonical_request_is_this() {
    let message = message(&path(":")).with("X-Sdk-Date", now().to_string());
    let canonical = message.request(|request| {
        CanonicalRequest::new(
            request,
            &["content-type", "host", "x-project-id", "x-sdk-date"],
            &PayloadHash::of(request.body),
        )
        .unwrap()
    });
    let expected = "POST\n\
        /v2/7aad83af3e8d42e99ac194e8419e2c9b/fgs/functions/urn%3Afss%3Acn-north-4%3A7aad83af3e8d42e99ac194e8419e2c9b%3Afunction%3Adefault%3Atest/versions/\n\
        \n\
        content-type:application/json\n\
        host:functiongraph.cn-north-4.myhuaweicloud.com\n\
        x-project-id:7aad83af3e8d42e99ac194e8419e2c9b\n\
        x-sdk-date:20261121T120000Z\n\
        \n\
        content-type;host;x-project-id;x-sdk-date\n";
    let text = String::from_utf8(canonical.as_bytes().to_vec()).unwrap();
    assert_eq!(text.strip_prefix(expected).unwrap().len(), 64);
    assert_eq!(
        canonical.hash(),
        "efc8b199317f60e81cd9860562713d60d6fd125f43cbe37dea6ceac487e2111e"
    );
    assert_eq!(
        canonical.string_to_sign(now()),
        format!("SDK-HMAC-SHA256\n20261121T120000Z\n{}", canonical.hash())
    );
}

#[test]
fn the_signature_is_this() {
    for colon in [":", "%3A", "%3a"] {
        let signed = message(&path(colon)).signed();
        let authorization = signed.values("authorization").next().unwrap();
        assert_eq!(
            String::from_utf8_lossy(authorization),
            format!(
                "SDK-HMAC-SHA256 Access={ACCESS}, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature={SIGNATURE}"
            )
        );
        assert!(signed.verifies());
    }
}
