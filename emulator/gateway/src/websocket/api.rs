//! What all connections of an API share.

use std::sync::Arc;

use emulator_runtime::Invoke;
use emulator_template::model;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::limits::Limits;
use super::rate_limit::RateLimit;
use super::registry::Registry;

pub(super) struct Api {
    pub(super) model: model::WebSocketApi,
    pub(super) invoke: Arc<dyn Invoke>,
    pub(super) limits: Limits,
    pub(super) rate_limit: RateLimit,
    pub(super) registry: Registry,
    /// One task per connection, until its `$disconnect` is done.
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    pub(super) management_stop: CancellationToken,
}

impl Api {
    pub(super) fn new(model: model::WebSocketApi, invoke: Arc<dyn Invoke>, limits: Limits) -> Self {
        Self {
            model,
            invoke,
            rate_limit: RateLimit::new(limits.connections_per_second),
            limits,
            registry: Registry::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            management_stop: CancellationToken::new(),
        }
    }
}
