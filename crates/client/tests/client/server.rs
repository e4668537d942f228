//! A server that does what a test tells it to, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use functiongraph_client::{Client, ClientBuilder, RetryPolicy};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const PROJECT: &str = "7aad83af3e8d42e99ac194e8419e2c9b";
pub(crate) const URN: &str =
    "urn:fss:cn-north-4:7aad83af3e8d42e99ac194e8419e2c9b:function:default:test";

/// What to do with a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers it.
    Answer(Answer),
    /// Takes it and resets the connection.
    Reset,
    /// Takes it and closes the connection.
    Close,
    /// Takes it and says nothing more.
    Stall,
    /// Answers with these bytes, whatever they are, and closes the connection.
    Bytes(String),
    /// Begins this answer, then sends a byte now and then without end.
    Drip(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An answer in JSON.
pub(crate) fn answer(status: u16, body: impl ToString) -> Answer {
    Answer {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    }
}

impl Answer {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl From<Answer> for Act {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What the document does not describe about the request, if it is one to the API: tokens and
    /// credentials are asked for elsewhere.
    fn problems(&self) -> Vec<String> {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target.as_str(), None),
        };
        if !path.starts_with("/v2/") {
            return Vec::new();
        }
        let method = Method::from_bytes(self.method.as_bytes()).unwrap();
        let headers: HeaderMap = self
            .headers
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        let judge = functiongraph_conformance::of_project().unwrap();
        judge.check_request(&method, path, query, &headers, &self.body)
    }
}

type Script = Arc<dyn Fn(usize, &Request) -> Act + Send + Sync>;

/// A server for a test. Its end fails the test if a request to the API was not what the document
/// describes.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    judging: bool,
}

/// What has arrived.
#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    /// What the document does not describe about them.
    problems: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if self.judging && !std::thread::panicking() {
            assert_eq!(seen.problems, Vec::<String>::new());
        }
    }
}

impl Server {
    /// Does one thing after the other; the last of them over and over.
    pub(crate) async fn doing<A: Into<Act>>(acts: impl IntoIterator<Item = A>) -> Self {
        let acts: Vec<Act> = acts.into_iter().map(Into::into).collect();
        Self::with(move |count, _| acts[count.min(acts.len() - 1)].clone()).await
    }

    /// Does what `script` says, from the number of requests before and the request.
    pub(crate) async fn with(
        script: impl Fn(usize, &Request) -> Act + Send + Sync + 'static,
    ) -> Self {
        // Before anybody waits for an answer: it takes a while to be made.
        functiongraph_conformance::of_project().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let all_seen = Arc::new(Mutex::new(Seen::default()));
        let seen = Arc::clone(&all_seen);
        let script: Script = Arc::new(script);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                tokio::spawn(async move { serve(stream, &seen, &script).await });
            }
        });
        Self {
            address,
            seen: all_seen,
            judging: true,
        }
    }

    /// Takes requests that the document does not describe, too: for tests that send any.
    pub(crate) fn of_anything(mut self) -> Self {
        self.judging = false;
        self
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().requests.len()
    }

    /// A builder for a client of this server that waits next to nothing between attempts.
    pub(crate) fn builder(&self) -> ClientBuilder {
        builder(&self.url())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

pub(crate) fn builder(url: &str) -> ClientBuilder {
    Client::builder()
        .endpoint(url)
        .project_id(PROJECT)
        .token("t0ken")
        .retries(RetryPolicy::new().first_delay(Duration::from_millis(1)))
}

/// The address of nobody: one that was just free.
pub(crate) async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

async fn serve(mut stream: TcpStream, seen: &Mutex<Seen>, script: &Script) -> Option<()> {
    let mut bytes = Vec::new();
    let request = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(request) = read(&bytes) {
            break request;
        }
    };
    let act = {
        let mut seen = seen.lock().unwrap();
        seen.problems.extend(request.problems());
        seen.requests.push(request.clone());
        script(seen.requests.len() - 1, &request)
    };
    match act {
        Act::Answer(answer) => {
            let mut text = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
            for (name, value) in &answer.headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
            stream.write_all(text.as_bytes()).await.ok()?;
            stream.write_all(&answer.body).await.ok()?;
            stream.shutdown().await.ok()?;
        }
        Act::Bytes(text) => {
            stream.write_all(text.as_bytes()).await.ok()?;
            stream.shutdown().await.ok()?;
        }
        Act::Drip(text) => {
            stream.write_all(text.as_bytes()).await.ok()?;
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                stream.write_all(b" ").await.ok()?;
            }
        }
        Act::Reset => {
            let stream = stream.into_std().ok()?;
            socket2::SockRef::from(&stream)
                .set_linger(Some(Duration::ZERO))
                .ok()?;
        }
        Act::Close => {}
        Act::Stall => std::future::pending().await,
    }
    Some(())
}

/// The request in `bytes`, once it is all there.
fn read(bytes: &[u8]) -> Option<Request> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let mut start = lines.next()?.split(' ');
    let (method, target) = (start.next()?.to_owned(), start.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = bytes[end + 4..].to_vec();
    let request = Request {
        method,
        target,
        headers,
        body,
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    (request.body.len() >= length).then_some(request)
}
