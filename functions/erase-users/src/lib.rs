//! The Lambda function that finishes the erasure of deleted users: started by a schedule each minute.
//!
//! `delete-me` erases what it can while its caller waits. What it had no time for, what failed, and what others
//! wrote who had found the user in existence is erased here.

use app::users::{EraseUsers, ErasureReport};
use lambda_runtime::{Context, Error};
use serde::Serialize;
use serde::de::IgnoredAny;

/// What an invocation came to, in users.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Of whom nothing is left.
    finished: usize,
    /// Who are to be erased again by the next invocation.
    waiting: usize,
}

/// Erases who was deleted.
///
/// # Errors
/// If it can't be told who was deleted, or somebody could not be erased, so that the failure is counted as
/// one of the function. The next invocation tries again.
pub async fn handle(erase: &EraseUsers, _: IgnoredAny, context: &Context) -> Result<Answer, Error> {
    answer(erase.run(context.deadline).await?)
}

fn answer(report: ErasureReport) -> Result<Answer, Error> {
    let ErasureReport {
        finished,
        waiting,
        failed,
    } = report;
    if failed > 0 {
        return Err(format!("{failed} deleted users could not be erased: the log says why").into());
    }
    Ok(Answer { finished, waiting })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_how_many_are_done_and_how_many_are_not() {
        let report = ErasureReport {
            finished: 2,
            waiting: 1,
            failed: 0,
        };
        let answer = answer(report).unwrap();
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"finished":2,"waiting":1}"#
        );
    }

    #[test]
    fn an_erasure_that_failed_fails_the_invocation() {
        let report = ErasureReport {
            finished: 2,
            waiting: 0,
            failed: 1,
        };
        let error = answer(report).unwrap_err().to_string();
        assert!(error.starts_with("1 deleted users"), "{error}");
    }
}
