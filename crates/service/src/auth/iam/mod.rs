//! Identities that somebody else keeps: an IAM that speaks Keystone's v3 API.
//!
//! [`keystone`] talks to it, [`flights`] remembers what it said and asks once for many who want to
//! know the same; here is for how long which answer holds.

mod flights;
mod keystone;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use self::flights::{Answer, Flights};
pub(super) use self::keystone::Subject;
use self::keystone::{Ec2Keys, Keystone};
pub use self::keystone::{IamError, IamSetupError};
use super::{IamSettings, Role, SecretKey, TokenHash};

/// For how long nobody asks again after the IAM did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// For how long access keys of the IAM, and what their holders may do, are remembered.
const KEYS_VALID_FOR: Duration = Duration::from_secs(60);

type Shared<T> = Result<T, Arc<IamError>>;

/// An IAM, and what it said lately.
pub(super) struct Iam {
    keystone: Keystone,
    settings: IamSettings,
    tokens: Flights<TokenHash, Shared<Option<Arc<Subject>>>>,
    keys: Flights<(), Shared<Arc<Ec2Keys>>>,
    /// By user and project.
    roles: Flights<(String, String), Shared<Option<Role>>>,
}

/// An access key that the IAM keeps.
pub(super) struct IamKey {
    pub(super) secret: SecretKey,
    pub(super) user: String,
    pub(super) project: String,
    pub(super) role: Role,
}

impl Iam {
    pub(super) fn new(settings: IamSettings) -> Result<Self, IamSetupError> {
        let longest = settings.valid_for + settings.stale_for + settings.invalid_for;
        Ok(Self {
            keystone: Keystone::new(&settings)?,
            tokens: Flights::new(settings.remembered, longest),
            keys: Flights::new(1, KEYS_VALID_FOR),
            roles: Flights::new(settings.remembered, KEYS_VALID_FOR),
            settings,
        })
    }

    /// Whose a token is; `None` for one that is unknown, expired or revoked.
    pub(super) async fn token(
        &self,
        token: &str,
        hash: TokenHash,
        now: Timestamp,
    ) -> Shared<Option<Arc<Subject>>> {
        if !keystone::can_be_a_token(token) {
            return Ok(None);
        }
        let ask = |before| self.ask_token(token, before, now);
        self.tokens.get(hash, now, None, ask).await
    }

    async fn ask_token(
        &self,
        token: &str,
        before: Option<Answer<Shared<Option<Arc<Subject>>>>>,
        now: Timestamp,
    ) -> (Shared<Option<Arc<Subject>>>, Timestamp) {
        match self.keystone.validate(token, now).await {
            Ok(Some(subject)) if subject.expires > now => {
                let until = subject.expires.min(after(now, self.settings.valid_for));
                (Ok(Some(Arc::new(subject))), until)
            }
            Ok(_) => (Ok(None), after(now, self.settings.invalid_for)),
            Err(error) => (
                self.stale(before, now).ok_or_else(|| Arc::new(error)),
                after(now, PAUSE),
            ),
        }
    }

    /// An earlier answer that still counts while the IAM does not give another.
    fn stale(
        &self,
        before: Option<Answer<Shared<Option<Arc<Subject>>>>>,
        now: Timestamp,
    ) -> Option<Option<Arc<Subject>>> {
        let subject = before?.value.ok()??;
        let bound = after(subject.validated, self.settings.stale_for).min(subject.expires);
        (now < bound).then_some(Some(subject))
    }

    /// The highest role that some of the IAM's come to.
    pub(super) fn role(&self, names: &[String]) -> Option<Role> {
        let any = |known: &[String]| {
            names
                .iter()
                .any(|name| known.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        if any(&self.settings.publisher_roles) {
            Some(Role::Publisher)
        } else {
            any(&self.settings.reader_roles).then_some(Role::Reader)
        }
    }

    /// An access key among the `ec2` credentials, with the role that its holder has in its
    /// project; `None` for an unknown one and for one whose holder has no role there.
    pub(super) async fn key(&self, access: &str, now: Timestamp) -> Shared<Option<IamKey>> {
        if !self.settings.ec2_keys {
            return Ok(None);
        }
        let list = |_| async { lasting(self.keystone.ec2_keys(now).await.map(Arc::new), now) };
        let mut keys = self.keys.get((), now, None, list).await?;
        if !keys.contains_key(access) {
            // It may be new; but whoever tries keys is not to make the service ask each time.
            let since = now.checked_sub(self.settings.invalid_for).ok();
            keys = self.keys.get((), now, since, list).await?;
        }
        let Some(key) = keys.get(access) else {
            return Ok(None);
        };
        let ask = |_| async {
            let names = self.keystone.roles(&key.user, &key.project, now).await;
            lasting(names.map(|names| self.role(&names)), now)
        };
        let holder = (key.user.clone(), key.project.clone());
        let role = self.roles.get(holder, now, None, ask).await?;
        Ok(role.map(|role| IamKey {
            secret: key.secret.clone(),
            user: key.user.clone(),
            project: key.project.clone(),
            role,
        }))
    }
}

/// What is known of keys, with the time until which it holds.
fn lasting<T>(answer: Result<T, IamError>, now: Timestamp) -> (Shared<T>, Timestamp) {
    match answer {
        Ok(answer) => (Ok(answer), after(now, KEYS_VALID_FOR)),
        Err(error) => (Err(Arc::new(error)), after(now, PAUSE)),
    }
}

/// A time so much later, or the end of time.
fn after(now: Timestamp, time: Duration) -> Timestamp {
    now.checked_add(time).unwrap_or(Timestamp::MAX)
}

impl fmt::Debug for Iam {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Iam")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
