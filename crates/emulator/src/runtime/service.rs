//! Services in containers, as processes that are kept running: started again when they end, after a pause that grows.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use indexmap::IndexMap;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::reaper::Reaper;
use super::{PoolError, PoolOptions, check_binaries, environment, logs};
use crate::model;

/// How long a service may take to finish what it has accepted, before it is killed.
const STOP_GRACE: Duration = Duration::from_secs(8);
/// How long a service may take to be healthy, and how often it may end on the way.
const HEALTHY_WITHIN: Duration = Duration::from_secs(30);
const STARTS: u64 = 3;
/// Between two health checks while a service starts.
const CHECK_PAUSE: Duration = Duration::from_millis(10);
/// The pause before a service that ended is started again: it doubles, until the service has run for a while.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const STEADY: Duration = Duration::from_secs(10);

/// What the status page shows of a service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceStatus {
    /// Name of the container and of the binary.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Whether its process is there.
    pub running: bool,
    /// How often it ended and was started again.
    pub restarts: u64,
    /// How it ended the last time, if it did.
    pub last_end: Option<String>,
}

/// Why a service is not up.
#[derive(Debug, thiserror::Error)]
#[error("service {name} is not healthy: {reason}; its log says why")]
pub struct Unhealthy {
    name: String,
    reason: String,
}

/// All services. Must be [`shutdown`](Self::shutdown).
pub struct Services {
    services: Vec<Arc<Service>>,
    supervisors: Vec<JoinHandle<()>>,
    stop: CancellationToken,
    reaper: Arc<Reaper>,
}

struct Service {
    name: String,
    address: String,
    binary: PathBuf,
    health_check: Vec<String>,
    environment: IndexMap<String, String>,
    /// Index of its colour in logs.
    colour: usize,
    state: watch::Sender<State>,
}

#[derive(Clone, Default)]
struct State {
    process: Option<Pid>,
    ended: u64,
    last_end: Option<String>,
}

impl Services {
    /// Starts each service at its address, `host:port`.
    ///
    /// # Errors
    /// If a binary is missing or the reaper can't be had.
    pub fn start(
        declared: &[(model::Service, String)],
        options: &PoolOptions,
    ) -> Result<Self, PoolError> {
        check_binaries(
            declared.iter().map(|(service, _)| &service.name),
            &options.bin_dir,
        )?;
        let reaper = Arc::new(Reaper::start(options.executable.as_deref())?);
        let stop = CancellationToken::new();
        let services: Vec<_> = declared
            .iter()
            .enumerate()
            .map(|(index, (service, address))| {
                Arc::new(Service {
                    name: service.name.clone(),
                    address: address.clone(),
                    binary: options.bin_dir.join(&service.name),
                    health_check: service.health_check.clone(),
                    environment: environment::of_service(service, address, options),
                    // Functions count from the other end.
                    colour: usize::MAX - index,
                    state: watch::Sender::default(),
                })
            })
            .collect();
        let supervisors = services
            .iter()
            .map(|service| tokio::spawn(supervise(service.clone(), reaper.clone(), stop.clone())))
            .collect();
        Ok(Self {
            services,
            supervisors,
            stop,
            reaper,
        })
    }

    /// Waits until every service says that it is healthy.
    ///
    /// # Errors
    /// If one ends again and again instead, or takes too long.
    pub async fn healthy(&self) -> Result<(), Unhealthy> {
        for service in &self.services {
            service.healthy().await?;
        }
        Ok(())
    }

    /// Kills the process of a service, as a crash would, and waits until it is gone. Returns how many there were, or
    /// nothing if there is no such service.
    pub async fn kill(&self, name: &str) -> Option<usize> {
        let service = self.services.iter().find(|service| service.name == name)?;
        let mut state = service.state.subscribe();
        let Some(process) = state.borrow_and_update().process else {
            return Some(0);
        };
        if let Err(error) = kill_process(process, Signal::KILL) {
            tracing::debug!(service = name, %error, "the process is gone already");
        }
        let gone = state.wait_for(|state| state.process != Some(process)).await;
        drop(gone.expect("BUG: the service outlives its state"));
        Some(1)
    }

    /// What runs.
    #[must_use]
    pub fn status(&self) -> Vec<ServiceStatus> {
        self.services
            .iter()
            .map(|service| service.status())
            .collect()
    }

    /// Stops all services, politely first, and waits until they are gone.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        for service in &self.services {
            let mut state = service.state.subscribe();
            let gone = state.wait_for(|state| state.process.is_none()).await;
            drop(gone.expect("BUG: the service outlives its state"));
        }
        for supervisor in &self.supervisors {
            supervisor.abort();
        }
        self.reaper.finish();
    }
}

impl Service {
    fn status(&self) -> ServiceStatus {
        let state = self.state.borrow();
        ServiceStatus {
            name: self.name.clone(),
            address: self.address.clone(),
            running: state.process.is_some(),
            restarts: state.ended,
            last_end: state.last_end.clone(),
        }
    }

    fn start(&self) -> std::io::Result<(Child, Pid)> {
        let mut child = self
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A terminal's Ctrl-C is for the emulator, which stops it in order.
            .process_group(0)
            .spawn()?;
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| std::io::Error::other("the process has no id"))?;
        logs::forward(&mut child, &self.name, self.colour);
        Ok((child, pid))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn healthy(&self) -> Result<(), Unhealthy> {
        let began = Instant::now();
        let unhealthy = |reason: String| Unhealthy {
            name: self.name.clone(),
            reason,
        };
        loop {
            if self.passes_check().await {
                return Ok(());
            }
            let state = self.state.borrow().clone();
            if state.ended >= STARTS {
                let last = state.last_end.unwrap_or_default();
                return Err(unhealthy(format!(
                    "it ended {} times, the last with {last}",
                    state.ended
                )));
            }
            if began.elapsed() > HEALTHY_WITHIN {
                let seconds = HEALTHY_WITHIN.as_secs();
                return Err(unhealthy(format!("its check has failed for {seconds} s")));
            }
            tokio::time::sleep(CHECK_PAUSE).await;
        }
    }

    async fn passes_check(&self) -> bool {
        let mut check = self.command();
        check
            .args(&self.health_check)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match check.status().await {
            Ok(status) => status.success(),
            Err(error) => {
                tracing::warn!(service = self.name, %error, "the health check can't be run");
                false
            }
        }
    }

    fn ended(&self, how: String) {
        self.state.send_modify(|state| {
            state.process = None;
            state.ended += 1;
            state.last_end = Some(how);
        });
    }
}

/// Keeps a service running until it is to stop.
async fn supervise(service: Arc<Service>, reaper: Arc<Reaper>, stop: CancellationToken) {
    let mut pauses = pauses();
    while !stop.is_cancelled() {
        let started = Instant::now();
        let end = match service.start() {
            Ok((child, pid)) => {
                reaper.add(pid);
                service.state.send_modify(|state| state.process = Some(pid));
                let end = run(&service, child, pid, &stop).await;
                reaper.remove(pid);
                end
            }
            Err(error) => format!("no start: {error}"),
        };
        if stop.is_cancelled() {
            service.state.send_modify(|state| state.process = None);
            return;
        }
        if started.elapsed() >= STEADY {
            pauses = self::pauses();
        }
        let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
        tracing::error!(service = service.name, end, again_in = ?pause, "a service ended");
        service.ended(end);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Waits for the end of a process, or brings it about; tells how it ended.
async fn run(service: &Service, mut child: Child, pid: Pid, stop: &CancellationToken) -> String {
    let ended = tokio::select! {
        ended = child.wait() => ended,
        () = stop.cancelled() => {
            if let Err(error) = kill_process(pid, Signal::TERM) {
                tracing::debug!(service = service.name, %error, "the process is gone already");
            }
            match tokio::time::timeout(STOP_GRACE, child.wait()).await {
                Ok(ended) => ended,
                Err(_) => {
                    tracing::warn!(service = service.name, "it took too long to stop and was killed");
                    kill(&mut child).await
                }
            }
        }
    };
    match ended {
        Ok(status) => status.to_string(),
        Err(error) => format!("an unknown status: {error}"),
    }
}

async fn kill(child: &mut Child) -> std::io::Result<ExitStatus> {
    child.start_kill()?;
    child.wait().await
}

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .build()
}
