//! Whether a running emulator serves.

use anyhow::{Result, ensure};
use hyper::Method;

use crate::args::HealthArgs;
use crate::running::RunningEmulator;

/// Asks for the status.
///
/// # Errors
/// If it is not served, or not in time.
pub(crate) async fn check(args: &HealthArgs) -> Result<()> {
    let emulator = RunningEmulator::at(args.port);
    let (status, _) = emulator.call(Method::GET, "", String::new()).await?;
    let address = emulator.address();
    ensure!(
        status.is_success(),
        "the emulator at {address} answers with {status}"
    );
    Ok(())
}
