//! Runs functions as Lambda does, in processes that poll the Lambda Runtime API and hold one invocation at a time, and services
//! as ECS does, in processes that are kept running.
//!
//! It must not know who invokes a function, nor look into an event or an answer.

mod asynchronous;
mod clock;
mod environment;
mod function_pool;
mod invoke;
mod logs;
mod options;
mod pool;
mod process;
mod reaper;
mod runtime_api;
mod services;
mod spawn;
mod stats;
mod worker;

pub use asynchronous::Dropped;
pub use invoke::{Invoke, InvokeError, MAX_PAYLOAD};
pub use options::{Endpoints, MessageTarget, RuntimeOptions, StartError};
pub use pool::Pool;
pub use process::Supervisor;
pub use reaper::{ARGUMENT as REAPER_ARGUMENT, run as run_reaper};
pub use services::{ServiceStatus, Services, Unhealthy};
pub use spawn::while_none_starts;
pub use stats::FunctionStatus;
