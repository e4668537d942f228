//! A server that answers what a test says, which the real service never would.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use functiongraph_service::testing::PROJECT;
use socket2::{Domain, Socket, Type};

use crate::program::functiongraph;

/// The token that calls of [`Fake::command`] are made with.
pub(crate) const TOKEN: &str = "t0ken-of-the-caller";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = || {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            Some(line.trim_end().to_owned())
        };
        let target = line()?.split(' ').nth(1)?.to_owned();
        let mut headers = Vec::new();
        while let Some((name, value)) = line()?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self {
            target,
            headers,
            body: String::new(),
        };
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        reader.take(length).read_to_string(&mut request.body).ok()?;
        Some(request)
    }
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The connection is closed.
    Close,
}

/// An answer in JSON, with an id of the request.
pub(crate) fn answer(status: u16, body: impl ToString) -> Act {
    let id = ("x-request-id", format!("id-of-{status}"));
    Act::Answer(status, vec![id], body.to_string())
}

/// A list of versions that is all there is.
pub(crate) fn page(versions: &[serde_json::Value]) -> Act {
    let page =
        serde_json::json!({ "versions": versions, "next_marker": 0, "count": versions.len() });
    answer(200, page)
}

/// The server. It goes when the test's process does.
pub(crate) struct Fake {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// Does what `script` says, from the number of requests before and the request.
    pub(crate) fn with(script: impl Fn(usize, &Request) -> Act + Send + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), script)
    }

    /// Does the same to every request.
    pub(crate) fn always(act: Act) -> Self {
        Self::with(move |_, _| act.clone())
    }

    /// The same on a port that is there already.
    pub(crate) fn on(
        listener: TcpListener,
        script: impl Fn(usize, &Request) -> Act + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let Some(request) = Request::read(&stream) else {
                    continue;
                };
                let mut seen = seen.lock().unwrap();
                let act = script(seen.len(), &request);
                seen.push(request);
                drop(seen);
                // A program that has gone away is no failure of the test.
                drop(perform(&act, stream));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The program with the server as its service, called once each time.
    pub(crate) fn command(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = functiongraph(home);
        command
            .env("FUNCTIONGRAPH_ENDPOINT", self.url())
            .env("FUNCTIONGRAPH_TOKEN", TOKEN)
            .env("HUAWEICLOUD_SDK_PROJECT_ID", PROJECT)
            .args(arguments)
            .arg("--no-retries");
        command
    }
}

fn perform(act: &Act, mut stream: TcpStream) -> std::io::Result<()> {
    let Act::Answer(status, headers, body) = act else {
        return Ok(());
    };
    // Servers tell the time.
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    let mut text = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ndate: {now}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes())
}

/// An identity service that gives a token for a project.
pub(crate) fn identity(token: &str) -> Fake {
    let body = serde_json::json!({ "token": {
        "expires_at": "2100-01-01T00:00:00.000000Z",
        "project": { "id": PROJECT, "name": "test-1" },
    }});
    let token = ("x-subject-token", token.to_owned());
    Fake::always(Act::Answer(201, vec![token], body.to_string()))
}

/// A port that refuses connections, and that nobody else can have meanwhile.
pub(crate) struct Nobody(Socket);

impl Nobody {
    pub(crate) fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        socket.bind(&any.into()).unwrap();
        Self(socket)
    }

    pub(crate) fn url(&self) -> String {
        format!(
            "http://{}",
            self.0.local_addr().unwrap().as_socket().unwrap()
        )
    }

    /// Takes connections from now on.
    pub(crate) fn listen(self) -> TcpListener {
        self.0.listen(16).unwrap();
        self.0.into()
    }
}
