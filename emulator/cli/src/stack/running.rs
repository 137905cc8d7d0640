//! Everything that runs, and how it is stopped.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use emulator_gateway::WebSocketApi;
use emulator_kafka::Triggers;
use emulator_runtime::{Pool, Services, Supervisor};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backends::Backends;
use super::ports::ServicePort;
use crate::display;
use crate::front_door::FrontDoor;

/// How long requests, connections and other work may take to end before it is cut off.
const DRAIN: Duration = Duration::from_secs(3);
/// How long records that the embedded broker has acknowledged may take to be delivered.
const DELIVERY: Duration = Duration::from_secs(15);
/// Between two looks at what is left.
const LOOK: Duration = Duration::from_millis(50);

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
    /// The functions that only schedules invoke.
    pub(super) scheduled: Vec<String>,
    pub(super) front_door: FrontDoor,
    pub(super) backends: Backends,
    pub(super) _ports: Vec<ServicePort>,
    pub(super) _data_lock: File,
}

impl Stack {
    /// First what produces ends, then what was acknowledged is delivered, then the rest ends.
    pub(super) async fn shutdown(&self) {
        self.stop_schedules.cancel();
        within("the requests", self.front_door.close()).await;
        if let Some(websocket) = &self.processes.websocket {
            within("the WebSockets", websocket.close()).await;
        }
        // They work for as long as their period is, and what they leave undone the next start does.
        self.processes.pool.stop(&self.scheduled).await;
        if self.backends.broker.is_embedded() {
            self.deliver().await;
        }
        // What was not delivered in time ends with the functions' processes.
        within("the Kafka triggers", self.triggers.stop()).await;
        self.processes.pool.shutdown().await;
        if let Some(websocket) = &self.processes.websocket {
            websocket.stop();
        }
        self.schedules.close();
        within("the schedules", self.schedules.wait()).await;
        // After the functions that call them.
        self.processes.services.shutdown().await;
        self.processes.supervisor.finish();
        within("DynamoDB", self.backends.stop()).await;
    }

    /// Ends all processes at once.
    pub(super) async fn kill(&self) {
        self.processes.supervisor.finish();
        // They are dead, and yet to be waited for.
        within("the functions", self.processes.pool.shutdown()).await;
        within("the services", self.processes.services.shutdown()).await;
    }

    /// Waits until the triggers have delivered what the embedded broker has acknowledged, and would forget.
    async fn deliver(&self) {
        let deadline = Instant::now() + DELIVERY;
        let mut told = 0;
        loop {
            let status = self.triggers.status().await;
            let left: i64 = status.triggers.iter().map(|trigger| trigger.lag).sum();
            if let Some(error) = status.error {
                tracing::warn!(
                    error,
                    "what the broker has not delivered is unknown, and lost"
                );
                return;
            }
            if left == 0 {
                return;
            }
            if Instant::now() > deadline {
                tracing::warn!(
                    "{left} records were acknowledged and not delivered within {DELIVERY:?}: the embedded \
                     broker forgets them"
                );
                return;
            }
            if left != told {
                display::print(&format!(
                    "  delivering what was acknowledged, records left: {left}\n"
                ));
                told = left;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

async fn within(what: &str, end: impl Future<Output = ()>) {
    if tokio::time::timeout(DRAIN, end).await.is_err() {
        tracing::warn!("{what} did not end within {DRAIN:?} and were cut off");
    }
}
