//! What every store records of what it does, and how it tells a credential that is there already
//! from one that differs: in one place, so that stores agree.

use jiff::Timestamp;
use serde_json::json;

use super::{Added, Contents, KeyRecord, NewKey, NewToken, TokenRecord};
use crate::auth::{Role, SecretKey};
use crate::domain::{Action, CodeDigests, Deed, FunctionKey};

impl TokenRecord {
    /// What becomes of adding `new` where this is there.
    pub(super) fn compared(self, new: &NewToken) -> Added<Self> {
        let same = self.revoked.is_none()
            && (&self.project, self.role, self.expires) == (&new.project, new.role, new.expires);
        if same {
            Added::Unchanged(self)
        } else {
            Added::Differs(self)
        }
    }
}

impl KeyRecord {
    /// What becomes of adding `new` where this is there, with this secret unless it is revoked.
    pub(super) fn compared(self, secret: Option<&SecretKey>, new: &NewKey) -> Added<Self> {
        let same = secret == Some(&new.secret)
            && (&self.project, self.role, self.expires) == (&new.project, new.role, new.expires);
        if same {
            Added::Unchanged(self)
        } else {
            Added::Differs(self)
        }
    }
}

/// A deed on a function.
fn function_deed(action: Action, key: &FunctionKey, detail: serde_json::Value) -> Deed {
    Deed {
        action,
        project: Some(key.project.clone()),
        subject: format!("{}:{}", key.package, key.name),
        detail: detail_text(&detail),
    }
}

fn detail_text(detail: &serde_json::Value) -> Option<String> {
    detail
        .as_object()
        .is_some_and(|fields| !fields.is_empty())
        .then(|| detail.to_string())
}

fn version_deed(action: Action, key: &FunctionKey, version: &str, position: u64) -> Deed {
    Deed {
        action,
        project: Some(key.project.clone()),
        subject: format!("{}:{}:{version}", key.package, key.name),
        detail: Some(format!(r#"{{"position":{position}}}"#)),
    }
}

pub(super) fn published(key: &FunctionKey, version: &str, position: u64) -> Deed {
    version_deed(Action::Publish, key, version, position)
}

pub(super) fn version_deleted(key: &FunctionKey, version: &str, position: u64) -> Deed {
    version_deed(Action::DeleteVersion, key, version, position)
}

pub(super) fn function_created(key: &FunctionKey, code: Option<&CodeDigests>) -> Deed {
    function_deed(Action::CreateFunction, key, code_detail(code))
}

pub(super) fn function_updated(key: &FunctionKey, code: Option<&CodeDigests>) -> Deed {
    function_deed(Action::UpdateFunction, key, code_detail(code))
}

pub(super) fn code_updated(key: &FunctionKey, code: &CodeDigests) -> Deed {
    function_deed(Action::UpdateCode, key, code_detail(Some(code)))
}

fn code_detail(code: Option<&CodeDigests>) -> serde_json::Value {
    match code {
        Some(code) => json!({"sha512": code.sha512_hex()}),
        None => json!({}),
    }
}

fn credential_deed(action: Action, project: &str, id: &str, detail: serde_json::Value) -> Deed {
    Deed {
        action,
        project: Some(project.to_owned()),
        subject: id.to_owned(),
        detail: detail_text(&detail),
    }
}

fn terms(role: Role, expires: Option<Timestamp>) -> serde_json::Value {
    match expires {
        Some(expires) => json!({"role": role.as_str(), "expires": expires.to_string()}),
        None => json!({"role": role.as_str()}),
    }
}

pub(super) fn token_added(token: &NewToken) -> Deed {
    let terms = terms(token.role, token.expires);
    credential_deed(Action::AddToken, &token.project, token.id.as_str(), terms)
}

pub(super) fn token_revoked(token: &TokenRecord) -> Deed {
    credential_deed(
        Action::RevokeToken,
        &token.project,
        token.id.as_str(),
        json!({}),
    )
}

pub(super) fn key_added(key: &NewKey) -> Deed {
    let terms = terms(key.role, key.expires);
    credential_deed(Action::AddKey, &key.project, &key.access, terms)
}

pub(super) fn key_revoked(key: &KeyRecord) -> Deed {
    credential_deed(Action::RevokeKey, &key.project, &key.access, json!({}))
}

pub(super) fn filled(contents: &Contents) -> Deed {
    Deed {
        action: Action::Fill,
        project: None,
        subject: "store".to_owned(),
        detail: detail_text(&json!({
            "functions": contents.functions,
            "versions": contents.versions,
        })),
    }
}
