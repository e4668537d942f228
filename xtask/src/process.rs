//! Running other programs: what is run is shown, its output is passed on as it comes, and a
//! failure names the whole command line and the exit status.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How long output is still awaited once the program itself has ended. A program that it left
/// behind may hold the pipe open for ever.
const GRACE: Duration = Duration::from_secs(2);

/// How many lines of captured output an error repeats.
const TAIL: usize = 20;

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// It could not be started.
    #[error("cannot run `{line}`: {source}")]
    Start {
        /// The command line.
        line: String,
        /// Why.
        source: io::Error,
    },
    /// Its output or its end could not be awaited.
    #[error("lost sight of `{line}`: {source}")]
    Wait {
        /// The command line.
        line: String,
        /// Why.
        source: io::Error,
    },
    /// It ran, and reported failure.
    #[error("`{line}` {status}{tail}")]
    Failed {
        /// The command line.
        line: String,
        /// How it ended, in words.
        status: String,
        /// The end of its output where that was not shown already; begins with a line break.
        tail: String,
    },
}

/// Which of its outputs a program wrote a line to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A program with its arguments, environment and folder; nothing runs until it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    program: OsString,
    args: Vec<OsString>,
    /// `None` takes a variable away.
    env: Vec<(OsString, Option<OsString>)>,
    /// Variables that don't belong to the command as one would type it.
    quiet_env: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
}

/// A program that runs in the background. It is ended when this value goes.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// A program by its name, looked up in `PATH`, or by its path.
    pub(crate) fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            quiet_env: Vec::new(),
            dir: None,
        }
    }

    /// The cargo that runs this program, or the one in `PATH`.
    ///
    /// `cargo run` describes the package that it runs in the environment. Build scripts that
    /// watch those variables (ring's does) would see them change between a run from here and one
    /// from the shell, and rebuild each time; so they are taken away.
    pub(crate) fn cargo() -> Self {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut process = Self::new(program);
        for (name, _) in std::env::vars_os() {
            if describes_a_package(&name) {
                process = process.without_env(name);
            }
        }
        process
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable of the environment.
    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Sets a variable that the printed command line leaves out.
    pub(crate) fn quiet_env(
        mut self,
        name: impl Into<OsString>,
        value: impl Into<OsString>,
    ) -> Self {
        self.quiet_env.push((name.into(), value.into()));
        self
    }

    /// Takes a variable of the environment away.
    pub(crate) fn without_env(mut self, name: impl Into<OsString>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// Sets the folder to run in.
    pub(crate) fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// The command line as one would type it, with the variables that are set for it.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        for (name, value) in &self.env {
            if let Some(value) = value {
                let _ = write!(line, "{}={} ", name.to_string_lossy(), quote(value));
            }
        }
        // The full path of a program says nothing to the reader; its name does.
        let program = Path::new(&self.program)
            .file_name()
            .unwrap_or(&self.program);
        line.push_str(&quote(program));
        for arg in &self.args {
            line.push(' ');
            line.push_str(&quote(arg));
        }
        line
    }

    /// Runs it on this program's own outputs. A failure is an error.
    pub(crate) fn run(&self) -> Result<(), ProcessError> {
        self.announce();
        let status = self
            .command()
            .status()
            .map_err(|source| self.start_error(source))?;
        self.judge(status, "")
    }

    /// Runs it, passes every line on as soon as it is written, and shows it to `observe` without
    /// colours. How the program ended is the caller's to judge.
    pub(crate) fn watch(
        &self,
        mut observe: impl FnMut(Stream, &str),
    ) -> Result<ExitStatus, ProcessError> {
        enum Event {
            Line(Stream, Vec<u8>),
            Closed,
            Ended(io::Result<ExitStatus>),
        }

        fn read(stream: Stream, pipe: impl Read, events: &mpsc::Sender<Event>) {
            let mut pipe = BufReader::new(pipe);
            loop {
                let mut line = Vec::new();
                match pipe.read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {
                        if events.send(Event::Line(stream, line)).is_err() {
                            return;
                        }
                    }
                }
            }
            let _ = events.send(Event::Closed);
        }

        self.announce();
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| self.start_error(source))?;
        let (sender, events) = mpsc::channel();
        let mut open = 0;
        if let Some(pipe) = child.stdout.take() {
            let sender = sender.clone();
            open += 1;
            std::thread::spawn(move || read(Stream::Out, pipe, &sender));
        }
        if let Some(pipe) = child.stderr.take() {
            let sender = sender.clone();
            open += 1;
            std::thread::spawn(move || read(Stream::Err, pipe, &sender));
        }
        std::thread::spawn(move || {
            let _ = sender.send(Event::Ended(child.wait()));
        });

        let mut ended = None;
        loop {
            let event = if ended.is_some() {
                match events.recv_timeout(GRACE) {
                    Ok(event) => event,
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
                }
            } else {
                match events.recv() {
                    Ok(event) => event,
                    Err(_) => break,
                }
            };
            match event {
                Event::Line(stream, line) => {
                    // A reader of ours that went away must not stop the run.
                    let _ = match stream {
                        Stream::Out => anstream::stdout().write_all(&line),
                        Stream::Err => anstream::stderr().write_all(&line),
                    };
                    let text = String::from_utf8_lossy(&line);
                    let plain = anstream::adapter::strip_str(text.trim_end()).to_string();
                    observe(stream, &plain);
                }
                Event::Closed => open -= 1,
                Event::Ended(status) => ended = Some(status),
            }
            if open == 0 && ended.is_some() {
                break;
            }
        }
        let _ = anstream::stdout().flush();
        match ended {
            Some(Ok(status)) => Ok(status),
            Some(Err(source)) => Err(self.wait_error(source)),
            None => Err(self.wait_error(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Runs it without showing anything and returns its standard output. A failure is an error
    /// with the end of what it wrote.
    pub(crate) fn read(&self) -> Result<String, ProcessError> {
        let (status, out, err) = self.capture()?;
        self.judge(status, if err.trim().is_empty() { &out } else { &err })?;
        Ok(out)
    }

    /// Runs it without showing anything, and returns how it ended and its two outputs.
    pub(crate) fn capture(&self) -> Result<(ExitStatus, String, String), ProcessError> {
        let output = self
            .command()
            .output()
            .map_err(|source| self.start_error(source))?;
        Ok((
            output.status,
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }

    /// Starts it, and waits for a line on its standard output that says it is ready: one for which
    /// `ready` has an answer. It ends with what is returned.
    pub(crate) fn start<T>(
        &self,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Running, T), ProcessError> {
        self.announce();
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| self.start_error(source))?;
        let output = child.stdout.take();
        let mut running = Running(child);
        for line in output
            .into_iter()
            .flat_map(|out| BufReader::new(out).lines())
        {
            let line = line.map_err(|source| self.wait_error(source))?;
            if let Some(answer) = ready(&line) {
                return Ok((running, answer));
            }
        }
        let status = running.0.wait().map_err(|source| self.wait_error(source))?;
        Err(ProcessError::Failed {
            line: self.line(),
            status: format!("{} before it was ready", describe(status)),
            tail: String::new(),
        })
    }

    /// Whether it runs and reports success; shows nothing.
    pub(crate) fn succeeds(&self) -> bool {
        self.command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// An error out of how it ended, with the end of what it wrote, unless it ended well.
    pub(crate) fn judge(&self, status: ExitStatus, output: &str) -> Result<(), ProcessError> {
        if status.success() {
            return Ok(());
        }
        Err(ProcessError::Failed {
            line: self.line(),
            status: describe(status),
            tail: tail(output),
        })
    }

    /// Shows the command line. What runs without showing anything doesn't do it by itself.
    pub(crate) fn announce(&self) {
        let _ = writeln!(anstream::stderr(), "\x1b[2m$ {}\x1b[0m", self.line());
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).stdin(Stdio::null());
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        for (name, value) in &self.quiet_env {
            command.env(name, value);
        }
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    fn start_error(&self, source: io::Error) -> ProcessError {
        ProcessError::Start {
            line: self.line(),
            source,
        }
    }

    fn wait_error(&self, source: io::Error) -> ProcessError {
        ProcessError::Wait {
            line: self.line(),
            source,
        }
    }
}

/// Whether a variable is one of those by which cargo describes the package that it runs.
fn describes_a_package(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    const PREFIXES: [&str; 3] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    const NAMES: [&str; 5] = [
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "RUST_RECURSION_COUNT",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// How a program ended, in words that continue "`cargo test` …".
fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return format!("was ended by signal {signal}");
        }
    }
    match status.code() {
        Some(code) => format!("ended with exit status {code}"),
        None => "ended without an exit status".to_owned(),
    }
}

/// The last lines of an output, as the end of an error message.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let mut text = String::new();
    for line in &lines[lines.len().saturating_sub(TAIL)..] {
        let _ = write!(text, "\n    {line}");
    }
    text
}

/// A word of a command line, in quotes where a shell would need them.
fn quote(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn shell(script: &str) -> Process {
        Process::new("sh").args(["-c", script])
    }

    #[test]
    fn a_line_can_be_pasted_into_a_shell() {
        let process = Process::new("/somewhere/bin/cargo")
            .args(["doc", "--package", "a b", "it's", ""])
            .env("RUSTDOCFLAGS", "-D warnings")
            .without_env("CARGO_PKG_NAME");
        assert_eq!(
            process.line(),
            r"RUSTDOCFLAGS='-D warnings' cargo doc --package 'a b' 'it'\''s' ''"
        );
    }

    #[test]
    fn output_is_seen_line_by_line_and_without_colours() {
        let mut seen = Vec::new();
        let status = shell(r"printf '\033[1mone\033[0m\ntwo'; printf 'three\n' >&2; exit 3")
            .watch(|stream, line| seen.push((stream, line.to_owned())))
            .unwrap();
        seen.sort_by_key(|(_, line)| line.clone());
        assert_eq!(
            seen,
            [
                (Stream::Out, "one".to_owned()),
                (Stream::Err, "three".to_owned()),
                (Stream::Out, "two".to_owned()),
            ]
        );
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_program_left_behind_does_not_hold_the_run() {
        let began = std::time::Instant::now();
        let status = shell("sleep 30 & echo done").watch(|_, _| ()).unwrap();
        assert!(status.success());
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_failure_names_the_command_and_the_status() {
        let error = shell("echo gone >&2; exit 7").read().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`sh -c 'echo gone >&2; exit 7'` ended with exit status 7\n    gone"
        );
        let error = Process::new("no-such-program-here").read().unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot run `no-such-program-here`: ")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_signal_is_named() {
        let error = shell("kill -9 $$").read().unwrap_err();
        assert!(error.to_string().ends_with("was ended by signal 9"));
    }

    #[test]
    fn only_the_end_of_a_long_output_is_repeated() {
        let output: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let text = tail(&output);
        assert_eq!(text.lines().count(), TAIL + 1);
        assert!(text.ends_with("line 99"));
    }

    #[test]
    fn the_description_of_a_package_is_not_handed_on() {
        for name in ["CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "CARGO_BIN_NAME"] {
            assert!(describes_a_package(OsStr::new(name)), "{name}");
        }
        for name in ["CARGO", "CARGO_HOME", "CARGO_TARGET_DIR", "PATH"] {
            assert!(!describes_a_package(OsStr::new(name)), "{name}");
        }
    }
}
