//! Dispatches the invocations of one function to its workers: as many as there are invocations at once, up to its concurrency.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::Bytes;
use emulator_template::function_arn;
use emulator_template::model::Function;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use uuid::Uuid;

use crate::clock::now_ms;
use crate::invoke::{InvokeError, MAX_PAYLOAD};
use crate::process::{Program, Supervisor};
use crate::runtime_api::Registry;
use crate::stats::{FunctionStatus, Outcome, Stats};
use crate::worker::{Invocation, Worker};

/// Callers that may wait for a worker. Beyond it a burst would only grow the memory.
const MAX_WAITING: usize = 10_000;
/// How long processes may take to stop by themselves.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// Whether a caller waits while all processes are busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// In a queue.
    Yes,
    /// It is throttled.
    No,
}

/// What all functions share.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) runtime_api: SocketAddr,
    pub(crate) registry: Arc<Registry>,
    pub(crate) supervisor: Arc<Supervisor>,
    /// A process must ask for its first invocation within this time.
    pub(crate) init: Duration,
}

/// The workers of one function.
pub(crate) struct FunctionPool {
    function: Function,
    program: Program,
    host: Host,
    kill_at_answer: Arc<AtomicBool>,
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    workers: Mutex<Workers>,
    stats: Stats,
}

#[derive(Default)]
struct Workers {
    /// All whose process has not ended.
    all: Vec<Arc<Worker>>,
    /// Those without an invocation, the last used last: the busiest stay warm, the others go.
    idle: Vec<Idle>,
    stopping: bool,
}

struct Idle {
    worker: Arc<Worker>,
    since: Instant,
    /// The source that it served last, if that comes again and again.
    source: Option<Arc<str>>,
}

impl FunctionPool {
    pub(crate) fn new(function: Function, program: Program, host: Host) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(function.concurrency)),
            function,
            program,
            host,
            kill_at_answer: Arc::default(),
            waiting: AtomicUsize::new(0),
            workers: Mutex::default(),
            stats: Stats::default(),
        }
    }

    pub(crate) fn function(&self) -> &Function {
        &self.function
    }

    pub(crate) async fn invoke(
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
            Err(error) if error.is_panic() => {
                Err(self.failed("Runtime.Unknown", "BUG: its dispatch panicked".to_owned()))
            }
            Err(_cancelled) => Err(InvokeError::Stopping),
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
        let worker = loop {
            let worker = match self.take_idle(source.as_ref()) {
                Some(worker) => worker,
                None => self.start().await?,
            };
            let timeout_ms = u64::try_from(self.function.timeout.as_millis()).unwrap_or(u64::MAX);
            let invocation = Invocation {
                request_id: Uuid::new_v4().to_string(),
                event: event.clone(),
                deadline_ms: now_ms().saturating_add(timeout_ms),
                reply,
            };
            match worker.assign(invocation) {
                Ok(()) => break worker,
                // It ended while it was idle: the next one, then.
                Err(invocation) => reply = invocation.reply,
            }
        };
        match tokio::time::timeout(self.function.timeout, &mut answer).await {
            Ok(Ok(result)) => {
                self.give_back(worker, source);
                if let Err(error) = &result {
                    tracing::warn!("{error}");
                }
                result
            }
            Ok(Err(_dropped)) => Err(self.crashed(&worker).await),
            Err(_elapsed) => {
                worker.process().kill();
                worker.process().wait().await;
                self.forget(&worker);
                let error = InvokeError::TimedOut {
                    function: self.function.binary.clone(),
                    seconds: self.function.timeout.as_secs(),
                };
                tracing::error!(
                    "{error}: its process was killed, the next invocation starts a new one"
                );
                Err(error)
            }
        }
    }

    async fn crashed(&self, worker: &Arc<Worker>) -> InvokeError {
        let status = worker.process().wait().await;
        self.forget(worker);
        if self.workers().stopping {
            return InvokeError::Stopping;
        }
        let error = InvokeError::Crashed {
            function: self.function.binary.clone(),
            status,
        };
        tracing::error!("{error}: the next invocation starts a new process");
        error
    }

    async fn start(&self) -> Result<Arc<Worker>, InvokeError> {
        let started = Instant::now();
        let worker = {
            // Under the lock, so that no process starts once the pool stops.
            let mut workers = self.workers();
            if workers.stopping {
                return Err(InvokeError::Stopping);
            }
            let worker = self.spawn().map_err(|error| {
                let binary = self.program.binary.display();
                self.failed("Runtime.InvalidEntrypoint", format!("{binary}: {error}"))
            })?;
            workers.all.push(worker.clone());
            worker
        };
        if let Err(error) = worker.ready(self.host.init).await {
            worker.process().wait().await;
            self.forget(&worker);
            if self.workers().stopping {
                return Err(InvokeError::Stopping);
            }
            tracing::error!("{error}");
            return Err(error);
        }
        self.stats.cold_start(started.elapsed());
        Ok(worker)
    }

    /// Starts a process. The Runtime API knows it until it ends.
    fn spawn(&self) -> std::io::Result<Arc<Worker>> {
        let arn = function_arn(&self.function.id);
        let kill_at_answer = self.kill_at_answer.clone();
        let worker = Arc::new(Worker::new(&self.function.binary, &arn, kill_at_answer));
        let registry = self.host.registry.clone();
        // Before the process starts: it may ask for work before this thread gets any further.
        registry.add(worker.clone());
        // The Rust runtime takes a path below the host only with a scheme before it.
        let url = format!("http://{}/{}", self.host.runtime_api, worker.token);
        let variable = ("AWS_LAMBDA_RUNTIME_API", url.as_str());
        let process = self.host.supervisor.run(&self.program, Some(variable));
        let process = process.inspect_err(|_| registry.remove(&worker.token))?;
        worker.attach(process.clone());
        let ending = worker.clone();
        tokio::spawn(async move {
            process.wait().await;
            registry.remove(&ending.token);
            ending.release();
        });
        Ok(worker)
    }

    /// The worker that served this source last, or else the one that was used last. Those of an older build are ended.
    fn take_idle(&self, source: Option<&Arc<str>>) -> Option<Arc<Worker>> {
        self.retire_outdated();
        let idle = &mut self.workers().idle;
        let served =
            source.and_then(|_| idle.iter().rposition(|idle| idle.source.as_ref() == source));
        let position = served.or_else(|| idle.len().checked_sub(1))?;
        Some(idle.remove(position).worker)
    }

    fn retire_outdated(&self) {
        let binary = &self.program.binary;
        let is_outdated = |idle: &mut Idle| idle.worker.process().is_outdated(binary);
        let outdated: Vec<_> = self.workers().idle.extract_if(.., is_outdated).collect();
        if outdated.is_empty() {
            return;
        }
        let function = &self.function.binary;
        tracing::info!(
            function,
            "its binary was rebuilt: a new process takes its place"
        );
        for Idle { worker, .. } in outdated {
            self.forget(&worker);
            tokio::spawn(async move { worker.process().stop(STOP_GRACE).await });
        }
    }

    fn give_back(&self, worker: Arc<Worker>, source: Option<Arc<str>>) {
        let since = Instant::now();
        self.workers().idle.push(Idle {
            worker,
            since,
            source,
        });
    }

    fn forget(&self, worker: &Arc<Worker>) {
        let mut workers = self.workers();
        workers.all.retain(|other| !Arc::ptr_eq(other, worker));
        workers
            .idle
            .retain(|idle| !Arc::ptr_eq(&idle.worker, worker));
    }

    /// Stops workers that have been idle for so long, and forgets those whose process ended by itself.
    pub(crate) async fn stop_idle(&self, idle: Duration) {
        let old: Vec<_> = {
            let mut workers = self.workers();
            let (old, young) = std::mem::take(&mut workers.idle)
                .into_iter()
                .partition(|one| {
                    one.since.elapsed() >= idle || one.worker.process().ended().is_some()
                });
            workers.idle = young;
            old
        };
        for Idle { worker, .. } in old {
            match worker.process().ended() {
                Some(status) => {
                    let function = &self.function.binary;
                    tracing::warn!(
                        function,
                        status,
                        "an idle process of the function ended by itself"
                    );
                }
                None => worker.process().kill(),
            }
            worker.process().wait().await;
            self.forget(&worker);
        }
    }

    /// Kills all processes and waits for their end.
    pub(crate) async fn kill_all(&self) -> usize {
        let all = self.workers().all.clone();
        for worker in &all {
            worker.process().kill();
        }
        for worker in &all {
            worker.process().wait().await;
            self.forget(worker);
        }
        all.len()
    }

    /// Kills the process that answers next, and loses its answer.
    pub(crate) fn kill_at_answer(&self) {
        self.kill_at_answer.store(true, Ordering::Relaxed);
    }

    /// Takes no more invocations and ends all processes.
    pub(crate) async fn stop(&self) {
        self.permits.close();
        let all = {
            let mut workers = self.workers();
            workers.stopping = true;
            workers.all.clone()
        };
        let stops = all.iter().map(|worker| worker.process().stop(STOP_GRACE));
        futures_util::future::join_all(stops).await;
    }

    pub(crate) fn status(&self) -> FunctionStatus {
        let (all, idle) = {
            let workers = self.workers();
            (workers.all.len(), workers.idle.len())
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

    fn workers(&self) -> MutexGuard<'_, Workers> {
        self.workers
            .lock()
            .expect("BUG: nothing panics while it holds the workers")
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
        Err(InvokeError::Failed { .. } | InvokeError::Unavailable { .. }) => Outcome::Failed,
        Err(InvokeError::Crashed { .. }) => Outcome::Crashed,
        Err(InvokeError::Stopping) => Outcome::Stopped,
    }
}
