//! Every setting: its names, its range, and where it goes.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::auth;
use super::resolve::{Form, Resolver, Setting};
use super::value::{Choice, Number, Parsed, Switch, Text, Time};
use crate::cli::log::{Filter, LogFormat};
use crate::config::{Limits, Rate, Settings};
use crate::store::StoreUrl;

pub(super) const fn setting(
    key: &'static str,
    name: &'static str,
    value: &'static str,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        name,
        value,
        help,
        form: Form::Value,
    }
}

pub(in crate::cli) const STORE: Setting = setting(
    "store",
    "store",
    "URL",
    "The store: sqlite:PATH, one file, which is made if it is missing, \
     or postgres://USER@HOST/DATABASE",
);
const LISTEN: Setting = setting(
    "listen",
    "listen",
    "ADDR:PORT",
    "The address to listen on; port 0 takes a free one",
);
const TLS_CERTIFICATE: Setting = setting(
    "tls.certificate",
    "tls-certificate",
    "FILE",
    "Serve HTTPS with this certificate chain, a PEM file; it is read again on SIGHUP",
);
const TLS_KEY: Setting = setting(
    "tls.key",
    "tls-key",
    "FILE",
    "The certificate's private key, a PEM file",
);
const METRICS_LISTEN: Setting = setting(
    "metrics.listen",
    "metrics-listen",
    "ADDR:PORT",
    "Serve /metrics, /healthz and /readyz on an address of their own, always plain HTTP",
);
const MAX_VERSIONS: Setting = setting(
    "rules.max_versions",
    "max-versions",
    "N",
    "The greatest number of versions that a function has, `latest` included",
);
const REFUSE_UNCHANGED: Setting = Setting {
    form: Form::Switch,
    ..setting(
        "rules.refuse_unchanged",
        "refuse-unchanged",
        "BOOL",
        "Refuse to publish a function whose code and configuration did not change since its last publication",
    )
};
const MAX_BODY: Setting = setting(
    "limits.max_body",
    "max-body",
    "BYTES",
    "The greatest size of a request body, in bytes",
);
const MAX_HEADER_BYTES: Setting = setting(
    "limits.max_header_bytes",
    "max-header-bytes",
    "BYTES",
    "The greatest size of a request's header section, in bytes",
);
const MAX_HEADERS: Setting = setting(
    "limits.max_headers",
    "max-headers",
    "N",
    "The greatest number of a request's header fields",
);
const MAX_CONNECTIONS: Setting = setting(
    "limits.max_connections",
    "max-connections",
    "N",
    "The greatest number of connections",
);
const MAX_REQUESTS: Setting = setting(
    "limits.max_requests",
    "max-requests",
    "N",
    "The greatest number of requests that are served at once; others are answered 503",
);
const RATE: Setting = setting(
    "limits.rate",
    "rate",
    "N",
    "How many requests a second one caller may make; others are answered 429. 0: as many as it likes",
);
const BURST: Setting = setting(
    "limits.burst",
    "burst",
    "N",
    "How many requests one caller may make at once after a pause; as many as in a second unless given",
);
const HEAD_TIMEOUT: Setting = setting(
    "timeouts.head",
    "head-timeout",
    "TIME",
    "How long a request's head may take to come, a connection may be idle, and a TLS handshake may take",
);
const REQUEST_TIMEOUT: Setting = setting(
    "timeouts.request",
    "request-timeout",
    "TIME",
    "How long a request may take from its head to its answer",
);
const WRITE_TIMEOUT: Setting = setting(
    "timeouts.write",
    "write-timeout",
    "TIME",
    "How long a caller may take none of its answer",
);
const SHUTDOWN_TIMEOUT: Setting = setting(
    "timeouts.shutdown",
    "shutdown-timeout",
    "TIME",
    "How long requests in flight may take to finish at shutdown",
);
const LOG: Setting = setting(
    "log.filter",
    "log",
    "FILTER",
    "What is logged: a level (error, warn, info, debug, trace), or a filter such as `info,functiongraph_service=debug`",
);
const LOG_FORMAT: Setting = setting(
    "log.format",
    "log-format",
    "FORMAT",
    "How log lines, on stderr, are written: text, for people, or json, an object on each line",
);

/// Every setting, in the order in which help has them.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    ALL.iter().chain(auth::ALL)
}

const ALL: &[Setting] = &[
    STORE,
    LISTEN,
    TLS_CERTIFICATE,
    TLS_KEY,
    METRICS_LISTEN,
    MAX_VERSIONS,
    REFUSE_UNCHANGED,
    MAX_BODY,
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    MAX_CONNECTIONS,
    MAX_REQUESTS,
    RATE,
    BURST,
    HEAD_TIMEOUT,
    REQUEST_TIMEOUT,
    WRITE_TIMEOUT,
    SHUTDOWN_TIMEOUT,
    LOG,
    LOG_FORMAT,
];

/// What all of the settings come to.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Configuration {
    pub(in crate::cli) store: Option<StoreUrl>,
    pub(in crate::cli) listen: SocketAddr,
    pub(in crate::cli) tls: Option<TlsFiles>,
    pub(in crate::cli) metrics: Option<SocketAddr>,
    pub(in crate::cli) log: Filter,
    pub(in crate::cli) log_format: LogFormat,
    pub(in crate::cli) settings: Settings,
}

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub(in crate::cli) struct TlsFiles {
    pub(in crate::cli) certificate: PathBuf,
    pub(in crate::cli) key: PathBuf,
}

/// The port that is listened on unless another is named.
const PORT: u16 = 8080;

const ADDRESS: Parsed<SocketAddr> = Parsed::new("an address and a port, such as 127.0.0.1:8080");

/// Takes every setting. Where one is wrong, its default stands in until that is reported.
pub(super) fn take(from: &mut Resolver<'_>) -> Configuration {
    let store = from.optional(
        &STORE,
        &Parsed::<StoreUrl>::new("a store: sqlite:PATH or postgres://USER@HOST/DATABASE"),
    );
    let listen = from.value(&LISTEN, &ADDRESS, (Ipv4Addr::LOCALHOST, PORT).into());
    let tls = tls(from);
    let metrics = from.optional(&METRICS_LISTEN, &ADDRESS);
    let defaults = Settings::default();
    let mut settings = defaults.clone();
    settings.rules.max_versions = from.value(
        &MAX_VERSIONS,
        &Number(1..=u32::MAX.into()),
        defaults.rules.max_versions,
    );
    settings.rules.refuse_unchanged =
        from.value(&REFUSE_UNCHANGED, &Switch, defaults.rules.refuse_unchanged);
    settings.limits = limits(from, &defaults.limits);
    settings.auth = auth::take(from);
    let log = from.value(
        &LOG,
        &Parsed::<Filter>::new("a level or a filter"),
        Filter::default(),
    );
    let log_format = from.value(
        &LOG_FORMAT,
        &Choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)]),
        LogFormat::Text,
    );
    Configuration {
        store,
        listen,
        tls,
        metrics,
        log,
        log_format,
        settings,
    }
}

fn tls(from: &mut Resolver<'_>) -> Option<TlsFiles> {
    let certificate = from.path(&TLS_CERTIFICATE, &Text("the path of a file"));
    let key = from.path(&TLS_KEY, &Text("the path of a file"));
    let (there, missing) = match (certificate, key) {
        (Some(certificate), Some(key)) => return Some(TlsFiles { certificate, key }),
        (None, None) => return None,
        (Some(_), None) => (TLS_CERTIFICATE, TLS_KEY),
        (None, Some(_)) => (TLS_KEY, TLS_CERTIFICATE),
    };
    let named = from.named(&there);
    from.problem(format!(
        "{named}: {} has to be given too: TLS needs both",
        missing.key
    ));
    None
}

fn limits(from: &mut Resolver<'_>, defaults: &Limits) -> Limits {
    let mut limits = defaults.clone();
    let mut size = |setting: &Setting, least: u64, greatest: u64, default: usize| {
        let default = u64::try_from(default).unwrap_or(u64::MAX);
        let value = from.value(setting, &Number(least..=greatest), default);
        usize::try_from(value).unwrap_or(usize::MAX)
    };
    let of = |greatest: usize| u64::try_from(greatest).unwrap_or(u64::MAX);
    limits.body_bytes = size(&MAX_BODY, 1024, u32::MAX.into(), defaults.body_bytes);
    limits.header_bytes = size(
        &MAX_HEADER_BYTES,
        1024,
        of(Limits::MAX_HEADER_BYTES),
        defaults.header_bytes,
    );
    limits.headers = size(&MAX_HEADERS, 8, of(Limits::MAX_HEADERS), defaults.headers);
    limits.connections = size(&MAX_CONNECTIONS, 1, 1_000_000, defaults.connections);
    limits.requests = size(&MAX_REQUESTS, 1, 1_000_000, defaults.requests);
    let rate = size(&RATE, 0, u32::MAX.into(), 0);
    let burst = from.optional(&BURST, &Number(1..=u32::MAX.into()));
    let narrow = |number: u64| NonZeroU32::new(u32::try_from(number).unwrap_or(u32::MAX));
    limits.rate = narrow(of(rate)).map(|per_second| Rate {
        per_second,
        burst: burst.and_then(narrow).unwrap_or(per_second),
    });

    let mut time = |setting: &Setting, least: Duration, default: Duration| {
        let hour = Duration::from_secs(3600);
        from.value(setting, &Time(least..=hour), default)
    };
    let moment = Duration::from_millis(10);
    limits.head_timeout = time(&HEAD_TIMEOUT, moment, defaults.head_timeout);
    limits.request_timeout = time(&REQUEST_TIMEOUT, moment, defaults.request_timeout);
    limits.write_timeout = time(&WRITE_TIMEOUT, moment, defaults.write_timeout);
    limits.shutdown_timeout = time(&SHUTDOWN_TIMEOUT, Duration::ZERO, defaults.shutdown_timeout);
    limits
}
