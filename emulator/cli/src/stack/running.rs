//! Everything that runs, and how it is stopped.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use emulator_gateway::WebSocketApi;
use emulator_kafka::Triggers;
use emulator_runtime::{Pool, Services, Supervisor};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backends::Backends;
use super::ports::ServicePort;

/// How long connections, then batches, may take to end before their functions are stopped.
const DRAIN: Duration = Duration::from_secs(3);

/// Functions and services, and the API that functions post to.
pub(super) struct Processes {
    pub(super) supervisor: Arc<Supervisor>,
    pub(super) services: Arc<Services>,
    pub(super) pool: Arc<Pool>,
    pub(super) websocket: Option<WebSocketApi>,
}

pub(super) struct Stack {
    pub(super) processes: Processes,
    pub(super) triggers: Arc<Triggers>,
    pub(super) schedules: TaskTracker,
    pub(super) stop_schedules: CancellationToken,
    pub(super) front_door: JoinHandle<()>,
    pub(super) backends: Backends,
    pub(super) _ports: Vec<ServicePort>,
    pub(super) _data_lock: File,
}

impl Stack {
    pub(super) async fn shutdown(self) {
        self.stop_schedules.cancel();
        // What was not delivered in time ends with the functions' processes.
        within("the Kafka triggers", self.triggers.stop()).await;
        if let Some(websocket) = &self.processes.websocket {
            within("the WebSockets", websocket.shutdown()).await;
        }
        self.processes.pool.shutdown().await;
        self.schedules.close();
        within("the schedules", self.schedules.wait()).await;
        // After the functions that call them.
        self.processes.services.shutdown().await;
        self.processes.supervisor.finish();
        self.front_door.abort();
        within("DynamoDB", self.backends.stop()).await;
    }
}

async fn within(what: &str, end: impl Future<Output = ()>) {
    if tokio::time::timeout(DRAIN, end).await.is_err() {
        tracing::warn!("{what} did not end within {DRAIN:?} and were cut off");
    }
}
