//! Invokes functions by the clock: once at the start, then every period.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::invoke::InvokeError;
use crate::model::Schedule;
use crate::runtime::Pool;

/// Runs one schedule until `stop`. Invocations overlap when they take longer than the period, and one
/// that finds every process busy is dropped, as AWS does without retries.
pub async fn run(schedule: Schedule, pool: Arc<Pool>, tasks: TaskTracker, stop: CancellationToken) {
    let mut timer = tokio::time::interval(schedule.every.max(Duration::from_millis(1)));
    // A laptop that slept must not be paid back its missed minutes at once.
    timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let event = Bytes::from(schedule.input.clone());
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        let (schedule, pool, event) = (schedule.clone(), pool.clone(), event.clone());
        tasks.spawn(async move {
            match pool.invoke_now(&schedule.function, event).await {
                Ok(_) | Err(InvokeError::Stopping) => {}
                Err(error) => {
                    tracing::warn!(schedule = schedule.id, %error, "a scheduled invocation is lost");
                }
            }
        });
    }
}
