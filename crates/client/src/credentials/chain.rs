//! Several sources, one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    Context, Credential, CredentialError, CredentialSource, Environment, Finding, Metadata,
    Profile, Tried,
};

/// Asks its sources in turn and takes the first credentials that there are. A source that has some
/// that cannot be used ends the search: they were meant to be.
#[derive(Clone, Debug)]
pub struct Chain {
    sources: Vec<Arc<dyn CredentialSource>>,
    /// Which of them had credentials last.
    last: Arc<AtomicUsize>,
}

impl Chain {
    /// A chain without sources, for [`Chain::then`].
    #[must_use]
    pub fn empty() -> Self {
        Self {
            sources: Vec::new(),
            last: Arc::default(),
        }
    }

    /// Asks `source` after all others.
    #[must_use]
    pub fn then(mut self, source: impl CredentialSource + 'static) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// The usual order with variables that are given in place of the process's.
    #[must_use]
    pub fn with_environment(environment: Environment) -> Self {
        Self::empty()
            .then(environment.clone())
            .then(Profile::named_by(environment))
            .then(Metadata::new())
    }
}

/// The order that the vendor's SDKs have: the environment, the profile file, the metadata of the
/// cloud server.
impl Default for Chain {
    fn default() -> Self {
        Self::with_environment(Environment::new())
    }
}

impl CredentialSource for Chain {
    fn credential<'a>(&'a self, context: &'a Context) -> Finding<'a> {
        Box::pin(async move {
            let mut tried = Vec::new();
            for (index, source) in self.sources.iter().enumerate() {
                match source.credential(context).await {
                    Err(CredentialError::Absent { origin, reason }) => {
                        tried.push(Tried { origin, reason });
                    }
                    Err(CredentialError::NoneFound(inner)) => tried.extend(inner),
                    Ok(credential) => {
                        self.last.store(index, Ordering::Relaxed);
                        return Ok(credential);
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(CredentialError::NoneFound(tried))
        })
    }

    fn check(&self, context: &Context) -> Result<(), CredentialError> {
        // As it would ask them: what is wrong with those behind one that has some does not matter.
        for source in &self.sources {
            match source.check(context) {
                Err(CredentialError::Absent { .. }) => {}
                other => return other,
            }
        }
        Ok(())
    }

    fn refused(&self, credential: &Credential) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        let mut better = false;
        for (index, source) in self.sources.iter().enumerate() {
            // All are told, so that none keeps it; only the one that gave it can better it.
            let has_better = source.refused(credential);
            better |= has_better && index == last;
        }
        better
    }
}
