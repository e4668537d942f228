//! Keystone's v3 API, as far as the service uses it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder, Response, Url};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::flights::Flights;
use super::{PAUSE, Shared, after};
use crate::auth::{IamSettings, SecretKey};

/// The greatest length of a token, in bytes. Keystone's have some hundreds, the vendor's thousands.
const MAX_TOKEN: usize = 16 * 1024;

/// The greatest size of an answer about one thing, in bytes: a token with its catalogue.
const MAX_ANSWER: usize = 1 << 20;

/// The greatest size of the list of access keys, in bytes.
const MAX_LIST: usize = 64 << 20;

/// The greatest number of requests to the IAM at once.
const REQUESTS: usize = 32;

/// How long before it expires the service's own token is renewed.
const RENEW_BEFORE: Duration = Duration::from_secs(60);

/// The header that carries the token of whoever asks.
const X_AUTH_TOKEN: &str = "X-Auth-Token";

/// The header that carries the token that is asked about, and the token that is given.
const X_SUBJECT_TOKEN: &str = "X-Subject-Token";

/// Whose a token is.
#[derive(Debug)]
pub(in crate::auth) struct Subject {
    pub(in crate::auth) user: String,
    pub(in crate::auth) project: Option<String>,
    pub(in crate::auth) roles: Vec<String>,
    pub(super) expires: Timestamp,
    /// When the IAM said so.
    pub(super) validated: Timestamp,
}

/// Access keys, by name.
pub(super) type Ec2Keys = HashMap<String, Ec2Key>;

/// A key pair that the IAM keeps.
pub(super) struct Ec2Key {
    pub(super) secret: SecretKey,
    pub(super) user: String,
    pub(super) project: String,
}

/// Why an IAM cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IamSetupError {
    /// Its URL.
    #[error("the URL of the IAM is none: {0}; it looks like https://iam.example.com:5000")]
    Url(String),
    /// The file with certificates.
    #[error("the certificates for the IAM, {}, cannot be read", .0.display())]
    CaFile(PathBuf, #[source] io::Error),
    /// What is in the file.
    #[error("{} holds no certificates in PEM form for the IAM", .0.display())]
    Certificates(PathBuf),
    /// The operating system's certificates, for one.
    #[error("TLS to the IAM cannot be set up")]
    Tls(#[source] reqwest::Error),
}

/// Why the IAM did not say what was asked.
#[derive(Debug, thiserror::Error)]
pub enum IamError {
    /// It could not be reached, or did not answer in time.
    #[error("the IAM did not answer when asked to {what}")]
    Unreachable {
        /// What it was asked.
        what: &'static str,
        /// Why.
        #[source]
        cause: reqwest::Error,
    },
    /// It does not know the service's own account.
    #[error("the IAM refuses the service's own account and password")]
    Login,
    /// The service's own account may not do this.
    #[error("the IAM does not allow the service's own account to {what}")]
    Forbidden {
        /// What it was asked.
        what: &'static str,
    },
    /// It answered something else.
    #[error("the IAM answered {status} when asked to {what}")]
    Status {
        /// What it was asked.
        what: &'static str,
        /// The status.
        status: StatusCode,
    },
    /// An answer that makes no sense.
    #[error("the IAM's answer when asked to {what} has {reason}")]
    Answer {
        /// What it was asked.
        what: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The service's own token could not be had, for a reason that others learned, too.
    #[error(transparent)]
    Own(Arc<IamError>),
}

const LOGIN: &str = "log in";
const VALIDATE: &str = "validate a token";
const LIST_KEYS: &str = "list access keys";
const READ_ROLES: &str = "read the roles of a key's holder";

/// An IAM at a URL.
pub(super) struct Keystone {
    http: Client,
    url: Url,
    login: Value,
    /// So many requests at once: what callers send must not let it drown the IAM.
    turns: Semaphore,
    /// The service's own token.
    own: Flights<(), Shared<HeaderValue>>,
}

impl Keystone {
    pub(super) fn new(settings: &IamSettings) -> Result<Self, IamSetupError> {
        // One provider of cryptography for the whole process. One that is installed already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .timeout(settings.timeout)
            .redirect(Policy::none())
            .no_proxy();
        if let Some(path) = &settings.ca_file {
            let text =
                fs::read(path).map_err(|error| IamSetupError::CaFile(path.clone(), error))?;
            let certificates = Certificate::from_pem_bundle(&text).unwrap_or_default();
            if certificates.is_empty() {
                return Err(IamSetupError::Certificates(path.clone()));
            }
            http = http.tls_certs_only(certificates);
        }
        Ok(Self {
            http: http.build().map_err(IamSetupError::Tls)?,
            url: base(&settings.url)?,
            login: login(settings),
            turns: Semaphore::new(REQUESTS),
            own: Flights::new(1, Duration::from_secs(24 * 60 * 60)),
        })
    }

    /// Whose a token is; `None` for one that the IAM does not know.
    pub(super) async fn validate(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Subject>, IamError> {
        let Ok(mut subject) = HeaderValue::from_str(token) else {
            return Ok(None);
        };
        subject.set_sensitive(true);
        let url = self.path(&["auth", "tokens"], &[("nocatalog", "true")]);
        let request = |http: &Client| {
            http.get(url.clone())
                .header(X_SUBJECT_TOKEN, subject.clone())
        };
        let Some(answer) = self.ask(VALIDATE, MAX_ANSWER, now, request).await? else {
            return Ok(None);
        };
        let malformed = |reason| IamError::Answer {
            what: VALIDATE,
            reason,
        };
        let token = answer.get("token").ok_or(malformed("no token"))?;
        let expires = text(token, "/expires_at")
            .and_then(|text| text.parse().ok())
            .ok_or(malformed("no time of expiry"))?;
        Ok(Some(Subject {
            user: text(token, "/user/id").ok_or(malformed("no user"))?,
            project: text(token, "/project/id"),
            roles: names(token.get("roles"), "/name"),
            expires,
            validated: now,
        }))
    }

    /// Every access key.
    pub(super) async fn ec2_keys(&self, now: Timestamp) -> Result<Ec2Keys, IamError> {
        let url = self.path(&["credentials"], &[("type", "ec2")]);
        let answer = self
            .ask(LIST_KEYS, MAX_LIST, now, |http| http.get(url.clone()))
            .await?;
        let answer = answer.as_ref().and_then(|answer| answer.get("credentials"));
        let list = answer.and_then(Value::as_array).ok_or(IamError::Answer {
            what: LIST_KEYS,
            reason: "no list of credentials",
        })?;
        // What anybody can write into a credential is no reason to refuse all others.
        let mut keys = Ec2Keys::new();
        let mut twice = HashSet::new();
        for (access, key) in list.iter().filter_map(ec2_key) {
            if keys.insert(access.clone(), key).is_some() {
                twice.insert(access);
            }
        }
        // Whose it is nobody can tell: anybody may write the name of another's key into one.
        keys.retain(|access, _| !twice.contains(access));
        Ok(keys)
    }

    /// The names of the roles that a user has in a project, by groups and by inheritance, too;
    /// none where user or project are disabled or gone.
    pub(super) async fn roles(
        &self,
        user: &str,
        project: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, IamError> {
        for (kind, kinds, id) in [("user", "users", user), ("project", "projects", project)] {
            let url = self.path(&[kinds, id], &[]);
            let answer = self
                .ask(READ_ROLES, MAX_ANSWER, now, |http| http.get(url.clone()))
                .await?;
            let enabled = answer
                .as_ref()
                .and_then(|answer| answer.get(kind)?.get("enabled")?.as_bool());
            if enabled != Some(true) {
                return Ok(Vec::new());
            }
        }
        let query = [
            ("user.id", user),
            ("scope.project.id", project),
            ("effective", "true"),
            ("include_names", "true"),
        ];
        let url = self.path(&["role_assignments"], &query);
        let answer = self
            .ask(READ_ROLES, MAX_ANSWER, now, |http| http.get(url.clone()))
            .await?;
        let answer = answer.as_ref();
        Ok(names(
            answer.and_then(|answer| answer.get("role_assignments")),
            "/role/name",
        ))
    }

    /// Asks with the service's own token, once more with a new one where that is refused; `None`
    /// where there is nothing of the kind.
    async fn ask(
        &self,
        what: &'static str,
        limit: usize,
        now: Timestamp,
        request: impl Fn(&Client) -> RequestBuilder,
    ) -> Result<Option<Value>, IamError> {
        let mut own = self.own_token(now).await?;
        let mut response = self
            .send(what, request(&self.http).header(X_AUTH_TOKEN, own.clone()))
            .await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.own
                .forget(&(), |known| known.as_ref().is_ok_and(|known| *known == own))
                .await;
            own = self.own_token(now).await?;
            response = self
                .send(what, request(&self.http).header(X_AUTH_TOKEN, own))
                .await?;
        }
        match response.status() {
            StatusCode::OK => Ok(Some(json(what, limit, response).await?)),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED => Err(IamError::Login),
            StatusCode::FORBIDDEN => Err(IamError::Forbidden { what }),
            status => Err(IamError::Status { what, status }),
        }
    }

    /// The service's own token, a new one where there is none that holds.
    async fn own_token(&self, now: Timestamp) -> Result<HeaderValue, IamError> {
        let ask = |_| async {
            match self.log_in(now).await {
                Ok((token, until)) => (Ok(token), until),
                Err(error) => (Err(Arc::new(error)), after(now, PAUSE)),
            }
        };
        self.own
            .get((), now, None, ask)
            .await
            .map_err(IamError::Own)
    }

    async fn log_in(&self, now: Timestamp) -> Result<(HeaderValue, Timestamp), IamError> {
        let url = self.path(&["auth", "tokens"], &[("nocatalog", "true")]);
        let request = self
            .http
            .request(Method::POST, url)
            .header("Content-Type", "application/json")
            .body(self.login.to_string());
        let response = self.send(LOGIN, request).await?;
        match response.status() {
            StatusCode::CREATED | StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(IamError::Login),
            status => {
                return Err(IamError::Status {
                    what: LOGIN,
                    status,
                });
            }
        }
        let malformed = |reason| IamError::Answer {
            what: LOGIN,
            reason,
        };
        let mut token = response
            .headers()
            .get(X_SUBJECT_TOKEN)
            .cloned()
            .ok_or(malformed("no token"))?;
        token.set_sensitive(true);
        let answer = json(LOGIN, MAX_ANSWER, response).await?;
        let expires: Timestamp = text(&answer, "/token/expires_at")
            .and_then(|text| text.parse().ok())
            .ok_or(malformed("no time of expiry"))?;
        // One that is about to expire is used once.
        let until = expires.checked_sub(RENEW_BEFORE).unwrap_or(now);
        Ok((token, until))
    }

    /// Sends a request, and measures how long it takes.
    async fn send(
        &self,
        what: &'static str,
        request: RequestBuilder,
    ) -> Result<Response, IamError> {
        // It is closed by nobody, and an error would mean no turns to wait for.
        let _turn = self.turns.acquire().await;
        let began = Instant::now();
        let sent = request.send().await;
        let outcome = match &sent {
            Ok(response) if response.status().is_server_error() => "failed",
            Ok(_) => "answered",
            Err(_) => "unreachable",
        };
        metrics::histogram!("functiongraphd_iam_seconds", "outcome" => outcome)
            .record(began.elapsed().as_secs_f64());
        sent.map_err(|cause| IamError::Unreachable {
            what,
            cause: cause.without_url(),
        })
    }

    /// A URL under `/v3`.
    fn path(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

/// Whether a text can be a token: nothing else is sent to the IAM.
pub(super) fn can_be_a_token(text: &str) -> bool {
    (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The URL of the version of the API.
fn base(text: &str) -> Result<Url, IamSetupError> {
    let wrong = |reason: &str| IamSetupError::Url(reason.to_owned());
    let mut url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("its scheme is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it has a user; the account is a setting of its own"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a query or a fragment"));
    }
    let path = url.path().trim_end_matches('/');
    let path = format!("{}/v3", path.strip_suffix("/v3").unwrap_or(path));
    url.set_path(&path);
    Ok(url)
}

/// What the service logs in with.
fn login(settings: &IamSettings) -> Value {
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": settings.user,
            "domain": {"name": settings.user_domain},
            "password": settings.password.reveal(),
        }}},
        "scope": {"project": {
            "name": settings.project,
            "domain": {"name": settings.project_domain},
        }},
    }})
}

/// A body as JSON, up to a size.
async fn json(what: &'static str, limit: usize, mut response: Response) -> Result<Value, IamError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|cause| IamError::Unreachable {
            what,
            cause: cause.without_url(),
        })?;
        let Some(chunk) = chunk else { break };
        if body.len() + chunk.len() > limit {
            return Err(IamError::Answer {
                what,
                reason: "more than is read",
            });
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| IamError::Answer {
        what,
        reason: "no JSON",
    })
}

/// What the blob of a credential has that was made for somebody who may do less than its user:
/// under a trust, by an application credential, by an OAuth access token.
const DELEGATED: [&str; 3] = ["trust_id", "app_cred_id", "access_token_id"];

/// A credential of type `ec2`: its blob is JSON text that whoever made it wrote. One that was
/// delegated is none: roles are asked for by user, who may do more than it allows.
fn ec2_key(credential: &Value) -> Option<(String, Ec2Key)> {
    let blob: Value = serde_json::from_str(&text(credential, "/blob")?).ok()?;
    if DELEGATED
        .iter()
        .any(|name| blob.get(name).is_some_and(|id| !id.is_null()))
    {
        return None;
    }
    let key = Ec2Key {
        secret: SecretKey::new(text(&blob, "/secret").filter(|secret| !secret.is_empty())?),
        user: text(credential, "/user_id")?,
        project: text(credential, "/project_id")?,
    };
    Some((text(&blob, "/access")?, key))
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    Some(value.pointer(pointer)?.as_str()?.to_owned())
}

/// The texts at a place in each item of a list.
fn names(list: Option<&Value>, pointer: &str) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| text(item, pointer)).collect()
}
