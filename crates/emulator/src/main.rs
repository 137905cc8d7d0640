//! Runs a SAM template on one machine. See `emulator --help`.

use std::process::ExitCode;

use clap::Parser;
use emulator::cli::Cli;
use emulator::{display, runtime, stack};

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
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(stack::run(cli))
}
