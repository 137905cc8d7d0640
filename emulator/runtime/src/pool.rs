//! All functions: invoking them by name, and their start and end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use emulator_template::model;
use indexmap::IndexMap;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::asynchronous::{Dropped, deliver};
use crate::environment;
use crate::function_pool::{FunctionPool, Host, Wait};
use crate::invoke::{Invoke, InvokeError};
use crate::options::{RuntimeOptions, StartError, check_binaries};
use crate::process::{Program, Supervisor};
use crate::runtime_api::{self, Registry};
use crate::stats::FunctionStatus;

/// The processes of all functions. Must be [`shutdown`](Self::shutdown).
pub struct Pool {
    functions: IndexMap<String, Arc<FunctionPool>>,
    tasks: [JoinHandle<()>; 2],
}

impl Pool {
    /// Gets ready to run functions. No process is started yet.
    ///
    /// # Errors
    /// If a binary is missing or the Runtime API can't be served.
    pub async fn start(
        functions: &IndexMap<String, model::Function>,
        options: &RuntimeOptions,
        supervisor: &Arc<Supervisor>,
    ) -> Result<Arc<Self>, StartError> {
        let binaries = functions.values().map(|function| &function.binary);
        check_binaries(binaries, &options.bin_dir)?;
        let registry = Arc::new(Registry::default());
        let served = runtime_api::serve(registry.clone()).await;
        let (runtime_api, server) = served.map_err(StartError::RuntimeApi)?;
        let host = Host {
            runtime_api,
            registry,
            supervisor: supervisor.clone(),
            init: options.init,
        };
        let pools: IndexMap<_, _> = functions
            .values()
            .enumerate()
            .map(|(colour, function)| {
                let program = Program {
                    binary: options.bin_dir.join(&function.binary),
                    name: function.binary.clone(),
                    colour,
                    environment: environment::of_function(function, options),
                };
                let pool = FunctionPool::new(function.clone(), program, host.clone());
                (function.id.clone(), Arc::new(pool))
            })
            .collect();
        let sweeper = tokio::spawn(stop_idle(pools.values().cloned().collect(), options.idle));
        Ok(Arc::new(Self {
            functions: pools,
            tasks: [server, sweeper],
        }))
    }

    /// Invokes unless all processes that the function may have are busy.
    ///
    /// # Errors
    /// `Throttled` if they are, else as [`Invoke::invoke`].
    pub async fn invoke_now(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        self.function(function)?.invoke(event, Wait::No, None).await
    }

    /// Invokes as Lambda's queue of asynchronous invocations does: what fails or is throttled is tried again, as the function's
    /// policy says. What waits for that is dropped at the end of `stop`.
    ///
    /// # Errors
    /// Says why the event was dropped.
    pub async fn invoke_queued(
        &self,
        function: &str,
        event: Bytes,
        stop: &CancellationToken,
    ) -> Result<Bytes, Dropped> {
        let pool = self.function(function);
        let pool = pool.map_err(|last| Dropped::Failed { attempts: 1, last })?;
        deliver(pool.function().asynchronous, stop, || {
            pool.invoke(event.clone(), Wait::No, None)
        })
        .await
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

    /// Kills the process of a function that answers next, and loses its answer: the function has done its work, and its invoker
    /// is told of a crash. False if there is no such function.
    pub fn kill_at_answer(&self, function: &str) -> bool {
        let pool = self.functions.get(function);
        if let Some(pool) = pool {
            pool.kill_at_answer();
        }
        pool.is_some()
    }

    /// Counts of all functions.
    #[must_use]
    pub fn status(&self) -> Vec<FunctionStatus> {
        self.functions.values().map(|pool| pool.status()).collect()
    }

    /// Takes no more invocations of these functions, stops their processes, politely first, and waits until they are gone.
    pub async fn stop(&self, functions: &[String]) {
        let pools = functions.iter().filter_map(|id| self.functions.get(id));
        futures_util::future::join_all(pools.map(|pool| pool.stop())).await;
    }

    /// Stops all processes, politely first, and waits until they are gone.
    pub async fn shutdown(&self) {
        futures_util::future::join_all(self.functions.values().map(|pool| pool.stop())).await;
        for task in &self.tasks {
            task.abort();
        }
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

async fn stop_idle(pools: Vec<Arc<FunctionPool>>, idle: Duration) {
    let mut timer = tokio::time::interval((idle / 4).max(Duration::from_millis(10)));
    loop {
        timer.tick().await;
        for pool in &pools {
            pool.stop_idle(idle).await;
        }
    }
}
