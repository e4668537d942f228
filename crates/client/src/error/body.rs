//! The shapes that bodies of errors have.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use super::shortened;

/// Pairs of names of a code and a message, in the order in which they are looked for.
const SHAPES: [(&str, &str); 3] = [
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("code", "message"),
];

/// Bytes of a body that is no JSON which become the message.
const TEXT: usize = 1024;

/// What the body of an error says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) encoded_authorization_message: Option<String>,
    /// Whether the body has one of the shapes; else the code is the status and the message the
    /// body.
    pub(crate) is_documented: bool,
}

impl ErrorBody {
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let json = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let value: Option<Value> = serde_json::from_slice(json).ok();
        let object = value.as_ref().and_then(Value::as_object);
        let nested = || {
            object
                .into_iter()
                .flat_map(Map::values)
                .filter_map(Value::as_object)
        };
        let found = object.and_then(shape).or_else(|| nested().find_map(shape));
        // What stands beside the code may stand at either level.
        let beside = |name: &str| {
            object
                .and_then(|object| text(object.get(name)))
                .or_else(|| nested().find_map(|object| text(object.get(name))))
        };
        let request_id = super::id_of(headers, beside("request_id").map(|id| shortened(&id)));
        let encoded_authorization_message = beside("encoded_authorization_message");
        match found {
            Some((code, message)) => Self {
                // Shown as it is by whoever asks for it.
                code: code.map_or_else(|| status.as_u16().to_string(), |code| shortened(&code)),
                message: message.unwrap_or_default(),
                request_id,
                encoded_authorization_message,
                is_documented: true,
            },
            None => {
                let text = String::from_utf8_lossy(body.get(..TEXT).unwrap_or(body));
                Self {
                    code: status.as_u16().to_string(),
                    message: text.trim().to_owned(),
                    request_id,
                    encoded_authorization_message,
                    is_documented: false,
                }
            }
        }
    }
}

/// The code and the message, where the object has either of them: in one of the shapes where it has
/// both there, else each from the first that has it.
fn shape(object: &Map<String, Value>) -> Option<(Option<String>, Option<String>)> {
    let pairs = || {
        let read = |name: &str| text(object.get(name));
        SHAPES
            .iter()
            .map(move |(code, message)| (read(code), read(message)))
    };
    if let Some(whole) = pairs().find(|(code, message)| code.is_some() && message.is_some()) {
        return Some(whole);
    }
    let code = pairs().find_map(|(code, _)| code);
    let message = pairs().find_map(|(_, message)| message);
    (code.is_some() || message.is_some()).then_some((code, message))
}

/// A text, or the digits of a number.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(StatusCode::BAD_GATEWAY, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn every_shape_is_read() {
        for body in [
            r#"{"error_code": "FSS.1051", "error_msg": "no"}"#,
            r#"{"errorCode": "FSS.1051", "errorMsg": "no"}"#,
            r#"{"code": "FSS.1051", "message": "no"}"#,
            r#"{"error": {"error_code": "FSS.1051", "error_msg": "no"}}"#,
            r#"{"error": {"code": "FSS.1051", "message": "no", "title": "t"}}"#,
            r#"{"x": 1, "fault": {"errorCode": "FSS.1051", "errorMsg": "no"}}"#,
            r#"{"code": "other", "message": "m", "error_code": "FSS.1051", "error_msg": "no"}"#,
            r#"{"error_code": "FSS.1051", "message": "no"}"#,
            r#"{"error_msg": null, "errorMsg": "", "errorCode": "FSS.1051", "message": "no"}"#,
            "\u{feff}{\"error_code\": \"FSS.1051\", \"error_msg\": \"no\"}",
        ] {
            let read = read(body);
            assert_eq!(
                (read.code.as_str(), read.message.as_str()),
                ("FSS.1051", "no"),
                "{body}"
            );
            assert!(read.is_documented);
        }
        assert_eq!(
            read(r#"{"error": {"code": 401, "message": "no"}}"#).code,
            "401"
        );
        assert_eq!(
            read(r#"{"error_code": null, "error_msg": "no"}"#).code,
            "502"
        );
    }

    #[test]
    fn other_bodies_are_the_message() {
        for (body, message) in [
            ("", ""),
            ("<html>bad</html>", "<html>bad</html>"),
            ("[]", "[]"),
            ("{}", "{}"),
            (" \"text\" ", "\"text\""),
        ] {
            let read = read(body);
            assert_eq!(
                (read.code.as_str(), read.message.as_str()),
                ("502", message)
            );
            assert!(!read.is_documented);
        }
        assert_eq!(read(&"x".repeat(1 << 20)).message.len(), TEXT);
    }

    #[test]
    fn ids_stand_in_headers_or_bodies() {
        let body = br#"{"error_code": "c", "error_msg": "m", "request_id": "body", "encoded_authorization_message": "e"}"#;
        let mut headers = HeaderMap::new();
        let read = |headers: &HeaderMap| ErrorBody::read(StatusCode::FORBIDDEN, headers, body);
        assert_eq!(read(&headers).request_id.as_deref(), Some("body"));
        assert_eq!(
            read(&headers).encoded_authorization_message.as_deref(),
            Some("e")
        );
        headers.insert("x-iam-trace-id", "trace".parse().unwrap());
        assert_eq!(read(&headers).request_id.as_deref(), Some("trace"));
        headers.insert("x-request-id", "header".parse().unwrap());
        assert_eq!(read(&headers).request_id.as_deref(), Some("header"));
    }
}
