//! SES and SNS: what functions and services send is captured, for people and tests to read.
//!
//! The newest messages are kept, in memory. Faults can be injected: requests that are throttled, answers that get lost.

mod message;
mod query;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

pub use message::{Channel, Message};

/// How many messages are kept.
const KEPT: usize = 1_000;
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Everything that was sent.
#[derive(Debug, Default)]
pub struct Capture {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Ever captured.
    total: u64,
    /// Requests throttled by an injected fault.
    throttled: u64,
    faults: Faults,
    /// Oldest first.
    kept: VecDeque<CapturedMessage>,
}

/// Faults that are injected, for tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// So many requests are throttled, and nothing is captured.
    pub throttle: u64,
    /// After those, so many messages are captured, and their senders get an error.
    pub lose_answers: u64,
}

/// A message with what the emulator adds to it.
#[derive(Debug, Clone, Serialize)]
pub struct CapturedMessage {
    /// Counted from 1.
    pub number: u64,
    /// The id that the sender was given.
    pub message_id: String,
    /// When it came, in UTC.
    pub at: String,
    /// Which attempt of its sender it was: above 1, it is a retry.
    pub attempt: u32,
    /// The id of the first message with the same content to the same recipient.
    pub duplicate_of: Option<String>,
    /// The message.
    #[serde(flatten)]
    pub message: Message,
}

enum CaptureResult {
    Captured(String),
    AnswerLost,
    Throttled,
}

impl Capture {
    /// Answers a request of AWS's query protocol.
    pub(crate) fn answer(&self, headers: &HeaderMap, body: Result<Bytes, String>) -> Response {
        let call = match body.map(|body| query::read(&body)) {
            Ok(Ok(call)) => call,
            Ok(Err(error)) => return xml(StatusCode::BAD_REQUEST, query::refused(&error)),
            Err(error) => return xml(StatusCode::BAD_REQUEST, query::unreadable(&error)),
        };
        match self.take(call.message, attempt(headers)) {
            CaptureResult::Captured(id) => xml(StatusCode::OK, query::accepted(call.action, &id)),
            CaptureResult::AnswerLost => xml(StatusCode::INTERNAL_SERVER_ERROR, query::failed()),
            CaptureResult::Throttled => xml(StatusCode::BAD_REQUEST, query::throttled()),
        }
    }

    /// What is kept, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<CapturedMessage> {
        self.state().kept.iter().cloned().collect()
    }

    /// What is kept, oldest first, with counts of what there ever was.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        let state = self.state();
        json!({
            "total": state.total,
            "throttled": state.throttled,
            "kept_at_most": KEPT,
            "faults": state.faults,
            "messages": state.kept,
        })
    }

    /// Injects these faults from now on, in place of earlier ones.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    fn take(&self, message: Message, attempt: u32) -> CaptureResult {
        let mut state = self.state();
        if state.faults.throttle > 0 {
            state.faults.throttle -= 1;
            state.throttled += 1;
            return CaptureResult::Throttled;
        }
        let id = state.capture(message, attempt);
        if state.faults.lose_answers > 0 {
            state.faults.lose_answers -= 1;
            return CaptureResult::AnswerLost;
        }
        CaptureResult::Captured(id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics between changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps a message and gives it an id.
    fn capture(&mut self, message: Message, attempt: u32) -> String {
        let first = self
            .kept
            .iter()
            .find(|known| known.message.equals(&message));
        let duplicate_of = first.map(|first| {
            let earlier = first.duplicate_of.as_ref();
            earlier.unwrap_or(&first.message_id).clone()
        });
        let message_id = uuid::Uuid::now_v7().to_string();
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.total += 1;
        self.kept.push_back(CapturedMessage {
            number: self.total,
            message_id: message_id.clone(),
            at: now(),
            attempt,
            duplicate_of,
            message,
        });
        message_id
    }
}

/// AWS's SDKs number their attempts: `amz-sdk-request: attempt=2; max=5`.
fn attempt(headers: &HeaderMap) -> u32 {
    let header = headers.get("amz-sdk-request");
    let parts = header
        .and_then(|value| value.to_str().ok())
        .map(|text| text.split(';'));
    parts
        .into_iter()
        .flatten()
        .find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok())
        .unwrap_or(1)
}

fn now() -> String {
    let now = OffsetDateTime::now_utc().format(TIMESTAMP);
    now.expect("BUG: the clock shows a year before 10000")
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}
