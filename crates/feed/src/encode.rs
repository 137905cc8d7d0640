use bytes::Bytes;
use domain::Tick;
use domain::market::Summary;

use crate::event::{LiveEvent, Newcomer, TickPrices};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::subscription::SubscriptionId;
use crate::violation::Violation;

/// Writes frames of both protocols: the raw feed, and `graphql-transport-ws`.
pub trait EncodeFrames: Send + Sync {
    /// Packs prices, by tick, into as few frames of the raw feed of at most [`crate::MAX_FRAME_BYTES`] as hold them. Each
    /// says from which tick a client may resume that has got it, if that is known.
    fn prices(&self, ticks: &[TickPrices], resume: Option<Tick>) -> Vec<Frame>;

    /// Packs market summaries, sorted by tick, likewise.
    fn market(&self, summaries: &[&Summary]) -> Vec<Frame>;

    /// Packs registrations, in the order given, likewise.
    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame>;

    /// An event that concerns one user alone, which their raw feeds are sent unasked; nothing for one that concerns
    /// everybody.
    fn user_event(&self, event: &LiveEvent) -> Option<Frame>;

    /// A reply of the raw feed, in as many frames as it needs.
    fn reply(&self, reply: &Reply) -> Vec<Frame>;

    /// A result of an operation. The body is made when the frame is sent, so that many frames of one large result don't
    /// fill the memory.
    fn next(&self, id: &SubscriptionId, result: &Bytes) -> Frame;

    /// That the operation can't be executed, with a list of GraphQL errors. Nothing comes after it.
    fn error(&self, id: &SubscriptionId, errors: &Bytes) -> Frame;

    /// That the operation is not known any more. Nothing comes after it.
    fn lost(&self, id: &SubscriptionId) -> Frame;

    /// That the token has expired with which the operation was subscribed to: an error, and that nothing comes after it.
    fn expired(&self, id: &SubscriptionId) -> Vec<Frame>;

    /// That an operation is refused. Nothing comes after it.
    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Frame;

    /// That all results of an operation are sent.
    fn complete(&self, id: &SubscriptionId) -> Frame;

    /// That the GraphQL connection is initialised.
    fn connection_ack(&self) -> Frame;

    /// The answer to a ping of a GraphQL client, with the payload of that, which is JSON.
    fn pong(&self, payload: Option<&str>) -> Frame;

    /// Why a GraphQL connection is closed: API Gateway lets nobody choose the code with which it closes.
    fn violation(&self, error: &MessageError<Violation>) -> Frame;
}
