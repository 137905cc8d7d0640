//! What a client does on its connection: authenticate, subscribe, unsubscribe, list, ping.

mod connect;
mod join;
mod pace;
mod past;
mod receive;
mod replies;
mod request_error;
mod roster;
mod subscribe;
mod subscriber;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use pace::{Pace, pace};
pub(crate) use replies::{Replies, ReplyFrames, send_frames};
pub(crate) use request_error::RequestError;
pub use subscriber::MarketAccess;
pub(crate) use subscriber::Subscriber;

pub use crate::connection::{Authentication, Connection, NewConnection, Protocol};
pub use crate::event::{Replay, TickPrices};
pub use crate::limits::*;
pub use crate::refusal::Refusal;
pub use crate::reply::Reply;
pub use crate::subscription::{Added, Subscription, SubscriptionId, SubscriptionRequest, Watch};
pub use connect::OpenConnection;
pub use receive::{Request, Session};
pub use roster::{FindUsers, Roster};
