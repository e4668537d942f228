//! Counting tests by what the runners print: cargo-nextest's summary, and the result line that
//! every test program of `cargo test` closes with.

use std::process::ExitStatus;

use super::Tally;

/// What runs the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// cargo-nextest: one summary for all.
    Nextest,
    /// `cargo test`: a result line for each test program.
    Libtest,
}

/// Adds up what a runner prints.
#[derive(Debug)]
pub(super) struct Counts {
    runner: Runner,
    summaries: u64,
    tally: Tally,
    /// How the names of tests begin that another step runs.
    elsewhere: &'static [&'static str],
}

impl Counts {
    pub(super) fn new(runner: Runner) -> Self {
        Self {
            runner,
            summaries: 0,
            tally: Tally::default(),
            elsewhere: &[],
        }
    }

    /// Tests whose names begin so are ignored here, and counted by a step of their own.
    pub(super) fn without(mut self, names: &'static [&'static str]) -> Self {
        self.elsewhere = names;
        self
    }

    /// Takes a line of output, without colours.
    pub(super) fn line(&mut self, line: &str) {
        match self.runner {
            Runner::Nextest => self.nextest(line),
            Runner::Libtest => self.libtest(line),
        }
    }

    /// What was counted. A runner that failed without saying how counts as one failure, and so
    /// does one that claims success without a summary: it has tested nothing.
    pub(super) fn finish(mut self, status: ExitStatus, line: &str) -> Tally {
        let skipped = self.tally.left_out.len();
        let elsewhere = |name: &str| {
            let begins = |module: &&str| name.split(' ').any(|word| word.starts_with(*module));
            self.elsewhere.iter().any(begins)
        };
        self.tally.left_out.retain(|name| !elsewhere(name));
        let counted = skipped - self.tally.left_out.len();
        self.tally.skipped = self.tally.skipped.saturating_sub(counted as u64);
        if status.success() && self.summaries == 0 {
            self.tally.failed += 1;
            self.tally
                .findings
                .push(format!("`{line}` printed no summary: no test was counted"));
        } else if !status.success() && self.tally.failed == 0 {
            self.tally.failed += 1;
            self.tally
                .findings
                .push(format!("`{line}` failed; its errors stand above"));
        }
        self.tally
    }

    /// Whether a summary was seen, so that the tests ran at all.
    pub(super) fn complete(&self) -> bool {
        self.summaries > 0
    }

    /// `Summary [   1.5s] 3/4 tests run: 1 passed (1 slow), 1 failed, 1 timed out, 2 skipped`, and
    /// after it a line for every test that failed; a line `SKIP […] name` for one left out.
    fn nextest(&mut self, line: &str) {
        let line = line.trim();
        if let Some((_, name)) = line
            .strip_prefix("SKIP [")
            .and_then(|rest| rest.split_once(") "))
        {
            self.tally.left_out.push(name.to_owned());
            return;
        }
        if self.summaries > 0 {
            if FAILURES.iter().any(|word| line.starts_with(word)) {
                self.tally.findings.push(line.to_owned());
            }
            return;
        }
        let Some(text) = line
            .strip_prefix("Summary [")
            .and_then(|rest| rest.split_once("] "))
            .map(|(_, text)| text)
        else {
            return;
        };
        let Some((run, counts)) = text
            .split_once(" tests run: ")
            .or_else(|| text.split_once(" test run: "))
        else {
            return;
        };
        self.summaries += 1;
        for part in without_brackets(counts).split(", ") {
            let Some((number, word)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.tally.passed += number,
                "skipped" => self.tally.skipped += number,
                // "failed", "exec failed", "timed out" and what later editions may add.
                _ => self.tally.failed += number,
            }
        }
        // "3/4 tests run": the run was broken off.
        if let Some((done, all)) = run.split_once('/')
            && let (Ok(done), Ok(all)) = (done.parse::<u64>(), all.parse::<u64>())
        {
            let left = all.saturating_sub(done);
            self.tally.failed += left;
            self.tally
                .findings
                .push(format!("{left} tests were not run: the run was broken off"));
        }
    }

    /// `test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; …`, and
    /// before it a line for every test.
    fn libtest(&mut self, line: &str) {
        if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.tally.findings.push(format!("FAIL {name}"));
            return;
        }
        // `test name ... ignored, reason`
        if let Some((name, reason)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... ignored"))
        {
            self.tally.left_out.push(format!("{name}{reason}"));
            return;
        }
        let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        self.summaries += 1;
        for part in counts.split("; ") {
            let Some((number, word)) = part.split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.tally.passed += number,
                "failed" => self.tally.failed += number,
                "ignored" | "filtered out" => self.tally.skipped += number,
                _ => {}
            }
        }
    }
}

/// How nextest's lines about a failed test begin.
const FAILURES: [&str; 5] = ["FAIL ", "TIMEOUT ", "SIG", "XFAIL", "ABORT "];

/// A text without what stands in round brackets.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn count(runner: Runner, output: &str, code: i32) -> Tally {
        let mut counts = Counts::new(runner);
        for line in output.lines() {
            counts.line(line);
        }
        counts.finish(ExitStatus::from_raw(code << 8), "cargo the-runner")
    }

    fn numbers(tally: &Tally) -> (u64, u64, u64) {
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn nextest_success() {
        let output = "
    Starting 12 tests across 3 binaries (1 test skipped)
        SKIP [         ] (───) a tests::slow
        PASS [   0.004s] (1/12) a tests::b
────────────
     Summary [   0.123s] 12 tests run: 12 passed, 1 skipped";
        let tally = count(Runner::Nextest, output, 0);
        assert_eq!(numbers(&tally), (12, 0, 1));
        assert!(tally.findings.is_empty());
        assert_eq!(tally.left_out, ["a tests::slow"]);
    }

    #[test]
    fn nextest_a_single_test() {
        let tally = count(
            Runner::Nextest,
            "     Summary [   0.1s] 1 test run: 1 passed, 0 skipped",
            0,
        );
        assert_eq!(numbers(&tally), (1, 0, 0));
    }

    #[test]
    fn nextest_failures_of_every_kind_are_named() {
        let output = "
        FAIL [   0.104s] (2/9) a tests::fails
     Summary [  61.105s] 9 tests run: 5 passed (1 slow, 1 flaky, 1 leaky), 2 failed, 1 exec failed, 1 timed out (1 leaky), 4 skipped
        FAIL [   0.104s] (2/9) a tests::fails
     SIGABRT [   0.104s] (3/9) a tests::aborts
     TIMEOUT [  60.104s] (4/9) a tests::hangs
error: test run failed";
        let tally = count(Runner::Nextest, output, 100);
        assert_eq!(numbers(&tally), (5, 4, 4));
        assert_eq!(tally.findings.len(), 3);
        assert!(tally.findings[0].ends_with("a tests::fails"));
    }

    #[test]
    fn nextest_broken_off() {
        let tally = count(
            Runner::Nextest,
            "     Summary [   1.0s] 3/5 tests run: 2 passed, 1 failed, 0 skipped",
            100,
        );
        assert_eq!(numbers(&tally), (2, 3, 0));
    }

    #[test]
    fn libtest_adds_up_its_programs() {
        let output = "
running 3 tests
test tests::fails ... FAILED
test tests::works ... ok
test tests::slow ... ignored, takes an hour

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.07s
test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.00s";
        let tally = count(Runner::Libtest, output, 101);
        assert_eq!(numbers(&tally), (5, 1, 3));
        assert_eq!(tally.findings, ["FAIL tests::fails"]);
        assert_eq!(tally.left_out, ["tests::slow, takes an hour"]);
    }

    #[test]
    fn tests_of_another_step_are_not_counted_as_skipped() {
        for (runner, output) in [
            (
                Runner::Nextest,
                "        SKIP [         ] (───) a::b keystone::one
        SKIP [         ] (───) a::b keystone::two
        SKIP [         ] (───) a::b other::keystone::three
     Summary [   0.123s] 12 tests run: 12 passed, 3 skipped",
            ),
            (
                Runner::Libtest,
                "test keystone::one ... ignored, needs one
test keystone::two ... ignored
test other::keystone::three ... ignored
test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            ),
        ] {
            let mut counts = Counts::new(runner).without(&["keystone::"]);
            for line in output.lines() {
                counts.line(line);
            }
            let tally = counts.finish(ExitStatus::from_raw(0), "cargo the-runner");
            assert_eq!(numbers(&tally), (12, 0, 1));
            assert_eq!(tally.left_out.len(), 1);
        }
    }

    #[test]
    fn a_failure_before_any_test_counts() {
        for runner in [Runner::Nextest, Runner::Libtest] {
            let tally = count(runner, "error[E0425]: cannot find value `x`", 101);
            assert_eq!(numbers(&tally), (0, 1, 0));
            assert_eq!(
                tally.findings,
                ["`cargo the-runner` failed; its errors stand above"]
            );
        }
    }

    #[test]
    fn a_crash_after_passed_tests_counts() {
        let output = "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
error: test failed, to rerun pass `--lib`";
        assert_eq!(numbers(&count(Runner::Libtest, output, 101)), (4, 1, 0));
    }

    #[test]
    fn success_without_a_summary_is_a_failure() {
        for runner in [Runner::Nextest, Runner::Libtest] {
            assert_eq!(numbers(&count(runner, "", 0)), (0, 1, 0));
        }
    }

    #[test]
    fn what_a_test_prints_is_not_mistaken() {
        let output = "    test result: ok. 9 passed; 0 failed
the test result: ok. 9 passed
test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(numbers(&count(Runner::Libtest, output, 0)), (1, 0, 0));
    }
}
