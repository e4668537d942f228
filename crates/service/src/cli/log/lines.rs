//! Lines on their way to stderr.
//!
//! A request does not wait for whoever reads the log: its lines go into a buffer, which a thread
//! empties. Should the reader be so slow that the buffer is full, lines are lost; how many is
//! counted, and told in the log and the metrics.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use metrics::counter;
use tracing_subscriber::fmt::MakeWriter;

use crate::monitoring::LOG_LINES_LOST;

/// How much may wait, in bytes.
const CAPACITY: usize = 4 << 20;

/// How long the thread lets lines gather: writing many at once costs hardly more than writing one.
const GATHER: Duration = Duration::from_millis(2);

/// How long the end of the process waits for a reader that does not read.
const FAREWELL: Duration = Duration::from_secs(2);

/// The way to stderr. What is in the buffer is written when it is dropped.
#[derive(Debug)]
pub(in crate::cli) struct Lines(Arc<Shared>);

/// Puts lines into the buffer.
#[derive(Clone, Debug)]
pub(in crate::cli) struct LineWriter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// There is something to write, or nothing any more.
    filled: Condvar,
    /// All was written.
    emptied: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    lost: u64,
    writing: bool,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// Starts the thread.
    pub(super) fn to(output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        thread::Builder::new()
            .name("log".into())
            .spawn(move || write(&of_thread, output))?;
        Ok(Self(shared))
    }

    pub(super) fn writer(&self) -> LineWriter {
        LineWriter(Arc::clone(&self.0))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.closed = true;
        self.0.filled.notify_all();
        let waits = |state: &mut State| state.writing || !state.waiting.is_empty();
        let waited = self.0.emptied.wait_timeout_while(state, FAREWELL, waits);
        // What is not written by now is lost with the process.
        drop(waited);
    }
}

fn write(shared: &Shared, mut output: impl Write) {
    let mut lines = Vec::new();
    loop {
        let mut state = shared.state();
        while state.waiting.is_empty() && state.lost == 0 {
            if state.closed {
                return;
            }
            state = shared
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closed {
            drop(state);
            thread::sleep(GATHER);
            state = shared.state();
        }
        mem::swap(&mut state.waiting, &mut lines);
        let lost = mem::take(&mut state.lost);
        state.writing = true;
        drop(state);
        if lost > 0 {
            lines.extend(
                format!(
                    "{lost} lines of the log were lost here: stderr did not take them in time\n"
                )
                .bytes(),
            );
        }
        // Where stderr cannot be written to there is nowhere to say so.
        drop(output.write_all(&lines).and_then(|()| output.flush()));
        lines.clear();
        // One long wait does not keep its room for ever.
        lines.shrink_to(64 * 1024);
        shared.state().writing = false;
        shared.emptied.notify_all();
    }
}

impl Write for LineWriter {
    /// Takes all of it, or counts it as lost.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        if state.waiting.len() + line.len() > CAPACITY {
            state.lost += 1;
            drop(state);
            counter!(LOG_LINES_LOST).increment(1);
        } else {
            let first = state.waiting.is_empty();
            state.waiting.extend_from_slice(line);
            drop(state);
            if first {
                self.0.filled.notify_one();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Writes only when it is let.
    struct Slow {
        go: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.go.recv().unwrap();
            self.written.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_arrive_in_order_and_before_the_end() {
        let (go, on_go) = channel();
        let (written, on_written) = channel();
        let lines = Lines::to(Slow { go: on_go, written }).unwrap();
        let mut writer = lines.writer();
        for number in 0..1000 {
            writeln!(writer, "{number}").unwrap();
        }
        for _ in 0..100 {
            go.send(()).unwrap();
        }
        drop(lines);
        let all: Vec<u8> = on_written.try_iter().flatten().collect();
        let wanted: String = (0..1000).map(|number| format!("{number}\n")).collect();
        assert_eq!(String::from_utf8(all).unwrap(), wanted);
    }

    #[test]
    fn what_is_too_much_is_counted_and_nobody_waits() {
        let (go, on_go) = channel();
        let (written, on_written) = channel();
        let lines = Lines::to(Slow { go: on_go, written }).unwrap();
        let mut writer = lines.writer();
        let line = [b'x'; 1024];
        let fits = CAPACITY / line.len();
        // As much again as fits in the buffer, and in the hands of the thread, and some more.
        for _ in 0..3 * fits {
            writer.write_all(&line).unwrap();
        }
        assert!(lines.0.state().waiting.len() <= CAPACITY);
        for _ in 0..100 {
            go.send(()).unwrap();
        }
        drop(lines);
        let all: Vec<u8> = on_written.try_iter().flatten().collect();
        let text = String::from_utf8(all).unwrap();
        let arrived = text.matches('x').count() / line.len();
        let lost: usize = text
            .lines()
            .filter_map(|line| {
                let line = line.trim_start_matches('x');
                line.split_once(" lines of the log were lost")?
                    .0
                    .parse::<usize>()
                    .ok()
            })
            .sum();
        assert!(lost >= fits, "{lost}");
        assert_eq!(arrived + lost, 3 * fits);
    }
}
