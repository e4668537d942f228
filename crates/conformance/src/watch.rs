//! A watcher between a client and a service.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::TRANSFER_ENCODING;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use functiongraph_contract::Document;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::judge::Conformance;

/// An HTTP client that goes straight where it is told to.
///
/// # Errors
/// What the operating system refuses.
pub fn http() -> Result<reqwest::Client, reqwest::Error> {
    // The client's TLS asks for one provider of cryptography for the whole process; that there is
    // one already is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

/// Stands between a client and a service, on a port of its own: everything that passes is judged.
pub struct Watch {
    address: SocketAddr,
    seen: Arc<Seen>,
    running: JoinHandle<io::Result<()>>,
}

struct Seen {
    conformance: Conformance,
    service: String,
    http: reqwest::Client,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    problems: Vec<String>,
    exchanges: Vec<(String, u16)>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Watch")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// The largest body that is passed on.
const LARGEST: usize = 16 << 20;

impl Watch {
    /// Starts to pass on what arrives to the service at a URL.
    ///
    /// # Errors
    /// A port that cannot be had, a document that cannot be judged by.
    pub async fn start(document: &Document, service: &str) -> io::Result<Self> {
        let seen = Arc::new(Seen {
            conformance: Conformance::new(document).map_err(io::Error::other)?,
            service: service.trim_end_matches('/').to_owned(),
            http: http().map_err(io::Error::other)?,
            log: Mutex::default(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let routes = Router::new().fallback(pass).with_state(Arc::clone(&seen));
        let running = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self {
            address,
            seen,
            running,
        })
    }

    /// Where clients are to call.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that the document does not describe, of all messages so far. A request that the
    /// service answered with an error of the 4xx counts as meant to be wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.log().problems.clone()
    }

    /// The operations that were called, each with the status of the answer.
    #[must_use]
    pub fn exchanges(&self) -> Vec<(String, u16)> {
        self.log().exchanges.clone()
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.seen.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Passes a request on and its response back.
async fn pass(State(seen): State<Arc<Seen>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return (
            StatusCode::BAD_GATEWAY,
            "the watch takes no body of this size",
        )
            .into_response();
    };
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    // The host goes along with the other headers: signatures cover it.
    let sent = seen
        .http
        .request(head.method.clone(), format!("{}{target}", seen.service))
        .headers(head.headers.clone())
        .body(body.clone())
        .send()
        .await;
    let response = match sent {
        Ok(response) => response,
        Err(error) => {
            return (
                StatusCode::BAD_GATEWAY,
                format!("the service does not answer: {error}"),
            )
                .into_response();
        }
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let answer = response.bytes().await.unwrap_or_default();
    seen.note(&head, &body, status, &headers, &answer);
    let mut passed = (status, Body::from(answer)).into_response();
    *passed.headers_mut() = headers;
    passed.headers_mut().remove(TRANSFER_ENCODING);
    passed
}

impl Seen {
    fn note(
        &self,
        head: &Parts,
        body: &[u8],
        status: StatusCode,
        headers: &HeaderMap,
        answer: &[u8],
    ) {
        let Parts { method, uri, .. } = head;
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if !status.is_client_error() {
            let problems = self.conformance.check_request(
                method,
                uri.path(),
                uri.query(),
                &head.headers,
                body,
            );
            log.problems.extend(
                problems
                    .into_iter()
                    .map(|problem| format!("{method} {uri}: {problem}")),
            );
        }
        let problems = self
            .conformance
            .check_answer(method, uri.path(), status, headers, answer);
        log.problems.extend(
            problems
                .into_iter()
                .map(|problem| format!("the answer to {method} {uri}: {problem}")),
        );
        if let Some(operation) = self.conformance.operation(method, uri.path()) {
            log.exchanges.push((operation.to_owned(), status.as_u16()));
        }
    }
}
