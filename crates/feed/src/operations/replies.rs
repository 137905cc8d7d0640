use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::frame::Frame;
use crate::session::{
    Message, Replay, Reply, SEND_BUDGET, SendReplies, SubscriptionId, TickPrices,
};
use crate::{
    ConnectionId, EncodeOperations, ExecuteOperations, Executed, LiveEvent, Operation, PushError,
    PushMessages,
};

/// Sends what comes before the first live event of a subscription as results of its operation.
pub(super) struct OperationReplies<'a> {
    pub(super) push: &'a dyn PushMessages,
    pub(super) execute: &'a dyn ExecuteOperations,
    pub(super) encode: &'a dyn EncodeOperations,
    pub(super) id: SubscriptionId,
    pub(super) operation: &'a Operation,
    /// The replay that the acknowledgement announced: the protocol has no message for it, so its events carry it.
    pub(super) replay: Mutex<Option<Replay>>,
}

impl OperationReplies<'_> {
    async fn frames(&self, reply: &Reply) -> Result<Vec<Frame>, PushError> {
        let mut frames = Vec::new();
        for event in self.events(reply) {
            match self.execute.execute(self.operation, &event).await {
                Executed::Results(results) => {
                    let next = |result| self.encode.next(&self.id, result);
                    frames.extend(results.iter().map(next));
                }
                Executed::Impossible(errors) => {
                    let errors = String::from_utf8_lossy(&errors).into_owned();
                    return Err(PushError::Failed(
                        format!("the operation can't be executed: {errors}").into(),
                    ));
                }
            }
        }
        Ok(frames)
    }

    fn events(&self, reply: &Reply) -> Vec<LiveEvent> {
        match reply {
            Reply::Subscribed { replay, .. } => {
                *self.replay.lock().unwrap_or_else(PoisonError::into_inner) = *replay;
                Vec::new()
            }
            Reply::Snapshot { prices, .. } => vec![prices_event(prices, None)],
            Reply::MarketSnapshot { summary, .. } => vec![LiveEvent::Market {
                summary: summary.clone(),
                replay: None,
            }],
            Reply::Replayed { ticks, .. } => {
                let replay = self.replay();
                let event = |prices| prices_event(prices, replay);
                ticks.iter().map(event).collect()
            }
            Reply::MarketReplayed { summaries, .. } => {
                let replay = self.replay();
                let event = |summary: &domain::market::Summary| LiveEvent::Market {
                    summary: summary.clone(),
                    replay,
                };
                summaries.iter().map(event).collect()
            }
            Reply::Authenticated { .. }
            | Reply::Unsubscribed { .. }
            | Reply::Subscriptions(_)
            | Reply::Pong { .. }
            | Reply::Refused(_)
            | Reply::Bye(_) => unreachable!("BUG: only the raw feed replies so"),
        }
    }

    fn replay(&self) -> Option<Replay> {
        *self.replay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn post(&self, connection: &ConnectionId, frames: &[Frame]) -> Result<(), PushError> {
        for frame in frames {
            let body = frame.body();
            self.push.push(connection, &body, SEND_BUDGET).await?;
        }
        Ok(())
    }
}

fn prices_event(prices: &TickPrices, replay: Option<Replay>) -> LiveEvent {
    LiveEvent::Prices {
        prices: prices.clone(),
        replay,
    }
}

/// A frame as a message.
pub(super) fn message(frame: &Frame) -> Message {
    Message(String::from_utf8_lossy(&frame.body()).into_owned())
}

#[async_trait]
impl SendReplies for OperationReplies<'_> {
    async fn send(&self, connection: &ConnectionId, reply: &Reply) -> Result<(), PushError> {
        let frames = self.frames(reply).await?;
        self.post(connection, &frames).await
    }

    async fn send_all_but_last(
        &self,
        connection: &ConnectionId,
        reply: &Reply,
    ) -> Result<Option<Message>, PushError> {
        let frames = self.frames(reply).await?;
        let Some((last, before)) = frames.split_last() else {
            return Ok(None);
        };
        self.post(connection, before).await?;
        Ok(Some(message(last)))
    }

    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError> {
        self.push.disconnect(connection).await
    }
}
