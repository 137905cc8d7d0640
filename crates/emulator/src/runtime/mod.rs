//! Runs functions as Lambda does: each process polls the Runtime API and holds one invocation at a time. And services as
//! ECS does: their processes are kept running.

mod api;
mod environment;
mod function;
mod logs;
mod process;
mod reaper;
mod service;
mod stats;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use indexmap::IndexMap;

pub use environment::{Endpoints, Messages};
use function::{FunctionPool, Wait};
use reaper::Reaper;
pub use reaper::{ARGUMENT as REAPER_ARGUMENT, run as run_reaper};
pub use service::{ServiceStatus, Services, Unhealthy};
pub use stats::FunctionStatus;

use crate::invoke::{Invoke, InvokeError};
use crate::model;
use crate::template::function_arn;

/// How long processes may take to stop by themselves.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How functions and services are run.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Where the binaries are.
    pub bin_dir: PathBuf,
    /// Variables that every function and service gets last, so that they win.
    pub environment: IndexMap<String, String>,
    /// The emulator's own addresses, told to them.
    pub endpoints: Endpoints,
    /// A process that did nothing for so long is stopped.
    pub idle: Duration,
    /// A process must ask for its first invocation within this time (Lambda: 10 s).
    pub init: Duration,
    /// The emulator's own executable, which ends the processes should the emulator be killed. Without
    /// it they end once they miss their Runtime API.
    pub executable: Option<PathBuf>,
}

/// Why they can't be run.
#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    /// Some binaries have not been built.
    #[error(
        "{} has no {}: build with `cargo build --workspace --bins`, or name another --bin-dir",
        .bin_dir.display(), .missing.join(", ")
    )]
    MissingBinaries {
        /// Where they were looked for.
        bin_dir: PathBuf,
        /// Their names.
        missing: Vec<String>,
    },
    /// The Runtime API's port or the reaper could not be had.
    #[error("the Lambda Runtime API can't be served")]
    Io(#[from] std::io::Error),
}

/// The processes of all functions. Must be [`shutdown`](Self::shutdown).
pub struct Pool {
    functions: IndexMap<String, Arc<FunctionPool>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    reaper: Arc<Reaper>,
}

impl Pool {
    /// Gets ready to run functions. No process is started yet.
    ///
    /// # Errors
    /// If a binary is missing or the Runtime API can't be served.
    pub async fn start(
        functions: &IndexMap<String, model::Function>,
        options: PoolOptions,
    ) -> Result<Arc<Self>, PoolError> {
        let binaries = functions.values().map(|function| &function.binary);
        check_binaries(binaries, &options.bin_dir)?;
        let reaper = Arc::new(Reaper::start(options.executable.as_deref())?);
        let registry = Arc::new(api::Registry::default());
        let (address, server) = api::serve(registry.clone()).await?;
        let pools: IndexMap<_, _> = functions
            .values()
            .enumerate()
            .map(|(index, function)| {
                let launch = process::Launch {
                    binary: options.bin_dir.join(&function.binary),
                    name: function.binary.clone(),
                    arn: function_arn(&function.id),
                    colour: index,
                    environment: environment::of(function, &options),
                    runtime_api: address,
                    registry: registry.clone(),
                    reaper: reaper.clone(),
                };
                let pool = FunctionPool::new(function.clone(), launch, options.init);
                (function.id.clone(), Arc::new(pool))
            })
            .collect();
        let sweeper = tokio::spawn(stop_idle(pools.values().cloned().collect(), options.idle));
        Ok(Arc::new(Self {
            functions: pools,
            tasks: vec![server, sweeper],
            reaper,
        }))
    }

    /// Invokes unless all processes that the function may have are busy.
    ///
    /// # Errors
    /// `Throttled` if they are, else as [`Invoke::invoke`].
    pub async fn invoke_now(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        self.function(function)?.invoke(event, Wait::No, None).await
    }

    /// The logical id of a function, given that or the name of its binary.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.functions
            .values()
            .map(|pool| pool.function())
            .find(|function| function.id == name || function.binary == name)
            .map(|function| function.id.as_str())
    }

    /// Kills the processes of a function, as a crash would, and waits until they are gone.
    /// Returns how many there were.
    pub async fn kill(&self, function: &str) -> usize {
        match self.functions.get(function) {
            Some(pool) => pool.kill_all().await,
            None => 0,
        }
    }

    /// Counts of all functions.
    #[must_use]
    pub fn status(&self) -> Vec<FunctionStatus> {
        self.functions.values().map(|pool| pool.status()).collect()
    }

    /// Stops all processes, politely first, and waits until they are gone.
    pub async fn shutdown(&self) {
        let stops = self.functions.values().map(|pool| pool.stop(STOP_GRACE));
        futures_util::future::join_all(stops).await;
        for task in &self.tasks {
            task.abort();
        }
        self.reaper.finish();
    }

    fn function(&self, id: &str) -> Result<&Arc<FunctionPool>, InvokeError> {
        self.functions.get(id).ok_or_else(|| InvokeError::Failed {
            function: id.to_owned(),
            error_type: "ResourceNotFoundException".to_owned(),
            message: "there is no such function".to_owned(),
        })
    }
}

#[async_trait]
impl Invoke for Pool {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        self.function(function)?
            .invoke(event, Wait::Yes, None)
            .await
    }

    async fn invoke_from(
        &self,
        source: &str,
        function: &str,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        self.function(function)?
            .invoke(event, Wait::Yes, Some(source.into()))
            .await
    }
}

fn check_binaries<'a>(
    names: impl Iterator<Item = &'a String>,
    bin_dir: &std::path::Path,
) -> Result<(), PoolError> {
    let missing: Vec<String> = names
        .filter(|name| !bin_dir.join(name).is_file())
        .cloned()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(PoolError::MissingBinaries {
        bin_dir: bin_dir.to_owned(),
        missing,
    })
}

async fn stop_idle(pools: Vec<Arc<FunctionPool>>, idle: Duration) {
    let mut timer = tokio::time::interval((idle / 4).max(Duration::from_millis(10)));
    loop {
        timer.tick().await;
        for pool in &pools {
            pool.stop_idle(idle).await;
        }
    }
}
