//! What a client does on its connection: authenticate, subscribe, unsubscribe, list, ping.

mod connect;
mod join;
mod pace;
mod past;
mod receive;
mod replies;
mod session_error;
mod subscribe;
mod subscriber;
#[cfg(test)]
pub(crate) mod tests;
mod user_list;

pub(crate) use pace::{Pace, pace};
pub(crate) use replies::{Replies, ReplyFrames, send_frames};
pub(crate) use session_error::SessionError;
pub use subscriber::MarketAccess;
pub(crate) use subscriber::Subscriber;

pub use crate::connection::{Authentication, Connection, NewConnection, Protocol};
pub use crate::event::{Replay, TickPrices};
pub use crate::limits::*;
pub use crate::refusal::Refusal;
pub use crate::reply::Reply;
pub use crate::subscription::{Subscription, SubscriptionId, SubscriptionRequest, Watch};
pub use crate::subscriptions::Added;
pub use connect::OpenConnection;
pub use receive::{FeedMessage, Session};
pub use user_list::{FindUsers, UserList};
