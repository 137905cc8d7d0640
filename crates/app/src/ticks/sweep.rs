use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{Instrument as _, info, warn};

use super::ports::Ports;
use super::relay::in_time;
use crate::Causes;
use crate::feed::{ConnectionId, PushError};

/// From one sweep to the next.
const PERIOD_MS: u64 = 1_000;
/// Connections that are closed at the same time.
const CONCURRENCY: usize = 16;
/// How long the farewell may take: the connection is closed either way.
const FAREWELL_BUDGET: Duration = Duration::from_millis(500);

/// Closes connections that did not authenticate in time.
pub(super) struct Sweep<'a> {
    ports: &'a Ports,
    bye: &'a Arc<[u8]>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(ports: &'a Ports, bye: &'a Arc<[u8]>) -> Self {
        Self { ports, bye }
    }

    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        loop {
            let started_ms = self.ports.clock.now_ms();
            match in_time(self.ports.pending.expired_pending(started_ms)).await {
                Ok(expired) if expired.is_empty() => {}
                Ok(expired) => self.close_all(expired, &stopped).await,
                Err(error) => {
                    warn!(
                        error = %Causes(&error),
                        "connections not swept, retrying"
                    );
                }
            }
            tokio::select! {
                () = self.ports.clock.sleep_until(started_ms + PERIOD_MS) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    async fn close_all(&self, expired: Vec<ConnectionId>, stopped: &watch::Receiver<bool>) {
        info!(
            connections = expired.len(),
            "closing connections that did not authenticate in time"
        );
        let permits = Arc::new(Semaphore::new(CONCURRENCY));
        let mut closing = JoinSet::new();
        for connection in expired {
            let permit = Arc::clone(&permits).acquire_owned().await;
            if *stopped.borrow() {
                break;
            }
            let (ports, bye) = (self.ports.clone(), Arc::clone(self.bye));
            let close = async move {
                close(&ports, &connection, &bye).await;
                drop(permit);
            };
            closing.spawn(close.in_current_span());
        }
        closing.join_all().await;
    }
}

async fn close(ports: &Ports, connection: &ConnectionId, bye: &[u8]) {
    if let Err(error @ (PushError::Throttled | PushError::Failed(_))) =
        ports.push.push(connection, bye, FAREWELL_BUDGET).await
    {
        // The farewell is a courtesy; closing is what counts.
        warn!(
            error = %Causes(&error),
            "farewell not sent"
        );
    }
    match ports.push.disconnect(connection).await {
        Ok(()) | Err(PushError::Gone) => {}
        Err(error) => {
            // Not removed: the next sweep finds it again.
            warn!(
                error = %Causes(&error),
                "connection not closed, retrying"
            );
            return;
        }
    }
    if let Err(error) = ports.audience.remove_connection(connection).await {
        warn!(
            error = %Causes(&error),
            "closed connection not removed, retrying"
        );
    }
}
