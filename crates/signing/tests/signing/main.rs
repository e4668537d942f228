//! Signing and verifying as a client and a service do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod authorization;
mod awkward;
mod properties;
mod time;
mod vector;

use functiongraph_signing::{
    Authorization, Presented, PresentedError, Request, SecretKey, Signer, SigningTime,
};

const ACCESS: &str = "AKIDEXAMPLE0000000001";
const SECRET: &str = "SKEXAMPLE/SecretKey+0000000000000000001";
const HOST: &str = "functiongraph.cn-north-4.myhuaweicloud.com";

/// A request that owns what it is made of.
#[derive(Clone)]
struct Message {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Message {
    fn get(path: &str) -> Self {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        Self {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query,
            headers: vec![("Host".to_owned(), HOST.into())],
            body: Vec::new(),
        }
    }

    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    fn post(mut self, body: impl AsRef<[u8]>) -> Self {
        self.method = "POST".to_owned();
        self.body = body.as_ref().to_owned();
        self
    }

    /// Calls with it as a request.
    fn request<T>(&self, call: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        call(&Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &headers,
            body: &self.body,
        })
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// The message with its signature, as it goes over the wire.
    fn signed_by(&self, signer: &Signer) -> Self {
        let signed = self.request(|request| signer.sign(request, now()).unwrap());
        let mut message = self.clone();
        for (name, value) in signed.iter() {
            message
                .headers
                .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            message = message.with(name, value);
        }
        message
    }

    fn signed(&self) -> Self {
        self.signed_by(&signer())
    }

    fn presented(&self) -> Result<Presented, PresentedError> {
        let authorization = Authorization::parse(self.values("authorization").next().unwrap());
        self.request(|request| Presented::new(authorization.unwrap(), request))
    }

    /// Whether a service that knows the key accepts it.
    fn verifies(&self) -> bool {
        self.presented()
            .is_ok_and(|presented| presented.is_signed_with(&SecretKey::new(SECRET)))
    }
}

fn signer() -> Signer {
    Signer::new(ACCESS, SecretKey::new(SECRET)).unwrap()
}

fn now() -> SigningTime {
    "20261121T120000Z".parse().unwrap()
}
