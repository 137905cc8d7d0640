//! Services: processes that are kept running, started again when they end, after a backoff.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use emulator_template::model;
use serde::Serialize;
use std::process::Stdio;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::environment;
use crate::options::{RuntimeOptions, StartError, check_binaries};
use crate::process::{Process, Program, Supervisor};
use crate::spawn::spawn;

/// How long a service may take to finish what it has accepted, before it is killed.
const STOP_GRACE: Duration = Duration::from_secs(8);
/// How long a service may take to be healthy, and how often it may end on the way.
const HEALTHY_WITHIN: Duration = Duration::from_secs(30);
const STARTS: u64 = 3;
/// Between two health checks while a service starts.
const CHECK_PAUSE: Duration = Duration::from_millis(10);
/// The backoff before a service that ended is started again: it doubles, until the service has run for `STEADY`.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);
const STEADY: Duration = Duration::from_secs(10);

/// What the status page shows of a service.
#[derive(Debug, Clone, Serialize)]
pub struct ServiceStatus {
    /// Name of the container and of the binary.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Whether its process is running.
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
    tasks: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

struct Service {
    address: String,
    program: Program,
    health_check: Vec<String>,
    state: watch::Sender<State>,
}

#[derive(Clone, Default)]
struct State {
    process: Option<Arc<Process>>,
    ended: u64,
    last_end: Option<String>,
}

impl Services {
    /// Starts each service at its address, `host:port`.
    ///
    /// # Errors
    /// If a binary is missing.
    pub fn start(
        declared: &[(model::Service, String)],
        options: &RuntimeOptions,
        supervisor: &Arc<Supervisor>,
    ) -> Result<Self, StartError> {
        check_binaries(
            declared.iter().map(|(service, _)| &service.name),
            &options.bin_dir,
        )?;
        let stop = CancellationToken::new();
        let services: Vec<_> = declared
            .iter()
            .enumerate()
            .map(|(index, (service, address))| {
                Arc::new(Service {
                    address: address.clone(),
                    program: Program {
                        binary: options.bin_dir.join(&service.name),
                        name: service.name.clone(),
                        // Functions count from the other end.
                        colour: usize::MAX - index,
                        environment: environment::of_service(service, address, options),
                    },
                    health_check: service.health_check.clone(),
                    state: watch::Sender::default(),
                })
            })
            .collect();
        let tasks = services
            .iter()
            .map(|service| {
                let (service, supervisor) = (service.clone(), supervisor.clone());
                tokio::spawn(keep_running(service, supervisor, stop.clone()))
            })
            .collect();
        Ok(Self {
            services,
            tasks,
            stop,
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
        let mut services = self.services.iter();
        let service = services.find(|service| service.program.name == name)?;
        let mut state = service.state.subscribe();
        let Some(process) = state.borrow_and_update().process.clone() else {
            return Some(0);
        };
        process.kill();
        let gone = |state: &State| match &state.process {
            Some(current) => !Arc::ptr_eq(current, &process),
            None => true,
        };
        let gone = state.wait_for(gone).await;
        drop(gone.expect("BUG: the service outlives its state"));
        Some(1)
    }

    /// All services at this moment.
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
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Service {
    fn status(&self) -> ServiceStatus {
        let state = self.state.borrow();
        ServiceStatus {
            name: self.program.name.clone(),
            address: self.address.clone(),
            running: state.process.is_some(),
            restarts: state.ended,
            last_end: state.last_end.clone(),
        }
    }

    async fn healthy(&self) -> Result<(), Unhealthy> {
        let began = Instant::now();
        let unhealthy = |reason: String| Unhealthy {
            name: self.program.name.clone(),
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
        let mut check = self.program.command();
        check
            .args(&self.health_check)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let ended = match spawn(|| check.spawn()) {
            Ok(mut child) => child.wait().await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(status) => status.success(),
            Err(error) => {
                let service = &self.program.name;
                tracing::warn!(service, %error, "the health check can't be run, trying again");
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
async fn keep_running(service: Arc<Service>, supervisor: Arc<Supervisor>, stop: CancellationToken) {
    let mut backoff = backoff();
    while !stop.is_cancelled() {
        let started = Instant::now();
        let end = match supervisor.run(&service.program, None) {
            Ok(process) => {
                let state = Some(process.clone());
                service.state.send_modify(|known| known.process = state);
                tokio::select! {
                    end = process.wait() => end,
                    () = stop.cancelled() => process.stop(STOP_GRACE).await,
                }
            }
            Err(error) => format!("no start: {error}"),
        };
        if stop.is_cancelled() {
            service.state.send_modify(|state| state.process = None);
            return;
        }
        if started.elapsed() >= STEADY {
            backoff = self::backoff();
        }
        let pause = backoff.next().unwrap_or(LONGEST_BACKOFF);
        let name = &service.program.name;
        tracing::error!(
            service = name,
            "the service ended with {end}, starting it again in {pause:?}"
        );
        service.ended(end);
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

fn backoff() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_BACKOFF)
        .with_max_delay(LONGEST_BACKOFF)
        .without_max_times()
        .build()
}
