//! A user's name and password, exchanged for a token at the identity service.

mod wire;

use std::fmt;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use functiongraph_types::LastModified;

use super::cache::Cache;
use super::{Asked, Context, Credential, CredentialError, CredentialSource, Finding, Token};
use crate::endpoint::{iam_endpoint, shown};
use crate::secret::Secret;
use crate::time::unix_of;
use crate::transport::exchange;
use wire::Login;

/// How the source is called in messages.
const ORIGIN: &str = super::IDENTITY_SERVICE;

/// How the login itself is called in messages.
const LOGIN: &str = "the password login";

/// How long a login may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A token is renewed once less than this of its time is left. Tokens live for a day.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Where tokens are asked for.
const TOKENS: &str = "/v3/auth/tokens";

/// The header that carries a new token.
const SUBJECT_TOKEN: &str = "x-subject-token";

/// A login with user and password at the identity service (IAM, or OpenStack Keystone). The token
/// is kept, renewed five minutes before it ends, and however many calls need one at a time, one of
/// them logs in.
///
/// ```no_run
/// use functiongraph_client::{Client, credentials::PasswordLogin};
///
/// # fn example() -> Result<(), functiongraph_client::Error> {
/// let client = Client::builder()
///     .region("cn-north-4")
///     .credentials(PasswordLogin::new("my-account", "my-user", "my-password"))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub struct PasswordLogin {
    domain: String,
    user: String,
    password: Secret,
    scope: Option<Scope>,
    endpoint: Option<String>,
    cache: Cache<Token>,
}

#[derive(Debug)]
enum Scope {
    Id(String),
    Name(String),
}

impl PasswordLogin {
    /// A user of an account (a domain in Keystone's words), by their names.
    pub fn new(
        domain: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            domain: domain.into(),
            user: user.into(),
            password: Secret::new(password),
            scope: None,
            endpoint: None,
            cache: Cache::new(),
        }
    }

    /// The project to ask a token for, by its id. Without this and
    /// [`PasswordLogin::project_name`] it is the project that the client was built with, else the
    /// one that has the region's name.
    #[must_use]
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.scope = Some(Scope::Id(id.into()));
        self
    }

    /// The project to ask a token for, by its name in the account.
    #[must_use]
    pub fn project_name(mut self, name: impl Into<String>) -> Self {
        self.scope = Some(Scope::Name(name.into()));
        self
    }

    /// Address of the identity service, with or without `/v3` at its end; the client's otherwise.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    fn scope<'a>(&'a self, context: &'a Context) -> Result<wire::Scope<'a>, CredentialError> {
        match &self.scope {
            Some(Scope::Id(id)) => Ok(wire::Scope::id(id)),
            Some(Scope::Name(name)) => Ok(wire::Scope::name(name, &self.domain)),
            None => match (context.project_id(), context.region()) {
                (Some(id), _) => Ok(wire::Scope::id(id.as_str())),
                (None, Some(region)) => Ok(wire::Scope::name(region.as_str(), &self.domain)),
                (None, None) => Err(CredentialError::malformed(
                    LOGIN,
                    "there is no project to log in to: name one, or the region whose project it is",
                )),
            },
        }
    }

    fn address(&self, context: &Context) -> Result<String, CredentialError> {
        let own = self.endpoint.clone();
        let address = own.or_else(|| context.iam_endpoint()).ok_or_else(|| {
            CredentialError::malformed(
                LOGIN,
                "it is not said where the identity service is: name its address, or a region",
            )
        })?;
        iam_endpoint(&address).map_err(|error| CredentialError::malformed(LOGIN, error.to_string()))
    }

    async fn fetch(&self, context: &Context) -> Result<(Token, Option<i64>), CredentialError> {
        let endpoint = self.address(context)?;
        let login = Login {
            domain: &self.domain,
            user: &self.user,
            password: self.password.reveal(),
            scope: self.scope(context)?,
        };
        let body = login
            .body()
            .map_err(|error| CredentialError::malformed(LOGIN, error.to_string()))?;
        let request = context
            .http
            .post(format!("{endpoint}{TOKENS}?nocatalog=true"))
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .build()
            .map_err(|error| CredentialError::malformed(LOGIN, error.without_url().to_string()))?;
        let answer = exchange(&context.http, request, TOKENS, LIMIT)
            .await
            .map_err(|failure| CredentialError::Unavailable {
                origin: format!("{ORIGIN} at {endpoint}"),
                reason: failure.to_string(),
                answer: None,
                is_passing: failure.is_passing(),
                cause: None,
            })?;
        if !answer.status.is_success() {
            return Err(CredentialError::of_answer(ORIGIN, Asked::Login, &answer));
        }
        let Some(token) = answer
            .headers
            .get(SUBJECT_TOKEN)
            .and_then(|value| value.to_str().ok())
        else {
            let reason = "its answer has no token";
            return Err(CredentialError::useless(ORIGIN, reason));
        };
        let about: wire::Answer = serde_json::from_slice(&answer.body).unwrap_or_default();
        let mut found = Token::new(token);
        if let Some(project) = about.token.project {
            found = found.project_id(project.id);
        }
        // A token whose end cannot be read serves until it is refused.
        let expires = LastModified::from(about.token.expires_at.as_str())
            .instant()
            .ok();
        if let Some(at) = expires {
            found = found.expires(at);
        }
        found.header()?;
        Ok((found, expires.map(unix_of)))
    }
}

/// Says who logs in where, never with what.
impl fmt::Debug for PasswordLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PasswordLogin")
            .field("domain", &self.domain)
            .field("user", &self.user)
            .field("scope", &self.scope)
            .field("endpoint", &self.endpoint.as_deref().map(shown))
            .finish_non_exhaustive()
    }
}

impl CredentialSource for PasswordLogin {
    fn credential<'a>(&'a self, context: &'a Context) -> Finding<'a> {
        Box::pin(async move {
            let token = self.cache.get(MARGIN, self.fetch(context)).await?;
            Ok(Credential::Token(token))
        })
    }

    fn check(&self, context: &Context) -> Result<(), CredentialError> {
        self.address(context)?;
        self.scope(context).map(drop)
    }

    fn refused(&self, credential: &Credential) -> bool {
        let Credential::Token(refused) = credential else {
            return false;
        };
        self.cache.forget(|kept| kept.is_same(refused));
        true
    }
}
