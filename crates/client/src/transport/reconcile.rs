//! A repetition that is refused: because of what the attempt before it did, or of something else?
//! A name that is taken (409) is not the only sign of it: a service may also find nothing changed
//! since the last publication, or no room for another version.

use std::time::Duration;

use functiongraph_types::{FunctionVersion, FunctionVersionPage, LATEST};
use reqwest::{Method, Request, StatusCode};
use serde::Deserialize;
use tracing::field::Empty;

use super::exchange::{self, Received};
use super::{Answer, Operation, Transport, date, retry_after};
use crate::sign::authenticate;
use crate::time::{Instant, sleep, unix_now, unix_of, within};

/// Pages that are searched. A function has few versions, all on one page.
const PAGES: usize = 16;

/// How long a busy service is waited for: the refusal is an answer, too.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What was to be published. Only what decides whose version it is.
#[derive(Deserialize)]
struct Asked {
    version: String,
    description: Option<String>,
    digest: Option<String>,
}

/// Whether an answer can be what an earlier attempt led to. What says nothing about the function
/// cannot.
pub(super) fn may_be_of_earlier(status: StatusCode) -> bool {
    let is_other = matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS
    );
    status.is_client_error() && !is_other
}

impl Transport {
    /// The answer to a publication that took effect at an attempt sent at `first` or later, and was
    /// answered with `refusal` now. The call itself `began` before. Nothing where the version is not
    /// there or somebody else's, or where that cannot be found out: then the refusal stands.
    pub(super) async fn reconcile(
        &self,
        request: &Request,
        operation: Operation,
        refusal: &Received,
        (began, first): (Instant, Instant),
        attempts: u32,
    ) -> Option<Answer> {
        // When the first attempt was sent, by the server's clock: to whole seconds, as versions have
        // it, and never too late. The local clock proves nothing.
        let now = unix_of(date(&refusal.headers)?);
        let since = i64::try_from(first.elapsed().as_secs()).ok()?;
        let first = now.saturating_sub(since.saturating_add(1));
        let body = request.body().and_then(reqwest::Body::as_bytes)?;
        let asked: Asked = serde_json::from_slice(body).ok()?;
        let search = Search {
            transport: self,
            request,
            operation,
        };
        let (answer, ours) = within(self.left(began), search.find(&asked, first)).await??;
        tracing::debug!("an earlier attempt of this call has published the version");
        Some(Answer {
            operation: operation.id,
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            decoded: Some(serde_json::to_vec(&ours).ok()?.into()),
            attempts,
        })
    }
}

/// A search of the list of the function that `request` publishes: its path is the same.
struct Search<'a> {
    transport: &'a Transport,
    request: &'a Request,
    operation: Operation,
}

impl Search<'_> {
    async fn find(&self, asked: &Asked, first: i64) -> Option<(Received, FunctionVersion)> {
        let mut marker = 0;
        let mut latest = None;
        for _ in 0..PAGES {
            let answer = self.list(marker).await?;
            let page: FunctionVersionPage = serde_json::from_slice(&answer.body).ok()?;
            for version in &page.versions {
                if version.version == LATEST {
                    latest = Some(version.digest.clone());
                }
            }
            let named = |version: &FunctionVersion| version.version == asked.version;
            if let Some(version) = page.versions.iter().find(|version| named(version)) {
                let ours = is_ours(version, asked, latest.as_deref(), first);
                return ours.then(|| (answer, version.clone()));
            }
            if page.versions.is_empty() || page.next_marker <= marker {
                return None;
            }
            marker = page.next_marker;
        }
        None
    }

    /// A page of the list. A service that is busy is asked once more.
    async fn list(&self, marker: i64) -> Option<Received> {
        let answer = self.list_once(marker).await?;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer.status.is_success().then_some(answer);
        }
        let delay = match retry_after(&answer.headers) {
            Some(asked) => asked,
            None => self.transport.retries.delays().next().unwrap_or_default(),
        };
        if delay > LONGEST_WAIT {
            return None;
        }
        sleep(delay).await;
        let answer = self.list_once(marker).await?;
        answer.status.is_success().then_some(answer)
    }

    async fn list_once(&self, marker: i64) -> Option<Received> {
        let mut list = self.request.try_clone()?;
        *list.method_mut() = Method::GET;
        *list.body_mut() = None;
        if marker > 0 {
            list.url_mut()
                .query_pairs_mut()
                .append_pair("marker", &marker.to_string());
        }
        if let Some(credential) = self.transport.credential().await.ok()? {
            let project = self.operation.project(&list);
            authenticate(&mut list, &credential, project.as_deref(), unix_now()).ok()?;
        }
        let span = tracing::debug_span!(
            "functiongraph.reconcile",
            method = %list.method(),
            path = self.operation.template,
            status = Empty,
            request_id = Empty,
            failure = Empty,
            milliseconds = Empty,
        );
        let Transport {
            context,
            max_response_bytes,
            ..
        } = self.transport;
        let sent = exchange::send(&context.http, list, *max_response_bytes);
        exchange::watched(&span, sent).await.ok()
    }
}

/// Whether a listed version is the one that was asked for: with the description that was sent, the
/// code that was meant, and not older than the first attempt, `first` seconds after 1970 began.
fn is_ours(version: &FunctionVersion, asked: &Asked, latest: Option<&str>, first: i64) -> bool {
    let description = version.version_description.as_deref().unwrap_or_default();
    if description != asked.description.as_deref().unwrap_or_default() {
        return false;
    }
    // Versions carry the SHA-512 of their code. Where that was not what was asked for (an MD5, or
    // nothing), what was meant is the working copy's code.
    let sha512 = asked.digest.as_deref().filter(|digest| digest.len() == 128);
    let Some(digest) = sha512.or(latest) else {
        return false;
    };
    if version.digest.is_empty() || !version.digest.eq_ignore_ascii_case(digest) {
        return false;
    }
    // A time without an offset could be any of many: no proof.
    version
        .last_modified
        .instant()
        .is_ok_and(|at| unix_of(at) >= first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn asked(digest: Option<&str>) -> Asked {
        Asked {
            version: "v1".to_owned(),
            description: Some("ours".to_owned()),
            digest: digest.map(ToOwned::to_owned),
        }
    }

    fn listed(description: &str, digest: &str, at: &str) -> FunctionVersion {
        FunctionVersion {
            version: "v1".to_owned(),
            version_description: Some(description.to_owned()),
            digest: digest.to_owned(),
            last_modified: at.into(),
            ..FunctionVersion::default()
        }
    }

    #[test]
    fn a_version_is_ours_by_description_digest_and_time() {
        let (a, b) = ("a".repeat(128), "b".repeat(128));
        // 2026-11-21T12:00:00Z.
        let first = 1_795_262_400;
        let on_time = "2026-11-21T12:00:00Z";
        let ours = |version: &FunctionVersion, digest: Option<&str>, latest: Option<&str>| {
            is_ours(version, &asked(digest), latest, first)
        };
        assert!(ours(&listed("ours", &a, on_time), None, Some(&a)));
        assert!(ours(
            &listed("ours", &a, "2026-11-21T20:00:00+08:00"),
            None,
            Some(&a)
        ));
        assert!(ours(
            &listed("ours", &a, on_time),
            Some(&a.to_uppercase()),
            Some(&b)
        ));
        assert!(ours(
            &listed("ours", &a, on_time),
            Some(&"c".repeat(32)),
            Some(&a)
        ));
        for (version, digest, latest) in [
            (listed("theirs", &a, on_time), None, Some(&a)),
            (listed("ours", &b, on_time), None, Some(&a)),
            (listed("ours", &a, on_time), Some(&b), Some(&a)),
            (listed("ours", &a, on_time), None, None),
            (listed("ours", "", on_time), None, Some(&String::new())),
            (listed("ours", &a, "2026-11-21T11:59:59Z"), None, Some(&a)),
            (listed("ours", &a, "2026-11-21 12:00:00"), None, Some(&a)),
            (listed("ours", &a, ""), None, Some(&a)),
        ] {
            assert!(
                !ours(
                    &version,
                    digest.map(|text: &String| text.as_str()),
                    latest.map(String::as_str)
                ),
                "{version:?}"
            );
        }
    }
}
