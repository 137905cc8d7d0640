//! Runs a command beside a stack of its own: `with-stack [--shareholders N] [<options of the emulator> --] <command> [arguments]`.
//!
//! The command finds the stack by `FASTFUSION_URL` and `FASTFUSION_WEBSOCKET_URL`, browser tests by `BASE_URL`, and what the stack
//! keeps in `FASTFUSION_DATA_DIR`; its code is that of this program. With `--shareholders`, there are so many before it runs.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result, anyhow};
use e2e::{Options, Stack, seed};

const USAGE: &str =
    "usage: with-stack [--shareholders N] [<options of the emulator> --] <command> [arguments]";

fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let (shareholders, arguments) = shareholders(&arguments)?;
    let (emulator, command) = split(arguments);
    let (program, arguments) = command.split_first().context(USAGE)?;
    let emulator = emulator.iter().map(|option| option.clone().into_string());
    let options = Options {
        arguments: emulator.collect::<Result<_, _>>().map_err(|option| {
            anyhow!(
                "an option of the emulator is not UTF-8: {}",
                option.display()
            )
        })?,
        is_quiet: true,
        ..Options::default()
    };
    let stack = Stack::start(options)?;
    tokio::runtime::Runtime::new()?.block_on(seed(&stack, shareholders))?;
    let status = Command::new(program)
        .args(arguments)
        .env("FASTFUSION_URL", stack.url())
        .env("FASTFUSION_WEBSOCKET_URL", stack.websocket_url())
        .env("BASE_URL", stack.url())
        .env("FASTFUSION_DATA_DIR", stack.data_dir())
        .status()
        .with_context(|| format!("{} can't be run", program.display()))?;
    Ok(exit_code(status))
}

/// How many shareholders there are to be, and the arguments after that.
fn shareholders(arguments: &[OsString]) -> Result<(usize, &[OsString])> {
    let [option, number, rest @ ..] = arguments else {
        return Ok((0, arguments));
    };
    if option != "--shareholders" {
        return Ok((0, arguments));
    }
    let number = number.to_str().and_then(|number| number.parse().ok());
    Ok((number.context(USAGE)?, rest))
}

/// The options of the emulator, and the command.
fn split(arguments: &[OsString]) -> (&[OsString], &[OsString]) {
    let has_options = arguments
        .first()
        .is_some_and(|first| first.as_encoded_bytes().starts_with(b"-"));
    let end = arguments
        .iter()
        .position(|argument| argument == OsStr::new("--"));
    match end {
        Some(end) if has_options => (&arguments[..end], &arguments[end + 1..]),
        _ => (&[], arguments),
    }
}

/// The code of a command; 1 of one that a signal ended.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
