//! The emulator as a command: it wires the other crates for one template, and shows what runs.
//!
//! It must not emulate anything itself.

mod args;
mod clients;
mod console;
mod display;
mod front_door;
mod health;
mod pollers;
mod provision;
mod replay;
mod running;
mod schedules;
mod signals;
mod stack;
mod template;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use args::{Args, Command};

/// How long threads may take to end after everything has stopped.
const LAST_THREADS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(emulator_runtime::REAPER_ARGUMENT) {
        emulator_runtime::run_reaper(std::io::stdin().lock());
        return ExitCode::SUCCESS;
    }
    let args = Args::parse();
    display::init_tracing();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    if args.check {
        println!("{}", stack::check(args)?);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        match &args.command {
            Some(Command::Triggers(triggers)) => pollers::run(triggers).await,
            Some(Command::Provision(provision)) => provision::run(provision).await,
            Some(Command::Replay(replay)) => replay::run(replay).await,
            Some(Command::Health(health)) => health::check(health).await,
            None => stack::run(args).await,
        }
    });
    // A Kafka consumer waits for its broker to take a last commit, for ever if that is gone.
    runtime.shutdown_timeout(LAST_THREADS);
    result
}
