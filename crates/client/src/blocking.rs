//! The same client for programs without an asynchronous runtime.
//!
//! ```no_run
//! use functiongraph_client::{Client, blocking};
//!
//! let client = Client::builder().region("cn-north-4").from_env().build()?;
//! let client = blocking::Client::new(client)?;
//! let function = client.function("default:test");
//! let version = function.publish(|publish| publish.version("v1"))?;
//! println!("{}", version.version);
//! for version in function.versions() {
//!     println!("{}", version?.version);
//! }
//! # Ok::<(), functiongraph_client::Error>(())
//! ```
//!
//! A client has a thread of its own, on which the connections live that it makes. Its methods block the thread
//! that calls them. In asynchronous code that blocks everything else on the thread, too: use the
//! asynchronous client there, or `tokio::task::spawn_blocking`.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread;

use functiongraph_types::{FunctionVersion, FunctionVersionPage};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind};
use crate::{Function as AsyncFunction, IntoFunctionUrn, Pages, Publish, Response, Versions};

/// A client whose calls block. Cheap to clone; clones share the thread and the connections.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    driver: Arc<Driver>,
}

/// What runs the asynchronous client: a thread with a runtime, until this is dropped. That may be
/// anywhere, where tokio's own runtime panics in asynchronous code.
struct Driver {
    runtime: Handle,
    /// Ends the thread when it goes.
    _running: oneshot::Sender<()>,
}

impl Driver {
    fn start() -> io::Result<Self> {
        let (running, gone) = oneshot::channel::<()>();
        let (made, runtime) = mpsc::channel();
        // Made where it also ends: it must not be dropped in asynchronous code.
        thread::Builder::new()
            .name("functiongraph-client".to_owned())
            .spawn(
                move || match Builder::new_current_thread().enable_all().build() {
                    Err(error) => drop(made.send(Err(error))),
                    Ok(runtime) => {
                        drop(made.send(Ok(runtime.handle().clone())));
                        // Nothing is ever sent: it ends when the other side goes.
                        drop(runtime.block_on(gone));
                        runtime.shutdown_background();
                    }
                },
            )?;
        Ok(Self {
            runtime: runtime.recv().map_err(io::Error::other)??,
            _running: running,
        })
    }

    fn run<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        // Not by the runtime's own way of waiting, which panics wherever another runtime is, also
        // where that allows waiting. Its thread does what `work` waits for all the same.
        let _entered = self.runtime.enter();
        // Within a task of another runtime, that one's budget would end without ever being renewed.
        pollster::block_on(tokio::task::unconstrained(work))
    }
}

impl Client {
    /// A blocking client with everything that `client` was built with.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] when the system gives no thread.
    pub fn new(client: crate::Client) -> Result<Self, Error> {
        let driver = Driver::start().map_err(|error| {
            let what = format!("there is no thread for the blocking client: {error}");
            Error::new(ErrorKind::Configuration, what).with_cause(error)
        })?;
        Ok(Self {
            client,
            driver: Arc::new(driver),
        })
    }

    /// A function of this client; see [`Client::function`](crate::Client::function).
    pub fn function(&self, urn: impl IntoFunctionUrn) -> Function {
        Function {
            function: self.client.function(urn),
            driver: Arc::clone(&self.driver),
        }
    }

    /// Carries out a call of the asynchronous client, such as one of the generated operations.
    ///
    /// # Errors
    ///
    /// The call's own.
    pub fn run<T>(
        &self,
        call: impl AsyncFnOnce(&crate::Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.driver.run(call(&self.client))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(formatter)
    }
}

/// A function of a blocking client.
#[derive(Clone)]
#[must_use]
pub struct Function {
    function: AsyncFunction,
    driver: Arc<Driver>,
}

impl Function {
    /// Another project than the client's, for this function.
    pub fn project_id(mut self, project_id: impl AsRef<str>) -> Self {
        self.function = self.function.project_id(project_id);
        self
    }

    /// Publishes the working copy as a new version, as `with` puts it together.
    ///
    /// # Errors
    ///
    /// As [`Publish::send`].
    pub fn publish(
        &self,
        with: impl FnOnce(Publish) -> Publish,
    ) -> Result<Response<FunctionVersion>, Error> {
        self.driver.run(with(self.function.publish()).send())
    }

    /// All versions, the working copy first, page by page as they are asked for.
    pub fn versions(&self) -> Iter<Versions> {
        self.versions_with(|versions| versions)
    }

    /// The same with the stream's settings, such as [`Versions::page_size`].
    pub fn versions_with(&self, with: impl FnOnce(Versions) -> Versions) -> Iter<Versions> {
        Iter {
            stream: with(self.function.versions()),
            driver: Arc::clone(&self.driver),
            ended: false,
        }
    }

    /// The pages of the list, as whole answers.
    pub fn pages(&self, with: impl FnOnce(Versions) -> Versions) -> Iter<Pages> {
        Iter {
            stream: with(self.function.versions()).pages(),
            driver: Arc::clone(&self.driver),
            ended: false,
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.function.fmt(formatter)
    }
}

/// An iterator over what a stream of the asynchronous client gives.
#[must_use = "nothing is sent before the iterator is read"]
pub struct Iter<S> {
    stream: S,
    driver: Arc<Driver>,
    /// Whether an error has ended it.
    ended: bool,
}

impl<S> Iter<S> {
    fn step<T>(
        &mut self,
        next: impl AsyncFnOnce(&mut S) -> Option<Result<T, Error>>,
    ) -> Option<Result<T, Error>> {
        if self.ended {
            return None;
        }
        let stream = &mut self.stream;
        let step = self.driver.run(async { next(stream).await.transpose() });
        self.ended = step.is_err();
        step.transpose()
    }
}

impl Iterator for Iter<Versions> {
    type Item = Result<FunctionVersion, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(async |versions| versions.next().await)
    }
}

impl Iterator for Iter<Pages> {
    type Item = Result<Response<FunctionVersionPage>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(async |pages| pages.next().await)
    }
}

impl<S: fmt::Debug> fmt::Debug for Iter<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(formatter)
    }
}
