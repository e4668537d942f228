//! A reference service of the FunctionGraph function version API: publish versions of functions,
//! list them, and lose nothing.
//!
//! It is the binary `functiongraphd`, and this library for whoever wants the service in a process of
//! their own: [`Service`] is the API on a [`store`], [`serve`] runs it on a listener, and [`testing`]
//! does all of it in one call.
//!
//! The rules of publishing and listing are in [`domain`], which does no I/O; what is kept is behind
//! the trait of [`store`]; [`auth`] finds out who calls; [`admin`] is what an administrator does,
//! offline on the store; [`config`] has the settings, [`monitoring`] the metrics and [`cli`] the
//! command line.

pub mod admin;
pub mod auth;
pub mod cli;
pub mod config;
pub mod domain;
mod folder;
#[rustfmt::skip]
mod generated;
mod http;
pub mod monitoring;
pub mod store;
pub mod testing;

pub use http::{Endpoint, NotReady, Service, ServiceBuilder, Tls, TlsError, serve};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
