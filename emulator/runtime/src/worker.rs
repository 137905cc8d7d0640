//! A process of a function as the Runtime API sees it: the invocation that waits for it, and the one that it holds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, oneshot, watch};
use uuid::Uuid;

use crate::invoke::InvokeError;
use crate::process::Process;

type Reply = oneshot::Sender<Result<Bytes, InvokeError>>;

/// An invocation on its way to a worker.
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) event: Bytes,
    pub(crate) deadline_ms: u64,
    /// Dropped without an answer if the process ends.
    pub(crate) reply: Reply,
}

/// A process that takes invocations, one at a time.
pub(crate) struct Worker {
    /// Path prefix of its Runtime API: names the worker, and keeps others out.
    pub(crate) token: String,
    pub(crate) function: String,
    pub(crate) arn: String,
    process: OnceLock<Arc<Process>>,
    slots: Mutex<Slots>,
    work: Notify,
    /// Whether it has asked for work.
    ready: watch::Sender<bool>,
    /// Whether the next answer of a process of this function is lost with the process: an injected fault.
    kill_at_answer: Arc<AtomicBool>,
}

#[derive(Default)]
struct Slots {
    /// Assigned, not yet fetched by the process.
    pending: Option<Invocation>,
    /// Fetched: its request id and where the answer goes.
    current: Option<(String, Reply)>,
    /// The process's reason for its failed start.
    init_error: Option<String>,
}

impl Worker {
    pub(crate) fn new(function: &str, arn: &str, kill_at_answer: Arc<AtomicBool>) -> Self {
        Self {
            token: Uuid::new_v4().simple().to_string(),
            function: function.to_owned(),
            arn: arn.to_owned(),
            process: OnceLock::new(),
            slots: Mutex::default(),
            work: Notify::new(),
            ready: watch::Sender::new(false),
            kill_at_answer,
        }
    }

    /// Gives the worker its process. It may have asked for work already.
    pub(crate) fn attach(&self, process: Arc<Process>) {
        let attached = self.process.set(process);
        attached.expect("BUG: a worker has one process");
    }

    pub(crate) fn process(&self) -> &Process {
        self.process
            .get()
            .expect("BUG: a worker is used once it has its process")
    }

    /// Drops what the worker held, once its process has ended, which tells the invoker.
    pub(crate) fn release(&self) {
        let mut slots = self.slots();
        (slots.pending, slots.current) = (None, None);
    }

    /// Waits until the process asks for its first invocation.
    pub(crate) async fn ready(&self, within: Duration) -> Result<(), InvokeError> {
        let mut ready = self.ready.subscribe();
        let reason = tokio::select! {
            biased;
            _ = ready.wait_for(|ready| *ready) => return Ok(()),
            status = self.process().wait() => {
                self.slots().init_error.take().unwrap_or(status)
            }
            () = tokio::time::sleep(within) => {
                self.process().kill();
                format!("did not ask for work within {} s of its start", within.as_secs())
            }
        };
        Err(InvokeError::Failed {
            function: self.function.clone(),
            error_type: "Runtime.InitError".to_owned(),
            message: reason,
        })
    }

    /// Gives the worker its next invocation; hands it back if the process has ended.
    pub(crate) fn assign(&self, invocation: Invocation) -> Result<(), Invocation> {
        // Under the lock: either the end is seen here, or `release` comes later and drops the invocation.
        let mut slots = self.slots();
        if self.process().ended().is_some() {
            return Err(invocation);
        }
        slots.pending = Some(invocation);
        drop(slots);
        self.work.notify_one();
        Ok(())
    }

    /// The Runtime API's `next`: waits for an invocation. Returns request id, event and deadline.
    pub(crate) async fn next(&self) -> (String, Bytes, u64) {
        self.ready.send_replace(true);
        loop {
            if let Some(invocation) = self.fetch() {
                return invocation;
            }
            self.work.notified().await;
        }
    }

    fn fetch(&self) -> Option<(String, Bytes, u64)> {
        let mut slots = self.slots();
        let next = slots.pending.take()?;
        slots.current = Some((next.request_id.clone(), next.reply));
        Some((next.request_id, next.event, next.deadline_ms))
    }

    /// The Runtime API's `response` and `error`. False if the worker holds no such invocation.
    pub(crate) fn complete(&self, request_id: &str, result: Result<Bytes, InvokeError>) -> bool {
        let mut slots = self.slots();
        let Some((_, reply)) = slots.current.take_if(|(current, _)| current == request_id) else {
            return false;
        };
        if self.kill_at_answer.swap(false, Ordering::Relaxed) {
            // The answer is lost, as if the process had died a moment sooner.
            slots.current = Some((request_id.to_owned(), reply));
            self.process().kill();
            return true;
        }
        // An invoker that no longer listens has timed out and says so itself.
        reply.send(result).is_ok()
    }

    /// The Runtime API's `init/error`.
    pub(crate) fn init_failed(&self, message: String) {
        self.slots().init_error = Some(message);
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots
            .lock()
            .expect("BUG: nothing panics while it holds the slots")
    }
}
