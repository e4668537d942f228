//! The table in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::run::{Outcome, Run};
use super::{Kind, Probe};
use crate::guards::Guard;

/// How many rows loop, snapshot or wire have to notice without `check`.
pub const LEAST_WITHOUT_CHECK: usize = 80;

/// The probes that have a column of their own, with its head.
const COLUMNS: [(Probe, &str); 5] = [
    (Probe::Served, "served"),
    (Probe::Schemas, "types"),
    (Probe::Canonical, "document"),
    (Probe::Surface, "surface"),
    (Probe::Wire, ""),
];

/// The rows with what noticed them, and a summary.
#[must_use]
pub fn table(run: &Run) -> String {
    let mut text = String::new();
    let id = run
        .outcomes
        .iter()
        .map(|outcome| outcome.mutant.id.len())
        .max()
        .unwrap_or_default();
    let _ = write!(
        text,
        "{:id$}  {:12}  {:10}  {:13}",
        "", "", "first to", "without check"
    );
    for (probe, _) in COLUMNS {
        let _ = write!(text, "  {:8}", probe.guard().to_string());
    }
    trimmed(&mut text);
    let _ = write!(
        text,
        "{:id$}  {:12}  {:10}  {:13}",
        "mutant", "kind", "notice", "first"
    );
    for (_, head) in COLUMNS {
        let _ = write!(text, "  {head:8}");
    }
    trimmed(&mut text);
    for outcome in &run.outcomes {
        row(&mut text, outcome, id);
    }
    text.push('\n');
    summary(&mut text, run);
    for wrong in wrong(run) {
        let _ = writeln!(text, "error: {wrong}");
    }
    text
}

fn row(text: &mut String, outcome: &Outcome, id: usize) {
    let guard =
        |probe: Option<Probe>| probe.map_or("-".to_owned(), |probe| probe.guard().to_string());
    let off = outcome.without_check();
    let _ = write!(
        text,
        "{:id$}  {:12}  {:10}  {:13}",
        outcome.mutant.id,
        outcome.mutant.kind,
        guard(outcome.first()),
        guard(off.first().copied()),
    );
    for (probe, _) in COLUMNS {
        let mark = if off.contains(&probe) { "x" } else { "" };
        let _ = write!(text, "  {mark:8}");
    }
    trimmed(text);
}

/// Ends a line without blanks.
fn trimmed(text: &mut String) {
    text.truncate(text.trim_end().len());
    text.push('\n');
}

fn summary(text: &mut String, run: &Run) {
    let (controls, mutants): (Vec<_>, Vec<_>) = run
        .outcomes
        .iter()
        .partition(|outcome| !outcome.mutant.kind.is_change());
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for outcome in &mutants {
        *kinds.entry(outcome.mutant.kind).or_default() += 1;
    }
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let _ = writeln!(text, "{} mutants: {}", mutants.len(), kinds.join(", "));

    let counted = |which: &dyn Fn(&Outcome, Guard) -> bool| {
        let guards = [
            Guard::Lint,
            Guard::Check,
            Guard::Loop,
            Guard::Snapshot,
            Guard::Wire,
        ];
        let counts = guards.map(|guard| {
            let count = mutants
                .iter()
                .filter(|outcome| which(outcome, guard))
                .count();
            (guard, count)
        });
        let shown: Vec<_> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(guard, count)| format!("{guard} {count}"))
            .collect();
        shown.join(", ")
    };
    let caught = mutants
        .iter()
        .filter(|outcome| outcome.first().is_some())
        .count();
    let first =
        counted(&|outcome, guard| outcome.first().is_some_and(|probe| probe.guard() == guard));
    let _ = writeln!(
        text,
        "with check:    {caught} noticed, {} survive; first by {first}",
        mutants.len() - caught
    );
    let guarded = without_check(run);
    let refused = mutants
        .iter()
        .filter(|outcome| outcome.first() == Some(Probe::Lint))
        .count();
    let any = counted(&|outcome, guard| {
        outcome
            .without_check()
            .iter()
            .any(|probe| probe.guard() == guard)
    });
    let _ = writeln!(
        text,
        "without check: {guarded} noticed by loop, snapshot or wire (at least {LEAST_WITHOUT_CHECK}), {refused} refused \
         by lint, {} left to check; {any}",
        mutants.len() - guarded - refused
    );
    let quiet = controls
        .iter()
        .filter(|outcome| outcome.without_check().is_empty())
        .count();
    let _ = writeln!(
        text,
        "{} controls that say the same: {quiet} unnoticed; `check` tells of those in another form, since the service \
         hands the document out as it is written",
        controls.len()
    );
    let _ = writeln!(
        text,
        "{:.1} s in memory, {:.1} s for the compiled ones",
        run.in_memory.as_secs_f64(),
        run.compiled.as_secs_f64()
    );
}

/// How many rows loop, snapshot or wire notice without `check`.
#[must_use]
pub fn without_check(run: &Run) -> usize {
    let guarded = |outcome: &&Outcome| {
        let guards = outcome.without_check();
        guards.iter().any(|probe| probe.guard() != Guard::Lint)
    };
    run.outcomes
        .iter()
        .filter(|outcome| outcome.mutant.kind.is_change())
        .filter(guarded)
        .count()
}

/// What is not as the table says; empty when all is.
#[must_use]
pub fn wrong(run: &Run) -> Vec<String> {
    run.outcomes.iter().filter_map(Outcome::wrong).collect()
}
