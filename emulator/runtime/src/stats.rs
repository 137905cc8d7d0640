//! What the status page shows of a function.

use std::sync::Mutex;
use std::time::Duration;

use emulator_template::model::Function;
use hdrhistogram::Histogram;
use serde::Serialize;

/// How an invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Failed,
    TimedOut,
    Crashed,
    Throttled,
    /// The emulator stops: counted nowhere.
    Stopped,
}

/// One function at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct FunctionStatus {
    /// Its name: that of its binary.
    pub name: String,
    /// Logical id in the template.
    pub id: String,
    /// Invocations since the start that ended, well or not.
    pub invocations: u64,
    /// Those that did not end well, for whatever reason.
    pub errors: u64,
    /// Errors because of the timeout.
    pub timeouts: u64,
    /// Errors because the process ended.
    pub crashes: u64,
    /// Invocations refused because all processes were busy. Not among the invocations.
    pub throttles: u64,
    /// Processes started.
    pub cold_starts: u64,
    /// Time from a process's start to its first request for work, the last one, in milliseconds.
    pub last_cold_start_ms: f64,
    /// Processes that hold an invocation, or start.
    pub running: usize,
    /// Processes without one.
    pub idle: usize,
    /// Callers that wait for a process.
    pub waiting: usize,
    /// How many processes it may have.
    pub concurrency: usize,
    /// Half of the invocations took no longer, in milliseconds; cold starts included.
    pub p50_ms: f64,
    /// 99 % of the invocations took no longer, in milliseconds.
    pub p99_ms: f64,
}

/// Counts of one function.
pub(crate) struct Stats(Mutex<Counts>);

struct Counts {
    ok: u64,
    failed: u64,
    timeouts: u64,
    crashes: u64,
    throttles: u64,
    cold_starts: u64,
    last_cold_start: Duration,
    /// Microseconds.
    durations: Histogram<u64>,
}

impl Default for Stats {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            ok: 0,
            failed: 0,
            timeouts: 0,
            crashes: 0,
            throttles: 0,
            cold_starts: 0,
            last_cold_start: Duration::ZERO,
            // Up to Lambda's longest timeout, to two digits: 30 KB.
            durations: Histogram::new_with_bounds(1, 900_000_000, 2)
                .expect("BUG: the bounds are in order and the digits few"),
        }))
    }
}

impl Stats {
    pub(crate) fn record(&self, outcome: Outcome, duration: Duration) {
        let mut counts = self.counts();
        match outcome {
            Outcome::Ok => counts.ok += 1,
            Outcome::Failed => counts.failed += 1,
            Outcome::TimedOut => counts.timeouts += 1,
            Outcome::Crashed => counts.crashes += 1,
            Outcome::Throttled => counts.throttles += 1,
            Outcome::Stopped => {}
        }
        if !matches!(outcome, Outcome::Throttled | Outcome::Stopped) {
            let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
            counts.durations.saturating_record(micros);
        }
    }

    pub(crate) fn cold_start(&self, duration: Duration) {
        let mut counts = self.counts();
        counts.cold_starts += 1;
        counts.last_cold_start = duration;
    }

    pub(crate) fn status(
        &self,
        function: &Function,
        processes: usize,
        idle: usize,
        waiting: usize,
    ) -> FunctionStatus {
        let counts = self.counts();
        let errors = counts.failed + counts.timeouts + counts.crashes;
        let quantile =
            |q| milliseconds(Duration::from_micros(counts.durations.value_at_quantile(q)));
        FunctionStatus {
            name: function.binary.clone(),
            id: function.id.clone(),
            invocations: counts.ok + errors,
            errors,
            timeouts: counts.timeouts,
            crashes: counts.crashes,
            throttles: counts.throttles,
            cold_starts: counts.cold_starts,
            last_cold_start_ms: milliseconds(counts.last_cold_start),
            running: processes.saturating_sub(idle),
            idle,
            waiting,
            concurrency: function.concurrency,
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
        }
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0
            .lock()
            .expect("BUG: nothing panics while it holds the counts")
    }
}

fn milliseconds(duration: Duration) -> f64 {
    // Two decimals are all that a page can use.
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}
