//! Settings of the service.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::domain::Rules;

/// Settings of the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Rules of publishing.
    pub rules: Rules,
    /// Bounds on requests and connections.
    pub limits: Limits,
    /// Who is let in.
    pub auth: crate::auth::Settings,
}

/// Bounds on requests and connections.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The greatest size of a request body in bytes; larger ones are answered 413.
    pub body_bytes: usize,
    /// The greatest size of a request's header section in bytes, names and values together; larger
    /// ones are answered 431. Up to [`Limits::MAX_HEADER_BYTES`].
    pub header_bytes: usize,
    /// The greatest number of header fields; more are answered 431. Up to [`Limits::MAX_HEADERS`].
    pub headers: usize,
    /// The greatest number of connections. Some more are taken to be answered 503 and closed;
    /// beyond those, connections wait to be accepted.
    pub connections: usize,
    /// The greatest number of requests that are served at once; others are answered 503.
    pub requests: usize,
    /// How many requests one caller may make; without, as many as it likes.
    pub rate: Option<Rate>,
    /// How long a connection may take to send a request's head, from its first moment or from the
    /// end of the request before; it is closed then. So it is also how long an idle connection is
    /// kept, and how long a TLS handshake may take.
    pub head_timeout: Duration,
    /// How long a request may take from its head to its answer; one whose body did not arrive by
    /// then is answered 408, any other 503.
    pub request_timeout: Duration,
    /// How long a connection may go without taking any of what is sent to it; it is closed then.
    pub write_timeout: Duration,
    /// How long requests that are in flight may take to finish when the service shuts down.
    pub shutdown_timeout: Duration,
}

/// How many requests one caller may make. A caller is a credential; whoever has none is known by
/// address, all of an IPv6 network of 64 bits being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, in the long run; more are answered 429.
    pub per_second: NonZeroU32,
    /// Requests that may come at once after a pause.
    pub burst: NonZeroU32,
}

impl Limits {
    /// As far as a header section is read at all: beyond, the connection ends with a bare 431.
    pub const MAX_HEADER_BYTES: usize = 192 * 1024;

    /// As many header fields as are read at all: beyond, the connection ends with a bare 431.
    pub const MAX_HEADERS: usize = 512;
}

impl Default for Limits {
    /// 1 MiB of body, 100 header fields of 32 KiB together (tokens of the vendor's IAM have some
    /// kilobytes), 4096 connections with 1024 requests at once and no limit on one caller, 30
    /// seconds for a head, a request or a caller who does not read, 10 seconds to shut down.
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            header_bytes: 32 * 1024,
            headers: 100,
            connections: 4096,
            requests: 1024,
            rate: None,
            head_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}
