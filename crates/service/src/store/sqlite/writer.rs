//! The one connection that writes, and the thread that has it.
//!
//! Everything that waits while a commit is being synced is committed together by the next one: one
//! transaction, a savepoint for each caller, one sync for all. Nobody gets an answer before that.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::connection::translate;
use crate::store::{ImportError, PublishError, StoreError};

/// How many callers one commit serves at most.
const MAX_GROUP: usize = 256;

/// How many callers may wait before others wait to get in line.
const MAX_WAITING: usize = 4096;

/// What a caller of the writer can be answered with when it is not what was asked for.
pub(super) trait Failure: From<StoreError> + Send + 'static {
    /// The store's error, unless a rule turned the caller down.
    fn of_store(&self) -> Option<&StoreError>;
}

impl Failure for StoreError {
    fn of_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl Failure for PublishError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

impl Failure for ImportError {
    fn of_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Differ(_) => None,
        }
    }
}

/// A caller's part of a transaction.
trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;

    /// Does the work. Answers whether what it wrote is to be kept; if not, with the error where the
    /// store failed.
    fn run(&mut self, connection: &Connection) -> Result<(), Option<StoreError>>;

    /// Tells the caller, once it is known whether everything was committed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Call<W, T, E> {
    work: Option<W>,
    outcome: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Job for Call<W, T, E>
where
    W: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: Failure,
{
    fn is_abandoned(&self) -> bool {
        self.caller.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> Result<(), Option<StoreError>> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        // A panic here must not end the thread, and with it all publishing.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)))
            .unwrap_or_else(|panic| Err(StoreError::internal(words(&*panic)).into()));
        let verdict = match &outcome {
            Ok(_) => Ok(()),
            Err(failure) => Err(failure.of_store().cloned()),
        };
        self.outcome = Some(outcome);
        verdict
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match committed {
            // A refusal too may rest on what others wrote in this transaction, so that it does not
            // hold when that is lost.
            Err(error) => Err(error.into()),
            Ok(()) => self
                .outcome
                .unwrap_or_else(|| Err(StoreError::Closed.into())),
        };
        // A caller who left needs no answer.
        drop(self.caller.send(answer));
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a panic: {}", text.unwrap_or("without a message"))
}

/// Hands work to the thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(path: &Path, connection: Connection) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        let path = path.to_path_buf();
        let thread = thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write(&path, &connection, receiver))
            .map_err(StoreError::internal)?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `work` in a transaction, and answers once that is committed and on disk.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let jobs = self
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or(StoreError::Closed)?;
        let (caller, answer) = oneshot::channel();
        let call = Call {
            work: Some(work),
            outcome: None,
            caller,
        };
        jobs.send(Box::new(call))
            .await
            .map_err(|_| StoreError::Closed)?;
        drop(jobs);
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Lets the thread finish what it was given, and waits for it.
    pub(super) fn close(&self) {
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // Jobs catch their panics; one outside of them has said so on stderr.
            drop(thread.join());
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn write(path: &Path, connection: &Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::new();
    while jobs.blocking_recv_many(&mut group, MAX_GROUP) > 0 {
        // Nobody would learn what became of these.
        group.retain(|job| !job.is_abandoned());
        if group.is_empty() {
            continue;
        }
        let committed = transact(path, connection, &mut group);
        if let Err(error) = &committed {
            tracing::error!(
                error = error as &dyn std::error::Error,
                callers = group.len(),
                "a transaction was not committed"
            );
        }
        for job in group.drain(..) {
            job.answer(committed.clone());
        }
    }
}

fn transact(
    path: &Path,
    connection: &Connection,
    group: &mut [Box<dyn Job>],
) -> Result<(), StoreError> {
    let committed = transact_open(path, connection, group);
    if committed.is_err() && !connection.is_autocommit() {
        // Where this fails too, the next BEGIN does, and says why.
        drop(execute(path, connection, "ROLLBACK"));
    }
    committed
}

fn transact_open(
    path: &Path,
    connection: &Connection,
    group: &mut [Box<dyn Job>],
) -> Result<(), StoreError> {
    // IMMEDIATE: a transaction that read first and then has to wait for another process's could not
    // go on, since what it read would no longer be so.
    execute(path, connection, "BEGIN IMMEDIATE")?;
    for job in group {
        execute(path, connection, "SAVEPOINT job")?;
        let verdict = job.run(connection);
        // Some errors, a full disk among them, end the whole transaction.
        if connection.is_autocommit() {
            return Err(match verdict {
                Err(Some(error)) => error,
                _ => StoreError::internal("the transaction was rolled back"),
            });
        }
        if verdict.is_err() {
            execute(path, connection, "ROLLBACK TO job")?;
        }
        execute(path, connection, "RELEASE job")?;
    }
    execute(path, connection, "COMMIT")
}

fn execute(path: &Path, connection: &Connection, statement: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(statement)
        .and_then(|mut statement| statement.execute(()))
        .map(drop)
        .map_err(|error| translate(path, error))
}
