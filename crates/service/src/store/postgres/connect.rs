//! Reaching the database: TLS, the pool, settings that durability rests on.

use std::fs;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresOptions;
use super::row::get;
use super::session::{Failure, Lease};
use crate::store::StoreError;
use crate::store::url::PostgresUrl;

/// A pool of connections, of which none is open yet.
pub(super) fn pool(url: &PostgresUrl, options: &PostgresOptions) -> Result<Pool, StoreError> {
    let mut config: Config = url.config().clone();
    if config.get_password().is_none()
        && let Ok(password) = std::env::var("PGPASSWORD")
    {
        config.password(password);
    }
    config
        .application_name("functiongraphd")
        .connect_timeout(options.connect_timeout)
        .tcp_user_timeout(options.timeout)
        .keepalives_idle(options.timeout);
    let manager = ManagerConfig {
        // Only whether it is open: more would cost a round trip with each use.
        recycling_method: RecyclingMethod::Fast,
    };
    let manager = match config.get_ssl_mode() {
        SslMode::Disable => Manager::from_config(config, NoTls, manager),
        _ => Manager::from_config(config, tls(url)?, manager),
    };
    Pool::builder(manager)
        .max_size(options.connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(options.wait_timeout))
        .create_timeout(Some(options.connect_timeout))
        .recycle_timeout(Some(options.connect_timeout))
        .build()
        .map_err(StoreError::internal)
}

/// TLS that checks the server's certificate, against the given roots or the system's.
fn tls(url: &PostgresUrl) -> Result<MakeRustlsConnect, StoreError> {
    let failed = |reason: String| StoreError::Denied {
        store: url.to_string(),
        reason,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(StoreError::internal)?;
    let builder = match url.root_certificates() {
        None => builder
            .with_platform_verifier()
            .map_err(StoreError::internal)?,
        Some(path) => {
            let unreadable = |cause: String| {
                failed(format!(
                    "the root certificates in {} cannot be used: {cause}",
                    path.display()
                ))
            };
            let text = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(&text) {
                certificate
                    .map_err(|error| unreadable(error.to_string()))
                    .and_then(|certificate| {
                        roots
                            .add(certificate)
                            .map_err(|error| unreadable(error.to_string()))
                    })?;
            }
            if roots.is_empty() {
                return Err(unreadable("there are none".to_owned()));
            }
            builder.with_root_certificates(roots)
        }
    };
    Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
}

/// Reads back what durability rests on.
pub(super) async fn check_settings(lease: &Lease, store: &str) -> Result<(), Failure> {
    let row = lease
        .find(
            "SELECT current_setting('synchronous_commit', true), current_setting('fsync', true),
             current_setting('full_page_writes', true), current_setting('server_encoding', true)",
            &[],
        )
        .await?;
    let Some(row) = row else {
        return Ok(());
    };
    check_durable(store, get(&row, 0)?, get(&row, 1)?)?;
    if get::<Option<&str>>(&row, 2)? == Some("off") {
        tracing::warn!(
            store,
            "full_page_writes is off: a loss of power may damage the database, unless its file system never tears a page"
        );
    }
    if let Some(encoding) = get::<Option<&str>>(&row, 3)?
        && !encoding.eq_ignore_ascii_case("UTF8")
    {
        return Err(Failure::Store(StoreError::NotAStore {
            store: store.into(),
            reason: format!("its encoding is {encoding}, and has to be UTF8"),
        }));
    }
    Ok(())
}

/// Refuses settings with which a commit is acknowledged before it is on disk. Databases that only
/// speak PostgreSQL's protocol may have no such settings.
pub(super) fn check_durable(
    store: &str,
    synchronous_commit: Option<&str>,
    fsync: Option<&str>,
) -> Result<(), StoreError> {
    for (setting, found) in [("synchronous_commit", synchronous_commit), ("fsync", fsync)] {
        if found == Some("off") {
            return Err(StoreError::NotDurable {
                store: store.into(),
                setting,
                found: "off".into(),
                wanted: "on",
            });
        }
    }
    Ok(())
}

/// Whether every host of a configuration is this machine.
pub(crate) fn is_local(config: &Config) -> bool {
    use tokio_postgres::config::Host;
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}
