//! A template's stack, from the start to the end.

mod backends;
mod data_dir;
mod load;
mod ports;
mod running;
mod site;
mod start;
mod websocket_url;

use std::io::Write;

use anyhow::{Context, Result};

use crate::args::Args;
use crate::{display, signals};

/// Runs the template until a signal, or until standard input closes where that is asked for.
///
/// # Errors
/// If something can't be started.
pub(crate) async fn run(args: &Args) -> Result<()> {
    let mut stop = signals::Stop::listen(args.stop_on_stdin_close)?;
    let (stack, url) = tokio::select! {
        started = start::start(args) => started?,
        () = stop.wait() => return Ok(()),
    };
    writeln!(std::io::stdout(), "ready {url}").context("standard output is closed")?;
    stop.wait().await;
    display::print("\nstopping, a second Ctrl-C ends at once\n");
    tokio::select! {
        () = stack.shutdown() => {}
        () = stop.wait_for_another() => {
            display::print("\nended at once\n");
            stack.kill().await;
        }
    }
    Ok(())
}

/// Reads the template and says what it has.
///
/// # Errors
/// All that is wrong with the template.
pub(crate) fn check(args: &Args) -> Result<String> {
    let model = load::load(args, "127.0.0.1:9092", &[])?;
    let summary = display::summary(&model);
    Ok(format!("{}: {summary}", args.template.file.display()))
}
