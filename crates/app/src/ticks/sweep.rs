use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{Instrument as _, info, warn};

use super::ports::{DueAction, DueConnection, Ports};
use super::relay::with_timeout;
use crate::{Causes, Error, Result};
use feed::session::PING_PERIOD_MS;
use feed::{CloseNotice, ConnectionId, Frame, PushError, close};

/// From one sweep to the next.
const PERIOD_MS: u64 = 1_000;
/// Connections that are closed or pinged at the same time.
const CONCURRENCY: usize = 16;
/// How long one ping is tried.
const PING_BUDGET: Duration = Duration::from_millis(500);

/// What due connections are told.
#[derive(Debug, Clone)]
pub struct DueMessages {
    /// Those that are closed, as nobody has authenticated on them in time.
    pub close_notice: CloseNotice,
    /// Those that nothing else may be said to for long.
    pub ping: Frame,
}

/// Closes the connections on which nobody authenticated in time, and pings those that would be closed
/// because nothing is said on them.
pub(super) struct Sweep<'a> {
    ports: &'a Ports,
    messages: &'a Arc<DueMessages>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(ports: &'a Ports, messages: &'a Arc<DueMessages>) -> Self {
        Self { ports, messages }
    }

    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        loop {
            let started_ms = self.ports.clock.now_ms();
            match with_timeout(self.ports.store.due_connections(started_ms)).await {
                Ok(due) if due.is_empty() => {}
                Ok(due) => self.process_all(due, &stopped).await,
                Err(error) => {
                    warn!(
                        error = %Causes(&error),
                        "due connections not read, retrying"
                    );
                }
            }
            tokio::select! {
                () = self.ports.clock.sleep_until(started_ms + PERIOD_MS) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    async fn process_all(&self, due: Vec<DueConnection>, stopped: &watch::Receiver<bool>) {
        let to_close = due
            .iter()
            .filter(|due| due.action == DueAction::Close)
            .count();
        info!(
            closed = to_close,
            pinged = due.len() - to_close,
            "closing and pinging due connections"
        );
        let permits = Arc::new(Semaphore::new(CONCURRENCY));
        let mut tasks = JoinSet::new();
        for due in due {
            let permit = Arc::clone(&permits).acquire_owned().await;
            if *stopped.borrow() {
                break;
            }
            let (ports, messages) = (self.ports.clone(), Arc::clone(self.messages));
            let task = async move {
                if let Err(error) = process(&ports, &messages, &due).await {
                    warn!(error = %Causes(&error), "due connection neither closed nor pinged, retrying");
                }
                drop(permit);
            };
            tasks.spawn(task.in_current_span());
        }
        tasks.join_all().await;
    }
}

async fn process(ports: &Ports, messages: &DueMessages, due: &DueConnection) -> Result<()> {
    let connection = &due.connection;
    match due.action {
        DueAction::Close => {
            let bye = messages.close_notice.on(connection.protocol);
            Ok(close(&*ports.push, &*ports.feed, &connection.id, Some(bye)).await?)
        }
        DueAction::Ping => ping(ports, messages, &connection.id).await,
    }
}

async fn ping(ports: &Ports, messages: &DueMessages, connection: &ConnectionId) -> Result<()> {
    match ports
        .push
        .push(connection, &messages.ping, PING_BUDGET)
        .await
    {
        Ok(()) => {
            let next_ms = ports.clock.now_ms() + PING_PERIOD_MS;
            ports.store.postpone_connection(connection, next_ms).await
        }
        Err(PushError::Gone) => Ok(ports.feed.remove_connection(connection).await?),
        Err(error @ (PushError::Throttled | PushError::Failed(_))) => Err(Error::Unavailable {
            what: "the client's connection",
            source: Box::new(error),
        }),
    }
}
