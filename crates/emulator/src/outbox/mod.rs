//! SES and SNS: what functions and services send is captured, for people and tests to read.
//!
//! Nothing leaves the machine. The newest messages are kept, in memory. For tests, some of what comes may be throttled
//! or left without its answer.

mod query;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::{iso_8601, now_ms};
use crate::serve::{Answer, answer};

/// How many messages are kept.
const KEPT: usize = 1_000;
/// Larger than any mail that a template renders.
const MAX_REQUEST: usize = 1024 * 1024;

/// What was sent.
#[derive(Debug, Default)]
pub struct Outbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Ever captured.
    total: u64,
    /// Requests refused because a fault said so.
    throttled: u64,
    faults: Faults,
    /// Oldest first.
    kept: VecDeque<Captured>,
}

/// What is to go wrong, for tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// So many requests are refused as too many, and nothing is captured.
    pub throttle: u64,
    /// Then so many messages are captured, and their senders are told of a failure.
    pub lose_answers: u64,
}

/// How a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By email.
    Email,
    /// By text message.
    Sms,
}

/// What a message says and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// How it goes.
    pub kind: Kind,
    /// The recipient.
    pub to: String,
    /// The sender, where there is one.
    pub from: Option<String>,
    /// Of an email.
    pub subject: Option<String>,
    /// The plain text.
    pub text: Option<String>,
    /// The same in HTML.
    pub html: Option<String>,
    /// Tags of an email, attributes of a text message.
    pub attributes: IndexMap<String, String>,
}

/// A message with what the emulator adds to it.
#[derive(Debug, Clone, Serialize)]
pub struct Captured {
    /// Counted from 1.
    pub number: u64,
    /// The id that the sender was given.
    pub message_id: String,
    /// When it came, in UTC.
    pub at: String,
    /// Which attempt of its sender it was: above 1, it is a retry.
    pub attempt: u32,
    /// The id of the first message that told the same recipient the same.
    pub duplicate_of: Option<String>,
    /// The message.
    #[serde(flatten)]
    pub message: Message,
}

enum Outcome {
    Captured(String),
    AnswerLost,
    Throttled,
}

impl Outbox {
    /// Answers a request of AWS's query protocol.
    pub async fn answer(&self, request: Request<Incoming>) -> Answer {
        let attempt = attempt(request.headers());
        let body = match Limited::new(request.into_body(), MAX_REQUEST)
            .collect()
            .await
        {
            Ok(body) => body.to_bytes(),
            Err(error) => return xml(StatusCode::BAD_REQUEST, query::unreadable(&error)),
        };
        let call = match query::read(&body) {
            Ok(call) => call,
            Err(error) => return xml(StatusCode::BAD_REQUEST, query::refused(&error)),
        };
        match self.take(call.message, attempt) {
            Outcome::Captured(id) => xml(StatusCode::OK, query::accepted(call.action, &id)),
            Outcome::AnswerLost => xml(StatusCode::INTERNAL_SERVER_ERROR, query::failed()),
            Outcome::Throttled => xml(StatusCode::BAD_REQUEST, query::throttled()),
        }
    }

    /// What is kept, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Captured> {
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

    /// Says what is to go wrong from now on, instead of what was said before.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    fn take(&self, message: Message, attempt: u32) -> Outcome {
        let mut state = self.state();
        if state.faults.throttle > 0 {
            state.faults.throttle -= 1;
            state.throttled += 1;
            return Outcome::Throttled;
        }
        let id = state.capture(message, attempt);
        if state.faults.lose_answers > 0 {
            state.faults.lose_answers -= 1;
            return Outcome::AnswerLost;
        }
        Outcome::Captured(id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics between changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps a message and gives it an id.
    fn capture(&mut self, message: Message, attempt: u32) -> String {
        let first = self.kept.iter().find(|known| known.message.says(&message));
        let duplicate_of = first.map(|first| {
            let earlier = first.duplicate_of.as_ref();
            earlier.unwrap_or(&first.message_id).clone()
        });
        let message_id = uuid::Uuid::now_v7().to_string();
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.total += 1;
        self.kept.push_back(Captured {
            number: self.total,
            message_id: message_id.clone(),
            at: iso_8601(now_ms()),
            attempt,
            duplicate_of,
            message,
        });
        message_id
    }
}

impl Message {
    /// Whether its recipient reads the same in another message.
    fn says(&self, other: &Self) -> bool {
        self.to == other.to
            && self.kind == other.kind
            && self.subject == other.subject
            && self.text == other.text
            && self.html == other.html
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

fn xml(status: StatusCode, body: String) -> Answer {
    answer(status, "text/xml", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Message {
        Message {
            kind: Kind::Sms,
            to: "+4930901820".to_owned(),
            from: None,
            subject: None,
            text: Some(body.to_owned()),
            html: None,
            attributes: IndexMap::new(),
        }
    }

    fn id(outcome: Outcome) -> String {
        match outcome {
            Outcome::Captured(id) => id,
            Outcome::AnswerLost | Outcome::Throttled => panic!("not captured"),
        }
    }

    #[test]
    fn duplicates_name_the_first_of_them() {
        let outbox = Outbox::default();
        let first = id(outbox.take(text("one"), 1));
        for body in ["two", "one", "one"] {
            outbox.take(text(body), 1);
        }
        let other = Message {
            to: "+4930901821".to_owned(),
            ..text("one")
        };
        outbox.take(other, 1);
        let duplicates: Vec<_> = outbox
            .messages()
            .into_iter()
            .map(|captured| captured.duplicate_of)
            .collect();
        assert_eq!(
            duplicates,
            [None, None, Some(first.clone()), Some(first), None]
        );
    }

    #[test]
    fn only_the_newest_are_kept() {
        let outbox = Outbox::default();
        for number in 0..=KEPT {
            outbox.take(text(&number.to_string()), 1);
        }
        let messages = outbox.messages();
        assert_eq!((messages.len(), messages[0].number), (KEPT, 2));
        assert_eq!(outbox.snapshot()["total"], 1001);
    }

    #[test]
    fn faults_come_in_their_order_and_are_counted() {
        let outbox = Outbox::default();
        outbox.set_faults(Faults {
            throttle: 1,
            lose_answers: 1,
        });
        assert!(matches!(outbox.take(text("a"), 1), Outcome::Throttled));
        assert!(outbox.messages().is_empty());
        assert!(matches!(outbox.take(text("a"), 2), Outcome::AnswerLost));
        assert!(matches!(outbox.take(text("a"), 3), Outcome::Captured(_)));
        let snapshot = outbox.snapshot();
        assert_eq!(
            (&snapshot["total"], &snapshot["throttled"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(snapshot["messages"][1]["attempt"], 3);
        assert_eq!(
            snapshot["messages"][1]["duplicate_of"],
            snapshot["messages"][0]["message_id"]
        );
    }

    #[test]
    fn the_sdk_tells_its_attempts() {
        let attempt = |value: &'static str| {
            let header = ("amz-sdk-request".parse().unwrap(), value.parse().unwrap());
            attempt(&HeaderMap::from_iter([header]))
        };
        assert_eq!(attempt("attempt=2; max=5"), 2);
        assert_eq!(attempt("ttl=20260101T000000Z; attempt=3; max=5"), 3);
        assert_eq!(attempt("max=5"), 1);
    }
}
