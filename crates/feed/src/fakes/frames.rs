//! Operations and frames as text that a test can read.

use async_trait::async_trait;
use bytes::Bytes;
use domain::market::Summary;
use domain::{Price, Tick, UserId};

use super::{MemoryFeed, PRICES_PER_FRAME};
use crate::encode::EncodeFrames;
use crate::event::{LiveEvent, Newcomer, TickPrices};
use crate::execution::{ExecuteOperations, Executed};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::operation::Operation;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::subscription::SubscriptionId;
use crate::violation::Violation;

#[async_trait]
impl ExecuteOperations for MemoryFeed {
    async fn execute(&self, operation: &Operation, event: &LiveEvent) -> Executed {
        let text = &operation.text;
        self.known().executed.push(text.clone());
        if text.starts_with("impossible") {
            return Executed::Impossible(Bytes::from_static(b"[]"));
        }
        let times = if text.starts_with("twice") { 2 } else { 1 };
        let result = format!("\"{text} {}\"", describe(event));
        Executed::Results(vec![result.into(); times])
    }
}

fn describe(event: &LiveEvent) -> String {
    match event {
        LiveEvent::Prices { prices, replay, .. } => {
            let each = prices.prices.iter();
            let each = each.map(|(user, price)| format!(" {user} {price}"));
            let replayed = replay.map_or("", |_| "replayed ");
            format!("{replayed}{}{}", prices.tick, each.collect::<String>())
        }
        LiveEvent::Market { summary, .. } => format!("market {}", summary.tick),
        LiveEvent::Registered(newcomer) => format!("registered {}", newcomer.user_id),
        LiveEvent::SnapshotSaved(saved) => {
            format!("saved {}@{}", saved.snapshot.id, saved.saved_at_ms)
        }
        LiveEvent::AlertFired { crossed, .. } => {
            format!("fired {} {}", crossed.tick, crossed.price)
        }
    }
}

fn lines(lines: impl Iterator<Item = String>) -> Frame {
    Frame::new(lines.collect::<String>())
}

/// A line for each price, summary, registration, event and frame of an operation; a reply by its number among
/// [`Known::replies`].
impl EncodeFrames for MemoryFeed {
    fn prices(&self, ticks: &[TickPrices], _resume: Option<Tick>) -> Vec<Frame> {
        let line = |tick: Tick, (user, price): &(UserId, Price)| format!("{tick} {user} {price}\n");
        let each = ticks.iter().flat_map(|ticks| {
            let prices = ticks.prices.iter();
            prices.map(move |price| line(ticks.tick, price))
        });
        let each: Vec<_> = each.collect();
        let frames = each.chunks(PRICES_PER_FRAME);
        frames.map(|chunk| lines(chunk.iter().cloned())).collect()
    }

    fn market(&self, summaries: &[&Summary]) -> Vec<Frame> {
        let line = |s: &&Summary| format!("{} market {}\n", s.tick, s.shareholders);
        vec![lines(summaries.iter().map(line))]
    }

    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame> {
        let line = |n: &Newcomer| format!("{} {} {}\n", n.user_id, n.name, n.opening_price);
        vec![lines(newcomers.iter().map(line))]
    }

    fn user_event(&self, event: &LiveEvent) -> Option<Frame> {
        Some(Frame::new(describe(event)))
    }

    fn reply(&self, reply: &Reply) -> Vec<Frame> {
        let mut known = self.known();
        let more = match reply {
            Reply::Error(_) | Reply::Bye(_) => 0,
            _ => known.faults.more_frames,
        };
        let mut frames = vec![Frame::new("part"); more];
        frames.push(Frame::new(format!("reply {}", known.replies.len())));
        known.replies.push(reply.clone());
        frames
    }

    fn next(&self, id: &SubscriptionId, result: &Bytes) -> Frame {
        Frame::wrapped(format!("{id} next "), result.clone(), b"\n")
    }

    fn error(&self, id: &SubscriptionId, errors: &Bytes) -> Frame {
        Frame::wrapped(format!("{id} error "), errors.clone(), b"\n")
    }

    fn lost(&self, id: &SubscriptionId) -> Frame {
        Frame::new(format!("{id} lost\n"))
    }

    fn expired(&self, id: &SubscriptionId) -> Vec<Frame> {
        vec![Frame::new(format!("{id} expired\n")), self.complete(id)]
    }

    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Frame {
        Frame::new(format!("{id} refused: {refusal}\n"))
    }

    fn complete(&self, id: &SubscriptionId) -> Frame {
        Frame::new(format!("{id} complete\n"))
    }

    fn connection_ack(&self) -> Frame {
        Frame::new("ack\n")
    }

    fn pong(&self, payload: Option<&str>) -> Frame {
        Frame::new(format!("pong {}\n", payload.unwrap_or("-")))
    }

    fn violation(&self, error: &MessageError<Violation>) -> Frame {
        let id = error.id.as_deref().unwrap_or("-");
        Frame::new(format!("{} {id}\n", error.reason.close_code()))
    }
}
