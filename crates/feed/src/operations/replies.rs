use async_trait::async_trait;
use domain::Tick;
use domain::market::Summary;

use crate::encode::EncodeFrames;
use crate::event::{LiveEvent, Replay, TickPrices};
use crate::execution::{ExecuteOperations, Executed};
use crate::frame::Frame;
use crate::operation::Operation;
use crate::push::PushError;
use crate::reply::Reply;
use crate::session::ReplyFrames;
use crate::subscription::SubscriptionId;

/// Shows what comes before the first live event of a subscription as results of its operation.
pub(super) struct OperationReplies<'a> {
    pub(super) execute: &'a dyn ExecuteOperations,
    pub(super) encode: &'a dyn EncodeFrames,
    pub(super) id: SubscriptionId,
    pub(super) operation: &'a Operation,
}

#[async_trait]
impl ReplyFrames for OperationReplies<'_> {
    async fn frames(&self, reply: &Reply) -> Result<Vec<Frame>, PushError> {
        let mut frames = Vec::new();
        for event in events(reply) {
            match self.execute.execute(self.operation, &event).await {
                Executed::Results(results) => {
                    let next = |result| self.encode.next(&self.id, result);
                    frames.extend(results.iter().map(next));
                }
                Executed::Impossible(errors) => {
                    let errors = String::from_utf8_lossy(&errors);
                    let error = format!("the operation can't be executed: {errors}");
                    return Err(PushError::Failed(error.into()));
                }
            }
        }
        Ok(frames)
    }
}

/// What a reply tells. The protocol has no message for an acknowledgement: its replay comes with the events.
fn events(reply: &Reply) -> Vec<LiveEvent> {
    match reply {
        Reply::Subscribed {
            replay: Some(replay),
            resume: Some(_),
            ..
        } => vec![end_of(*replay)],
        Reply::Subscribed { .. } => Vec::new(),
        Reply::Snapshot { prices, .. } => vec![prices_event(prices, prices.tick, None)],
        Reply::MarketSnapshot { summary, .. } => vec![market_event(summary, None)],
        Reply::Replayed {
            ticks,
            replay,
            more,
            ..
        } => replayed_events(ticks, *replay, *more),
        Reply::MarketReplayed {
            summaries, replay, ..
        } => {
            let event = |summary| market_event(summary, Some(*replay));
            summaries.iter().map(event).collect()
        }
        Reply::Authenticated { .. }
        | Reply::Unsubscribed { .. }
        | Reply::Subscriptions(_)
        | Reply::Pong { .. }
        | Reply::Error(_)
        | Reply::Bye(_) => unreachable!("BUG: only the raw feed replies so"),
    }
}

/// The last event of a replay always says so, though it may hold no price.
fn replayed_events(ticks: &[TickPrices], replay: Replay, more: bool) -> Vec<LiveEvent> {
    let Some((last, before)) = ticks.split_last() else {
        return if more {
            Vec::new()
        } else {
            vec![end_of(replay)]
        };
    };
    let event = |prices: &TickPrices| prices_event(prices, prices.tick, Some(replay));
    let mut events: Vec<_> = before.iter().map(event).collect();
    let resume = if more { last.tick } else { replay.to };
    events.push(prices_event(last, resume, Some(replay)));
    events
}

fn end_of(replay: Replay) -> LiveEvent {
    let nothing = TickPrices {
        tick: replay.to,
        prices: Vec::new(),
    };
    prices_event(&nothing, replay.to, Some(replay))
}

fn prices_event(prices: &TickPrices, resume: Tick, replay: Option<Replay>) -> LiveEvent {
    LiveEvent::Prices {
        prices: prices.clone(),
        resume: Some(resume),
        replay,
    }
}

fn market_event(summary: &Summary, replay: Option<Replay>) -> LiveEvent {
    LiveEvent::Market {
        summary: summary.clone(),
        replay,
    }
}
