//! What scheduled functions answer to Lambda: nobody gets it but who invokes one by hand.

use app::ticks::{Ended, Report};
use app::users::ErasureReport;
use serde::Serialize;

/// What an invocation of `erase-users` came to, in users.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ErasedBody {
    /// Of whom nothing is left.
    finished: usize,
    /// Who are to be erased again by the next invocation.
    waiting: usize,
}

/// Some users could not be erased: the invocation has failed, and is counted as such.
#[derive(Debug, thiserror::Error)]
#[error("{0} deleted users could not be erased, the next invocation tries again: the log says why")]
pub struct NotErased(usize);

/// What an invocation of `price-tick` came to.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct TicksBody {
    /// Ticks published and acknowledged.
    ticks: u64,
    /// `taken_over` by a later invocation, or `deadline` near.
    ended: &'static str,
}

impl TryFrom<ErasureReport> for ErasedBody {
    type Error = NotErased;

    fn try_from(report: ErasureReport) -> Result<Self, NotErased> {
        let ErasureReport {
            finished,
            waiting,
            failed,
        } = report;
        match failed {
            0 => Ok(Self { finished, waiting }),
            failed => Err(NotErased(failed)),
        }
    }
}

impl From<Report> for TicksBody {
    fn from(report: Report) -> Self {
        let ended = match report.ended {
            Ended::TakenOver => "taken_over",
            Ended::Deadline => "deadline",
        };
        Self {
            ticks: report.ticks,
            ended,
        }
    }
}

#[cfg(test)]
mod tests;
