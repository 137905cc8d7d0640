use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{Instrument as _, info, warn};

use super::ports::Ports;
use super::relay::in_time;
use crate::Causes;
use crate::feed::{Farewell, KnownConnection, close};

/// From one sweep to the next.
const PERIOD_MS: u64 = 1_000;
/// Connections that are closed at the same time.
const CONCURRENCY: usize = 16;

/// Closes connections that did not authenticate in time.
pub(super) struct Sweep<'a> {
    ports: &'a Ports,
    farewell: &'a Arc<Farewell>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(ports: &'a Ports, farewell: &'a Arc<Farewell>) -> Self {
        Self { ports, farewell }
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

    async fn close_all(&self, expired: Vec<KnownConnection>, stopped: &watch::Receiver<bool>) {
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
            let (ports, farewell) = (self.ports.clone(), Arc::clone(self.farewell));
            let close = async move {
                let bye = Some(farewell.on(connection.protocol));
                if let Err(error) = close(&*ports.push, &*ports.audience, &connection.id, bye).await
                {
                    warn!(error = %Causes(&error), "connection not closed, retrying");
                }
                drop(permit);
            };
            closing.spawn(close.in_current_span());
        }
        closing.join_all().await;
    }
}
