use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{Instrument as _, info, warn};

use super::ports::{DueConnection, Duty, Ports};
use super::relay::in_time;
use crate::{Causes, Error, Result};
use feed::session::PING_PERIOD_MS;
use feed::{ConnectionId, Farewell, Frame, PushError, close};

/// From one sweep to the next.
const PERIOD_MS: u64 = 1_000;
/// Connections that are looked after at the same time.
const CONCURRENCY: usize = 16;
/// How long one ping is tried.
const PING_BUDGET: Duration = Duration::from_millis(500);

/// What connections are told.
#[derive(Debug, Clone)]
pub struct Words {
    /// Those that are closed, as nobody has authenticated on them in time.
    pub farewell: Farewell,
    /// Those that nothing else may be said to for long.
    pub ping: Frame,
}

/// Looks after connections: closes those on which nobody authenticated in time, and pings those that would be closed
/// because nothing is said on them.
pub(super) struct Sweep<'a> {
    ports: &'a Ports,
    words: &'a Arc<Words>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(ports: &'a Ports, words: &'a Arc<Words>) -> Self {
        Self { ports, words }
    }

    pub(super) async fn run(self, mut stopped: watch::Receiver<bool>) {
        loop {
            let started_ms = self.ports.clock.now_ms();
            match in_time(self.ports.connections.due(started_ms)).await {
                Ok(due) if due.is_empty() => {}
                Ok(due) => self.look_after_all(due, &stopped).await,
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

    async fn look_after_all(&self, due: Vec<DueConnection>, stopped: &watch::Receiver<bool>) {
        let to_close = due.iter().filter(|due| due.duty == Duty::Close).count();
        info!(
            closed = to_close,
            pinged = due.len() - to_close,
            "looking after connections"
        );
        let permits = Arc::new(Semaphore::new(CONCURRENCY));
        let mut tasks = JoinSet::new();
        for due in due {
            let permit = Arc::clone(&permits).acquire_owned().await;
            if *stopped.borrow() {
                break;
            }
            let (ports, words) = (self.ports.clone(), Arc::clone(self.words));
            let task = async move {
                if let Err(error) = look_after(&ports, &words, &due).await {
                    warn!(error = %Causes(&error), "connection not looked after, retrying");
                }
                drop(permit);
            };
            tasks.spawn(task.in_current_span());
        }
        tasks.join_all().await;
    }
}

async fn look_after(ports: &Ports, words: &Words, due: &DueConnection) -> Result<()> {
    let connection = &due.connection;
    match due.duty {
        Duty::Close => {
            let bye = words.farewell.on(connection.protocol);
            Ok(close(&*ports.push, &*ports.feed, &connection.id, Some(bye)).await?)
        }
        Duty::Ping => ping(ports, words, &connection.id).await,
    }
}

async fn ping(ports: &Ports, words: &Words, connection: &ConnectionId) -> Result<()> {
    match ports.push.push(connection, &words.ping, PING_BUDGET).await {
        Ok(()) => {
            let next_ms = ports.clock.now_ms() + PING_PERIOD_MS;
            ports.connections.postpone(connection, next_ms).await
        }
        Err(PushError::Gone) => Ok(ports.feed.remove_connection(connection).await?),
        Err(error @ (PushError::Throttled | PushError::Failed(_))) => Err(Error::Unavailable {
            what: "the client's connection",
            source: Box::new(error),
        }),
    }
}
