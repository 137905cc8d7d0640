//! The Lambda function that drives the ticks: started by the schedule each minute, it publishes every price
//! at every five-second boundary until the next invocation takes over.
//!
//! It reads nothing from its event: whatever starts it, and however often, the prices are the same.

use api::{close_notice, operations};
use app::ticks::{DriveTicks, Ended, Report, Words};
use bootstrap::clock::SystemClock;
use feed::Clock as _;
use lambda_runtime::{Context, Error};
use serde::Serialize;
use serde::de::IgnoredAny;

/// What an invocation came to.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Ticks published and acknowledged.
    ticks: u64,
    /// `taken_over` by a later invocation, or `deadline` near.
    ended: &'static str,
}

/// Drives the ticks until another invocation takes over or the deadline is near.
///
/// # Errors
/// If it never became ready to tick.
pub async fn handle(drive: &DriveTicks, _: IgnoredAny, context: &Context) -> Result<Answer, Error> {
    // A repeated invocation keeps its request id and is another owner nevertheless.
    let owner = format!("{}@{}", context.request_id, SystemClock.now_ms());
    let report = drive.run(&owner, context.deadline).await?;
    Ok(report.into())
}

/// What connections are told that are looked after.
#[must_use]
pub fn words() -> Words {
    Words {
        farewell: close_notice::authentication_timeout(),
        ping: operations::ping(),
    }
}

impl From<Report> for Answer {
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
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_how_many_ticks_and_why_it_ended() {
        let answer = Answer::from(Report {
            ticks: 12,
            ended: Ended::TakenOver,
        });
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"ticks":12,"ended":"taken_over"}"#
        );
        let answer = Answer::from(Report {
            ticks: 0,
            ended: Ended::Deadline,
        });
        assert_eq!(answer.ended, "deadline");
    }
}
