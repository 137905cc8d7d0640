//! Runs a command beside a stack of its own: `with-stack <command> [arguments]`.
//!
//! The command finds the stack by `FASTFUSION_URL` and `FASTFUSION_WEBSOCKET_URL`; its code is that of this program.

use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};
use e2e::{Options, Stack};

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments
        .next()
        .context("usage: with-stack <command> [arguments]")?;
    let options = Options {
        is_quiet: true,
        ..Options::default()
    };
    let stack = Stack::start(options)?;
    let status = Command::new(&program)
        .args(arguments)
        .env("FASTFUSION_URL", stack.url())
        .env("FASTFUSION_WEBSOCKET_URL", stack.websocket_url())
        .status()
        .with_context(|| format!("{} can't be run", program.display()))?;
    Ok(exit_code(status))
}

/// The code of a command; 1 of one that a signal ended.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
