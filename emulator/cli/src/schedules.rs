//! Invokes functions by the clock: once at the start, then every period.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use emulator_runtime::{Dropped, Pool};
use emulator_template::model::Schedule;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts all schedules; they end after `stop`.
pub(crate) fn start(
    schedules: Vec<Schedule>,
    pool: &Arc<Pool>,
    stop: &CancellationToken,
) -> TaskTracker {
    let tasks = TaskTracker::new();
    for schedule in schedules {
        let run = run(
            Arc::new(schedule),
            pool.clone(),
            tasks.clone(),
            stop.clone(),
        );
        tasks.spawn(stop.clone().run_until_cancelled_owned(run));
    }
    tasks
}

/// Invocations are asynchronous, as those of EventBridge's scheduler are: they overlap when they take longer than the period, and
/// one that finds every process busy waits, as the function's `EventInvokeConfig` allows.
async fn run(
    schedule: Arc<Schedule>,
    pool: Arc<Pool>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let mut timer = tokio::time::interval(schedule.every.max(Duration::from_millis(1)));
    // A laptop that slept must not be paid back its missed minutes at once.
    timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let event = Bytes::from(schedule.input.clone());
    loop {
        timer.tick().await;
        let (schedule, pool, event) = (schedule.clone(), pool.clone(), event.clone());
        let stop = stop.clone();
        tasks.spawn(async move {
            let function = &schedule.function;
            match pool.invoke_queued(function, event, &stop).await {
                Ok(_) | Err(Dropped::Stopping) => {}
                Err(dropped) => {
                    let (schedule, next) = (&schedule.id, schedule.every);
                    tracing::warn!(schedule, %dropped, "a scheduled event is dropped, the next is due within {next:?}");
                }
            }
        });
    }
}
