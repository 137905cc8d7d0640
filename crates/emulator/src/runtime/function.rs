//! The processes of one function: as many as there are invocations at once, up to its concurrency.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use uuid::Uuid;

use super::process::{Job, Launch, Process};
use super::stats::{FunctionStatus, Outcome, Stats};
use crate::clock::now_ms;
use crate::invoke::InvokeError;
use crate::model::Function;

/// Callers that may wait for a process. Beyond it a burst would only grow the memory.
const MAX_WAITING: usize = 10_000;
/// Lambda's limit for an event and for an answer: 6 MB.
pub(super) const MAX_PAYLOAD: usize = 6 * 1024 * 1024;

/// Whether a caller waits while all processes are busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// In a queue.
    Yes,
    /// It is throttled.
    No,
}

/// The processes of one function.
pub(super) struct FunctionPool {
    function: Function,
    launch: Launch,
    init: Duration,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    processes: Mutex<Processes>,
    stats: Stats,
}

#[derive(Default)]
struct Processes {
    /// All that have not ended.
    all: Vec<Arc<Process>>,
    /// Those without an invocation, the last used last: the busiest stay warm, the others go.
    idle: Vec<Idle>,
    stopping: bool,
}

struct Idle {
    process: Arc<Process>,
    since: Instant,
    /// The source that it served last, if that comes again and again.
    source: Option<Arc<str>>,
}

impl FunctionPool {
    pub(super) fn new(function: Function, launch: Launch, init: Duration) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(function.concurrency)),
            function,
            launch,
            init,
            waiting: AtomicUsize::new(0),
            processes: Mutex::default(),
            stats: Stats::default(),
        }
    }

    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    pub(super) async fn invoke(
        self: &Arc<Self>,
        event: Bytes,
        wait: Wait,
        source: Option<Arc<str>>,
    ) -> Result<Bytes, InvokeError> {
        if event.len() > MAX_PAYLOAD {
            let message = format!("the event has {} bytes, {MAX_PAYLOAD} at most", event.len());
            return Err(self.failed("RequestTooLargeException", message));
        }
        let permit = self.permit(wait).await?;
        let pool = self.clone();
        // A task of its own, so that a caller who goes away doesn't take the process along.
        let task = tokio::spawn(async move {
            let started = Instant::now();
            let result = pool.run(event, source).await;
            pool.stats.record(outcome(&result), started.elapsed());
            drop(permit);
            result
        });
        match task.await {
            Ok(result) => result,
            Err(_) => Err(InvokeError::Stopping),
        }
    }

    async fn permit(&self, wait: Wait) -> Result<OwnedSemaphorePermit, InvokeError> {
        if let Ok(permit) = self.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        if self.permits.is_closed() {
            return Err(InvokeError::Stopping);
        }
        let full = self.waiting.load(Ordering::Relaxed) >= MAX_WAITING;
        if wait == Wait::No || full {
            self.stats.record(Outcome::Throttled, Duration::ZERO);
            return Err(InvokeError::Throttled(self.function.binary.clone()));
        }
        let _queued = Queued::enter(&self.waiting);
        self.permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| InvokeError::Stopping)
    }

    async fn run(&self, event: Bytes, source: Option<Arc<str>>) -> Result<Bytes, InvokeError> {
        let (mut reply, mut answer) = oneshot::channel();
        let process = loop {
            let process = match self.take_idle(source.as_ref()) {
                Some(process) => process,
                None => self.start().await?,
            };
            let job = Job {
                request_id: Uuid::new_v4().to_string(),
                event: event.clone(),
                deadline_ms: u128::from(now_ms()) + self.function.timeout.as_millis(),
                reply,
            };
            match process.assign(job) {
                Ok(()) => break process,
                // It ended while it was idle: the next one, then.
                Err(job) => reply = job.reply,
            }
        };
        match tokio::time::timeout(self.function.timeout, &mut answer).await {
            Ok(Ok(result)) => {
                self.give_back(process, source);
                if let Err(error) = &result {
                    tracing::warn!("{error}");
                }
                result
            }
            Ok(Err(_dropped)) => Err(self.crashed(&process).await),
            Err(_elapsed) => {
                process.kill();
                process.wait().await;
                self.forget(&process);
                let error = InvokeError::TimedOut {
                    function: self.function.binary.clone(),
                    seconds: self.function.timeout.as_secs(),
                };
                tracing::error!(
                    function = self.function.binary,
                    "{error}; its process was ended"
                );
                Err(error)
            }
        }
    }

    async fn crashed(&self, process: &Arc<Process>) -> InvokeError {
        let status = process.wait().await;
        self.forget(process);
        if self.processes().stopping {
            return InvokeError::Stopping;
        }
        let error = InvokeError::Crashed {
            function: self.function.binary.clone(),
            status,
        };
        tracing::error!("{error}");
        error
    }

    async fn start(&self) -> Result<Arc<Process>, InvokeError> {
        let started = Instant::now();
        let process = {
            // Under the lock, so that no process starts once the pool stops.
            let mut processes = self.processes();
            if processes.stopping {
                return Err(InvokeError::Stopping);
            }
            let process = Process::start(&self.launch).map_err(|error| {
                let binary = self.launch.binary.display();
                self.failed("Runtime.InvalidEntrypoint", format!("{binary}: {error}"))
            })?;
            processes.all.push(process.clone());
            process
        };
        if let Err(error) = process.ready(self.init).await {
            process.wait().await;
            self.forget(&process);
            if self.processes().stopping {
                return Err(InvokeError::Stopping);
            }
            tracing::error!("{error}");
            return Err(error);
        }
        self.stats.cold_start(started.elapsed());
        Ok(process)
    }

    /// The process that served this source last, or else the one that was used last.
    fn take_idle(&self, source: Option<&Arc<str>>) -> Option<Arc<Process>> {
        let idle = &mut self.processes().idle;
        let served =
            source.and_then(|_| idle.iter().rposition(|idle| idle.source.as_ref() == source));
        let position = served.or_else(|| idle.len().checked_sub(1))?;
        Some(idle.remove(position).process)
    }

    fn give_back(&self, process: Arc<Process>, source: Option<Arc<str>>) {
        let since = Instant::now();
        self.processes().idle.push(Idle {
            process,
            since,
            source,
        });
    }

    fn forget(&self, process: &Arc<Process>) {
        let mut processes = self.processes();
        processes.all.retain(|other| !Arc::ptr_eq(other, process));
        processes
            .idle
            .retain(|idle| !Arc::ptr_eq(&idle.process, process));
    }

    /// Stops processes that have been idle for so long, and forgets those that ended by themselves.
    pub(super) async fn stop_idle(&self, idle: Duration) {
        let old: Vec<_> = {
            let mut processes = self.processes();
            let (old, young) = std::mem::take(&mut processes.idle)
                .into_iter()
                .partition(|one| one.since.elapsed() >= idle || one.process.ended().is_some());
            processes.idle = young;
            old
        };
        for Idle { process, .. } in old {
            match process.ended() {
                Some(status) => {
                    tracing::warn!(
                        function = self.function.binary,
                        status,
                        "an idle process ended"
                    );
                }
                None => process.kill(),
            }
            process.wait().await;
            self.forget(&process);
        }
    }

    /// Kills all processes and waits for their end.
    pub(super) async fn kill_all(&self) -> usize {
        let all = self.processes().all.clone();
        for process in &all {
            process.kill();
        }
        for process in &all {
            process.wait().await;
            self.forget(process);
        }
        all.len()
    }

    /// Lets the next answer of a process be its end: it is killed, and what it answered is lost.
    pub(super) fn kill_at_answer(&self) {
        self.launch.killed_by_answer.store(true, Ordering::Relaxed);
    }

    /// Takes no more invocations and ends all processes.
    pub(super) async fn stop(&self, grace: Duration) {
        self.permits.close();
        let all = {
            let mut processes = self.processes();
            processes.stopping = true;
            processes.all.clone()
        };
        for process in &all {
            process.terminate();
        }
        let ended = async {
            for process in &all {
                process.wait().await;
            }
        };
        if tokio::time::timeout(grace, ended).await.is_err() {
            self.kill_all().await;
        }
    }

    pub(super) fn status(&self) -> FunctionStatus {
        let (all, idle) = {
            let processes = self.processes();
            (processes.all.len(), processes.idle.len())
        };
        let waiting = self.waiting.load(Ordering::Relaxed);
        self.stats.status(&self.function, all, idle, waiting)
    }

    fn failed(&self, error_type: &str, message: String) -> InvokeError {
        InvokeError::Failed {
            function: self.function.binary.clone(),
            error_type: error_type.to_owned(),
            message,
        }
    }

    fn processes(&self) -> MutexGuard<'_, Processes> {
        self.processes
            .lock()
            .expect("BUG: nothing panics while it holds the processes")
    }
}

/// Counts a caller as waiting, even if it goes away while it does.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn outcome(result: &Result<Bytes, InvokeError>) -> Outcome {
    match result {
        Ok(_) => Outcome::Ok,
        Err(InvokeError::Throttled(_)) => Outcome::Throttled,
        Err(InvokeError::TimedOut { .. }) => Outcome::TimedOut,
        Err(InvokeError::Failed { .. }) => Outcome::Failed,
        Err(InvokeError::Crashed { .. }) => Outcome::Crashed,
        Err(InvokeError::Stopping) => Outcome::Stopped,
    }
}
