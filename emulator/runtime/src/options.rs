//! How functions and services are run, and why they can't be.

use std::path::{Path, PathBuf};
use std::time::Duration;

use indexmap::IndexMap;

/// How functions and services are run.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// The directory of the binaries.
    pub bin_dir: PathBuf,
    /// Variables for every function and service, which win over all others.
    pub environment: IndexMap<String, String>,
    /// The emulator's own addresses, told to functions and services.
    pub endpoints: Endpoints,
    /// A process without an invocation for so long is stopped.
    pub idle: Duration,
    /// A process must ask for its first invocation within this time (Lambda: 10 s).
    pub init: Duration,
}

/// Addresses of the local AWS services. What is `None` is left to the SDK.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// DynamoDB.
    pub dynamodb: Option<String>,
    /// Secrets Manager.
    pub secrets_manager: Option<String>,
    /// SES and SNS.
    pub messages: MessageTarget,
    /// `@connections` of the WebSocket API, stage included.
    pub management: Option<String>,
    /// Every other service.
    pub aws: Option<String>,
}

/// Where emails and text messages go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MessageTarget {
    /// To where every other service is.
    #[default]
    Default,
    /// To the SES and SNS at this URL.
    Endpoint(String),
    /// To those of AWS, for services, with the credentials of whoever started the emulator.
    Aws,
}

/// Why functions or services can't be run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Some binaries have not been built.
    #[error(
        "{} has no {}: build with `cargo build --workspace --bins`, or name another --bin-dir",
        .bin_dir.display(), .missing.join(", ")
    )]
    MissingBinaries {
        /// The directory that was searched.
        bin_dir: PathBuf,
        /// Their names.
        missing: Vec<String>,
    },
    /// The Runtime API has no port.
    #[error("the Lambda Runtime API can't be served")]
    RuntimeApi(#[source] std::io::Error),
    /// The reaper did not start.
    #[error(
        "the process that ends functions and services, should the emulator be killed, did not start"
    )]
    Reaper(#[source] std::io::Error),
}

/// Checks that every binary has been built.
pub(crate) fn check_binaries<'a>(
    names: impl Iterator<Item = &'a String>,
    bin_dir: &Path,
) -> Result<(), StartError> {
    let missing: Vec<String> = names
        .filter(|name| !bin_dir.join(name).is_file())
        .cloned()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(StartError::MissingBinaries {
        bin_dir: bin_dir.to_owned(),
        missing,
    })
}
