//! Runs a command that serves Fastfusion and, once it is healthy, registers demo shareholders through
//! the public API. Running it again registers nobody twice.
//!
//! It knows the REST API only; it must not reach around it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

/// Not a secret: every demo shareholder of every local run has it.
const PASSWORD: &str = "demo-shareholder";
/// Hashing passwords takes a core each, so more would only queue.
const CONCURRENT_REGISTRATIONS: usize = 4;
const START_UP: Duration = Duration::from_secs(60);

/// Runs a server and registers demo shareholders with it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Base URL of the REST API.
    #[arg(long, default_value = "http://127.0.0.1:8001")]
    url: String,
    /// How many shareholders to register.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(0..=1000))]
    users: u32,
    /// The command that serves, after `--`.
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let (program, rest) = arguments
        .command
        .split_first()
        .context("a command is required")?;
    // Ctrl-C reaches the server as well: it ends orderly, and this program with it.
    let mut interrupts = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let mut server = Command::new(program)
        .args(rest)
        .spawn()
        .with_context(|| format!("can't start {program}"))?;
    tokio::select! {
        ended = server.wait() => return Ok(exit_code(ended?)),
        registered = register_all(&arguments) => {
            if let Err(error) = registered {
                eprintln!("The demo shareholders could not be registered: {error:#}");
                stop(&server).await?;
                server.wait().await?;
                return Ok(ExitCode::FAILURE);
            }
        }
        _ = interrupts.recv() => {}
    }
    Ok(exit_code(server.wait().await?))
}

async fn register_all(arguments: &Arguments) -> Result<()> {
    let client = Client::new();
    wait_until_healthy(&client, &arguments.url).await?;
    let new = stream::iter(1..=arguments.users)
        .map(|number| register(&client, &arguments.url, number))
        .buffer_unordered(CONCURRENT_REGISTRATIONS)
        .try_fold(0, |sum, is_new| async move { Ok(sum + u32::from(is_new)) })
        .await?;
    if arguments.users > 0 {
        println!(
            "{} demo shareholders, {new} of them new: log in as demo1@example.com to demo{}@example.com, \
             password {PASSWORD}",
            arguments.users, arguments.users
        );
    }
    Ok(())
}

async fn wait_until_healthy(client: &Client, url: &str) -> Result<()> {
    let deadline = Instant::now() + START_UP;
    loop {
        let answer = client.get(format!("{url}/health")).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) if Instant::now() > deadline => {
                bail!(
                    "{url}/health still answers {} after {START_UP:?}",
                    answer.status()
                )
            }
            Err(error) if Instant::now() > deadline => {
                return Err(error).context("the server did not come up");
            }
            Ok(_) | Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Registers one shareholder; false if it was registered before.
async fn register(client: &Client, url: &str, number: u32) -> Result<bool> {
    let body = json!({
        "name": format!("Demo Shareholder {number}"),
        "email": format!("demo{number}@example.com"),
        "password": PASSWORD,
    });
    let answer = client
        .post(format!("{url}/api/v1/users/register"))
        .json(&body)
        .send()
        .await?;
    match answer.status() {
        StatusCode::CREATED => Ok(true),
        StatusCode::CONFLICT => Ok(false),
        status => bail!(
            "registering shareholder {number} answered {status}: {}",
            answer.text().await?
        ),
    }
}

/// Asks the server to stop, as Ctrl-C would.
async fn stop(server: &Child) -> Result<()> {
    if let Some(process) = server.id() {
        Command::new("kill")
            .args(["-INT", &process.to_string()])
            .status()
            .await?;
    }
    Ok(())
}

fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
