//! Runs a SAM template on one machine. See `emulator --help`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use emulator::cli::Cli;
use emulator::{display, runtime, stack};

/// How long threads may take to end after everything has stopped.
const LAST_THREADS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(runtime::REAPER_ARGUMENT) {
        runtime::run_reaper(std::io::stdin().lock());
        return ExitCode::SUCCESS;
    }
    let cli = Cli::parse();
    display::init_tracing();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    if cli.check {
        println!("{}", stack::check(cli)?);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(stack::run(cli));
    // A Kafka consumer waits for its broker to take a last commit, for ever if that is gone.
    runtime.shutdown_timeout(LAST_THREADS);
    result
}
