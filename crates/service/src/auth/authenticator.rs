//! Finding out who calls.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use functiongraph_server::{Authentication, Operation};
use functiongraph_signing::{Authorization, Presented, SigningTime};
use jiff::Timestamp;
use subtle::ConstantTimeEq as _;

use super::iam::{Iam, IamError, IamSetupError};
use super::{
    Denied, Grant, KeyGrant, KeySettings, Role, Secret, SecretKey, Settings, TokenHash,
    TokenSettings,
};
use crate::auth::{CredentialId, GENERATED_PREFIX};
use crate::domain::{Actor, ActorKind};
use crate::store::{Store, StoreError};

/// Finds out who calls: by a token of the store or the configuration, a token of an IAM, or a signature.
pub struct Authenticator<S> {
    store: Arc<S>,
    settings: Settings,
    keys: HashMap<String, KeySettings>,
    tokens: HashMap<TokenHash, TokenSettings>,
    iam: Option<Iam>,
}

/// A caller who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// What the caller may do.
    pub grant: Grant,
    /// What the audit knows the caller by.
    pub actor: Actor,
    /// The signature, where it must not come twice: [`Authenticator::note`] sees to that, once
    /// nothing else stands against the request.
    pub once: Option<Once>,
}

/// A signature that is to be taken once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    signature: [u8; 32],
    /// Until when it could be taken.
    until: Timestamp,
}

impl From<&TokenSettings> for Grant {
    fn from(token: &TokenSettings) -> Self {
        Self {
            project: token.project.clone(),
            role: token.role,
            id: token.name.clone(),
        }
    }
}

/// Why authentication cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The IAM's settings.
    #[error(transparent)]
    Iam(#[from] IamSetupError),
    /// Two keys with one name.
    #[error("the access key {0} is configured twice")]
    KeyTwice(String),
    /// Two tokens that are one.
    #[error("the tokens {0} and {1} of the configuration are the same")]
    TokenTwice(CredentialId, CredentialId),
}

/// Why a request was not let in, for the log.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("there are several Authorization headers")]
    Repeated,
    #[error("the Authorization header cannot be read")]
    Malformed(#[from] functiongraph_signing::AuthorizationError),
    #[error("the request cannot be verified as it is")]
    Unverifiable(#[from] functiongraph_signing::PresentedError),
    #[error("the access key is unknown, expired or revoked, or the signature is not by its secret")]
    Signature,
    #[error("the security token is not the one that belongs to the access key")]
    SecurityToken,
    #[error("signed {0} seconds after the service's time (negative: before)")]
    Clock(i64),
    #[error("the signature was seen before")]
    Replayed,
}

const UNKNOWN_TOKEN: &str = "The token is unknown or has expired";

const BAD_SIGNATURE: &str = "The signature cannot be verified: check the access key, the secret key, the security token of temporary credentials, and what is signed";

const REPLAYED: &str = "The signature was used before: sign each request anew";

const STORE_DOWN: &str = "The credentials cannot be checked at the moment, try again in 1 second";

const IAM_DOWN: &str = "The identity service does not answer, so that the credentials cannot be checked; try again in 1 second";

/// What a signature is compared with where the access key is unknown, so that the answer takes as
/// long as with one that is known.
const NOBODY: &str = "0000000000000000000000000000000000000000";

/// A key pair, wherever it was found.
struct Key {
    secret: SecretKey,
    security_token: Option<Secret>,
    identified: Identified,
}

impl<S> Authenticator<S> {
    /// An authenticator on a store. Nothing is asked of an IAM before somebody comes with a token
    /// of it.
    ///
    /// # Errors
    /// Settings that contradict themselves, or name a file that can't be read.
    pub fn new(store: Arc<S>, settings: Settings) -> Result<Self, SetupError> {
        let mut keys = HashMap::new();
        for key in &settings.signatures.keys {
            if keys.insert(key.access.clone(), key.clone()).is_some() {
                return Err(SetupError::KeyTwice(key.access.clone()));
            }
        }
        let mut tokens = HashMap::new();
        for token in &settings.tokens {
            if let Some(other) = tokens.insert(token.hash, token.clone()) {
                return Err(SetupError::TokenTwice(other.name, token.name.clone()));
            }
        }
        Ok(Self {
            store,
            keys,
            tokens,
            iam: settings.iam.clone().map(Iam::new).transpose()?,
            settings,
        })
    }
}

impl<S: Store> Authenticator<S> {
    /// Finds out who makes a request. Where it carries a token and a signature, the token counts.
    ///
    /// # Errors
    /// Nobody that is known, or an identity that cannot be checked at present.
    pub async fn authenticate(
        &self,
        request: &Authentication<'_>,
        now: Timestamp,
    ) -> Result<Identified, Denied> {
        let credentials = request.credentials;
        let signatures = self.settings.signatures.enabled;
        match (credentials.x_auth_token, credentials.ak_sk) {
            (Some(token), _) => self.by_token(token, now).await,
            (None, Some(value)) if signatures && Authorization::is_scheme(value.as_bytes()) => {
                self.by_signature(value, request, now).await
            }
            _ => Err(Denied::unknown(if signatures {
                "Send a token in X-Auth-Token, or sign the request with an access key (SDK-HMAC-SHA256)"
            } else {
                "Send a token in X-Auth-Token"
            })),
        }
    }

    async fn by_token(&self, token: &HeaderValue, now: Timestamp) -> Result<Identified, Denied> {
        let Ok(token) = token.to_str() else {
            return Err(Denied::unknown(UNKNOWN_TOKEN));
        };
        let hash = TokenHash::of(token);
        if let Some(token) = self.tokens.get(&hash) {
            let expired = token.expires.is_some_and(|expires| expires <= now);
            return if expired {
                Err(Denied::unknown(UNKNOWN_TOKEN))
            } else {
                Ok(Identified::new(ActorKind::Token, token.into()))
            };
        }
        if let Some(grant) = self.store.grant(hash, now).await.map_err(store_down)? {
            return Ok(Identified::new(ActorKind::Token, grant));
        }
        // A token that this service made is nobody else's business, revoked or not.
        let iam = self
            .iam
            .as_ref()
            .filter(|_| !token.starts_with(GENERATED_PREFIX));
        let Some(iam) = iam else {
            return Err(Denied::unknown(UNKNOWN_TOKEN));
        };
        let subject = iam.token(token, hash, now).await.map_err(iam_down)?;
        let subject = subject.ok_or_else(|| Denied::unknown(UNKNOWN_TOKEN))?;
        let Some(project) = &subject.project else {
            return Err(Denied::forbidden(
                "The token is not for a project: ask for one with a project as its scope",
            ));
        };
        let role = iam.role(&subject.roles).ok_or_else(no_role)?;
        Ok(Identified::by_iam(&subject.user, project, role))
    }

    async fn by_signature(
        &self,
        value: &HeaderValue,
        request: &Authentication<'_>,
        now: Timestamp,
    ) -> Result<Identified, Denied> {
        let presented = presented(value, request).map_err(bad_signature)?;
        self.check_clock(presented.time(), now)?;
        let key = self
            .key(presented.authorization().access_key(), now)
            .await?;
        let nobody = SecretKey::new(NOBODY);
        let secret = key.as_ref().map_or(&nobody, |key| &key.secret);
        let signed = presented.is_signed_with(secret.signing());
        let Some(key) = key.filter(|_| signed) else {
            return Err(bad_signature(Fault::Signature));
        };
        let expected = key.security_token.as_ref().map(Secret::reveal);
        let same_token = match (expected, presented.security_token()) {
            (None, None) => true,
            (Some(expected), Some(sent)) => bool::from(expected.as_bytes().ct_eq(sent)),
            _ => false,
        };
        if !same_token {
            return Err(bad_signature(Fault::SecurityToken));
        }
        let refuse_replays = self.settings.signatures.refuse_replays;
        let once =
            (refuse_replays && changes_something(request.operation)).then(|| self.once(&presented));
        Ok(Identified {
            once,
            ..key.identified
        })
    }

    /// Refuses a time of signing that is too far away, and says what time it is here: a client
    /// whose clock is wrong can tell by how much.
    fn check_clock(&self, signed: SigningTime, now: Timestamp) -> Result<(), Denied> {
        let allowed = self.settings.signatures.clock_difference.as_secs();
        let difference = signed.unix() - now.as_second();
        if difference.unsigned_abs() <= allowed {
            return Ok(());
        }
        let here = SigningTime::from_unix(now.as_second())
            .map(|now| format!(", which is {now}"))
            .unwrap_or_default();
        Err(Denied::unknown(format!(
            "X-Sdk-Date is more than {allowed} seconds away from the time of this service{here}"
        ))
        .because(Fault::Clock(difference)))
    }

    /// The key pair of an access key: of the configuration, of the store, or of the IAM.
    async fn key(&self, access: &str, now: Timestamp) -> Result<Option<Key>, Denied> {
        if let Some(key) = self.keys.get(access) {
            let grant = Grant {
                id: CredentialId::new(access),
                project: key.project.clone(),
                role: key.role,
            };
            return Ok(Some(Key {
                secret: key.secret.clone(),
                security_token: key.security_token.clone(),
                identified: Identified::new(ActorKind::Key, grant),
            }));
        }
        if let Some(KeyGrant { secret, grant }) =
            self.store.key(access, now).await.map_err(store_down)?
        {
            return Ok(Some(Key {
                secret,
                security_token: None,
                identified: Identified::new(ActorKind::Key, grant),
            }));
        }
        let Some(iam) = &self.iam else {
            return Ok(None);
        };
        let key = iam.key(access, now).await.map_err(iam_down)?;
        Ok(key.map(|key| Key {
            secret: key.secret.clone(),
            security_token: None,
            identified: Identified::by_iam(&key.user, &key.project, key.role),
        }))
    }

    /// What is noted of a signature, for as long as it could be taken.
    fn once(&self, presented: &Presented) -> Once {
        let window = i64::try_from(self.settings.signatures.clock_difference.as_secs());
        let until = window
            .ok()
            .and_then(|window| presented.time().unix().checked_add(window)?.checked_add(1))
            .and_then(|until| Timestamp::from_second(until).ok())
            .unwrap_or(Timestamp::MAX);
        Once {
            signature: *presented.authorization().signature(),
            until,
        }
    }

    /// Notes a signature that is to be taken once.
    ///
    /// # Errors
    /// It was noted before, or the store cannot note it.
    pub async fn note(&self, once: &Once, now: Timestamp) -> Result<(), Denied> {
        let first = self
            .store
            .note_signature(once.signature, once.until, now)
            .await
            .map_err(store_down)?;
        if first {
            Ok(())
        } else {
            Err(Denied::unknown(REPLAYED).because(Fault::Replayed))
        }
    }
}

/// The request with its signature.
fn presented(value: &HeaderValue, request: &Authentication<'_>) -> Result<Presented, Fault> {
    if request.headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(Fault::Repeated);
    }
    let headers: Vec<(&str, &[u8])> = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let signed = functiongraph_signing::Request {
        method: request.method.as_str(),
        path: request.raw_path(),
        query: request.raw_query(),
        headers: &headers,
        body: request.body,
    };
    Ok(Presented::new(
        Authorization::parse(value.as_bytes())?,
        &signed,
    )?)
}

/// Whether carrying out an operation twice differs from once.
fn changes_something(operation: Operation) -> bool {
    match operation {
        Operation::CreateFunctionVersion => true,
        Operation::ListFunctionVersions => false,
    }
}

impl Identified {
    fn new(kind: ActorKind, grant: Grant) -> Self {
        let actor = Actor {
            kind,
            id: grant.id.to_string(),
        };
        Self {
            grant,
            actor,
            once: None,
        }
    }

    fn by_iam(user: &str, project: &str, role: Role) -> Self {
        let grant = Grant {
            id: CredentialId::new(user),
            project: project.to_owned(),
            role,
        };
        Self::new(ActorKind::Iam, grant)
    }
}

fn bad_signature(fault: Fault) -> Denied {
    Denied::unknown(BAD_SIGNATURE).because(fault)
}

fn no_role() -> Denied {
    Denied::forbidden("The caller has no role in the project that allows anything here")
}

fn iam_down(error: Arc<IamError>) -> Denied {
    Denied::unavailable(IAM_DOWN).because(error)
}

fn store_down(error: StoreError) -> Denied {
    if error.is_temporary() {
        Denied::unavailable(STORE_DOWN).because(error)
    } else {
        Denied::internal(error)
    }
}

impl<S> fmt::Debug for Authenticator<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Authenticator")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
