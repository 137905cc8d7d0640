use std::sync::Arc;

use crate::clock::Clock;
use crate::connection::Connections;
use crate::encode::EncodeFrames;
use crate::progress::TrackDelivery;
use crate::push::Push;
use crate::subscriptions::Subscriptions;

/// What all of the feed needs from outside.
#[derive(Clone)]
pub struct FeedPorts {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// What is known about connections.
    pub connections: Arc<dyn Connections>,
    /// Their subscriptions, who listens to what, and the operations that are executed.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// How far prices have come.
    pub progress: Arc<dyn TrackDelivery>,
    /// How frames get to connections, and how these are closed.
    pub push: Arc<dyn Push>,
    /// The wire formats.
    pub encode: Arc<dyn EncodeFrames>,
}
