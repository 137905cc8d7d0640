//! Registers demo shareholders through the public API of Fastfusion once it is healthy: one that runs already, or one that a command
//! serves, which it then runs. Running it again registers nobody twice.
//!
//! It knows the REST API only; it must not reach around it. Signals to it are passed on, and the command's standard input
//! closes when it ends, however it ends: `--stop-on-stdin-close` is how the emulator notices.

use std::pin::pin;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Client, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};
use tokio::time::{Instant, sleep};

/// Not a secret: every demo shareholder of every local run has it.
const PASSWORD: &str = "demo-shareholder";
/// Hashing passwords takes a core each, so more would only queue.
const CONCURRENT_REGISTRATIONS: usize = 4;
const START_UP: Duration = Duration::from_secs(60);

/// Registers demo shareholders with a server, which it runs if it is given its command.
#[derive(Debug, Parser)]
struct Arguments {
    /// Base URL of the REST API.
    #[arg(long, default_value = "http://127.0.0.1:8001")]
    url: String,
    /// What people are told to open [default: --url].
    #[arg(long, value_name = "URL")]
    open: Option<String>,
    /// How many shareholders to register.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u32).range(0..=1000))]
    users: u32,
    /// The command that serves, after `--`. Without it the server runs already.
    #[arg(last = true)]
    command: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let Some((program, rest)) = arguments.command.split_first() else {
        register_all(&arguments).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut signals = Signals::listen()?;
    let mut server = Command::new(program)
        .args(rest)
        // Held open, and never written to.
        .stdin(Stdio::piped())
        // A terminal's Ctrl-C comes here alone and is passed on, so that it counts once.
        .process_group(0)
        .spawn()
        .with_context(|| format!("can't start {program}"))?;
    let _held = server.stdin.take();
    let mut registering = pin!(register_all(&arguments));
    let (mut is_registering, mut has_failed) = (true, false);
    loop {
        tokio::select! {
            ended = server.wait() => {
                return Ok(if has_failed { ExitCode::FAILURE } else { exit_code(ended?) });
            }
            signal = signals.next() => {
                is_registering = false;
                pass_on(&server, signal);
            }
            registered = &mut registering, if is_registering => {
                is_registering = false;
                if let Err(error) = registered {
                    eprintln!("The demo shareholders could not be registered: {error:#}");
                    has_failed = true;
                    pass_on(&server, Signal::INT);
                }
            }
        }
    }
}

/// Requests to end.
struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: unix::Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hangup: unix::signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hangup.recv() => Signal::HUP,
        }
    }
}

fn pass_on(server: &Child, signal: Signal) {
    let process = server.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    if let Some(process) = process
        && let Err(error) = kill_process(process, signal)
    {
        eprintln!("The server can't be told to end: {error}");
    }
}

async fn register_all(arguments: &Arguments) -> Result<()> {
    let client = Client::new();
    wait_until_healthy(&client, &arguments.url).await?;
    let new = stream::iter(1..=arguments.users)
        .map(|number| register(&client, &arguments.url, number))
        .buffer_unordered(CONCURRENT_REGISTRATIONS)
        .try_fold(0, |sum, is_new| async move { Ok(sum + u32::from(is_new)) })
        .await?;
    let open = arguments.open.as_ref().unwrap_or(&arguments.url);
    let mut welcome = format!("\n  Open    {open}/\n");
    if arguments.users > 0 {
        println!(
            "{} demo shareholders, {new} of them new: {} to {}",
            arguments.users,
            address(1),
            address(arguments.users)
        );
        if can_log_in(&client, arguments).await? {
            welcome.push_str(&format!("  Log in  {}, password {PASSWORD}\n", address(1)));
        }
    }
    println!("{welcome}");
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

/// Whether the first demo shareholder can log in with the password of all.
async fn can_log_in(client: &Client, arguments: &Arguments) -> Result<bool> {
    let email = address(1);
    let answer = client
        .post(format!("{}/api/v1/users/login", arguments.url))
        .json(&json!({ "email": email, "password": PASSWORD }))
        .send()
        .await?;
    let status = answer.status();
    if !status.is_success() {
        eprintln!(
            "{email} can't log in with the password {PASSWORD} ({status}): somebody has registered it with another. \
             `make clean` forgets all that was registered."
        );
    }
    Ok(status.is_success())
}

/// The email address of a demo shareholder.
fn address(number: u32) -> String {
    format!("demo{number}@example.com")
}

/// Registers one shareholder; false if it was registered before.
async fn register(client: &Client, url: &str, number: u32) -> Result<bool> {
    let body = json!({
        "name": format!("Demo Shareholder {number}"),
        "email": address(number),
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

fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
