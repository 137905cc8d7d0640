//! One process of a function, and the invocation that it holds.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use indexmap::IndexMap;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, oneshot, watch};
use uuid::Uuid;

use super::api::Registry;
use super::logs;
use super::reaper::Reaper;
use crate::invoke::InvokeError;

/// What it takes to start a process of a function.
pub(super) struct Launch {
    pub(super) binary: PathBuf,
    /// The function's name in logs.
    pub(super) name: String,
    pub(super) arn: String,
    /// Index of its colour in logs.
    pub(super) colour: usize,
    pub(super) environment: IndexMap<String, String>,
    pub(super) runtime_api: SocketAddr,
    pub(super) registry: Arc<Registry>,
    pub(super) reaper: Arc<Reaper>,
}

/// An invocation on its way to a process.
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) event: Bytes,
    pub(super) deadline_ms: u128,
    /// Dropped without an answer if the process ends.
    pub(super) reply: oneshot::Sender<Result<Bytes, InvokeError>>,
}

/// How far a process has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Started, has not asked for work yet.
    Starting,
    /// Has asked for work at least once.
    Ready,
    /// Gone; how it ended.
    Ended(String),
}

/// A running process.
pub(super) struct Process {
    /// Path prefix of its Runtime API: names the process, and keeps others out.
    pub(super) token: String,
    pub(super) function: String,
    pub(super) arn: String,
    pid: OnceLock<Pid>,
    slots: Mutex<Slots>,
    work: Notify,
    kill: Notify,
    phase: watch::Sender<Phase>,
}

#[derive(Default)]
struct Slots {
    /// Assigned, not fetched by the process yet.
    pending: Option<Job>,
    /// Fetched: request id and where the answer goes.
    current: Option<(String, oneshot::Sender<Result<Bytes, InvokeError>>)>,
    /// What the process said about its failed start.
    init_error: Option<String>,
}

impl Process {
    /// Starts a process. It is known to the Runtime API until it ends.
    pub(super) fn start(launch: &Launch) -> std::io::Result<Arc<Self>> {
        let process = Arc::new(Self {
            token: Uuid::new_v4().simple().to_string(),
            function: launch.name.clone(),
            arn: launch.arn.clone(),
            pid: OnceLock::new(),
            slots: Mutex::default(),
            work: Notify::new(),
            kill: Notify::new(),
            phase: watch::Sender::new(Phase::Starting),
        });
        // Before it starts: it may ask for work before this thread gets any further.
        launch.registry.add(process.clone());
        let (mut child, pid) = match spawn(launch, &process.token) {
            Ok(spawned) => spawned,
            Err(error) => {
                launch.registry.remove(&process.token);
                return Err(error);
            }
        };
        process
            .pid
            .set(pid)
            .expect("BUG: a process is started once");
        launch.reaper.add(pid);
        logs::forward(&mut child, &launch.name, launch.colour);
        tokio::spawn(supervise(
            process.clone(),
            child,
            pid,
            launch.registry.clone(),
            launch.reaper.clone(),
        ));
        Ok(process)
    }

    /// Waits until the process asks for its first invocation.
    pub(super) async fn ready(&self, within: Duration) -> Result<(), InvokeError> {
        let mut phase = self.phase.subscribe();
        let settled = phase.wait_for(|phase| *phase != Phase::Starting);
        let failure = |error_type: &str, message: String| InvokeError::Failed {
            function: self.function.clone(),
            error_type: error_type.to_owned(),
            message,
        };
        let phase = match tokio::time::timeout(within, settled).await {
            Ok(Ok(phase)) => phase.clone(),
            Ok(Err(_)) => unreachable!("BUG: the process outlives its phase"),
            Err(_) => {
                self.kill();
                let seconds = within.as_secs();
                return Err(failure(
                    "Runtime.InitError",
                    format!("did not ask for work within {seconds} s of its start"),
                ));
            }
        };
        match phase {
            Phase::Ended(status) => {
                let said = self.slots().init_error.take();
                Err(failure("Runtime.InitError", said.unwrap_or(status)))
            }
            Phase::Starting | Phase::Ready => Ok(()),
        }
    }

    /// Gives the process its next invocation; hands it back if the process has ended.
    pub(super) fn assign(&self, job: Job) -> Result<(), Job> {
        let mut slots = self.slots();
        if self.ended().is_some() {
            return Err(job);
        }
        slots.pending = Some(job);
        drop(slots);
        self.work.notify_one();
        Ok(())
    }

    /// The Runtime API's `next`: waits for an invocation. Returns request id, event and deadline.
    pub(super) async fn next(&self) -> (String, Bytes, u128) {
        self.phase.send_if_modified(|phase| {
            let first = *phase == Phase::Starting;
            if first {
                *phase = Phase::Ready;
            }
            first
        });
        loop {
            if let Some(job) = self.fetch() {
                return job;
            }
            self.work.notified().await;
        }
    }

    fn fetch(&self) -> Option<(String, Bytes, u128)> {
        let mut slots = self.slots();
        let job = slots.pending.take()?;
        slots.current = Some((job.request_id.clone(), job.reply));
        Some((job.request_id, job.event, job.deadline_ms))
    }

    /// The Runtime API's `response` and `error`. False if the process holds no such invocation.
    pub(super) fn complete(&self, request_id: &str, result: Result<Bytes, InvokeError>) -> bool {
        let Some((_, reply)) = self
            .slots()
            .current
            .take_if(|(current, _)| current == request_id)
        else {
            return false;
        };
        // An invoker that no longer listens has timed out and says so itself.
        reply.send(result).is_ok()
    }

    /// The Runtime API's `init/error`.
    pub(super) fn init_failed(&self, message: String) {
        self.slots().init_error = Some(message);
    }

    /// Ends the process at once.
    pub(super) fn kill(&self) {
        self.kill.notify_one();
    }

    /// Asks the process to end.
    pub(super) fn terminate(&self) {
        if self.ended().is_none()
            && let Some(pid) = self.pid.get()
            && let Err(error) = kill_process(*pid, Signal::TERM)
        {
            tracing::debug!(function = self.function, %error, "the process is gone already");
        }
    }

    /// How the process ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        match &*self.phase.borrow() {
            Phase::Ended(status) => Some(status.clone()),
            Phase::Starting | Phase::Ready => None,
        }
    }

    /// Waits until the process has ended.
    pub(super) async fn wait(&self) -> String {
        let mut phase = self.phase.subscribe();
        match phase
            .wait_for(|phase| matches!(phase, Phase::Ended(_)))
            .await
            .as_deref()
        {
            Ok(Phase::Ended(status)) => status.clone(),
            _ => unreachable!("BUG: the process outlives its phase"),
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots
            .lock()
            .expect("BUG: nothing panics while it holds the slots")
    }
}

fn spawn(launch: &Launch, token: &str) -> std::io::Result<(Child, Pid)> {
    let child = Command::new(&launch.binary)
        .env_clear()
        .envs(&launch.environment)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            // The Rust runtime takes a path below the host only with a scheme before it.
            format!("http://{}/{token}", launch.runtime_api),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A terminal's Ctrl-C is for the emulator, which stops its processes in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let pid = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
        .ok_or_else(|| std::io::Error::other("the process has no id"))?;
    Ok((child, pid))
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis()
}

/// Waits for the end of a process and drops what it held, which tells its invoker.
async fn supervise(
    process: Arc<Process>,
    mut child: Child,
    pid: Pid,
    registry: Arc<Registry>,
    reaper: Arc<Reaper>,
) {
    let status = tokio::select! {
        status = child.wait() => status,
        () = process.kill.notified() => {
            if let Err(error) = child.start_kill() {
                tracing::debug!(function = process.function, %error, "the process is gone already");
            }
            child.wait().await
        }
    };
    reaper.remove(pid);
    registry.remove(&process.token);
    let status = describe(status);
    let mut slots = process.slots();
    process.phase.send_replace(Phase::Ended(status));
    slots.pending = None;
    slots.current = None;
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => format!("its status is unknown: {error}"),
    }
}
