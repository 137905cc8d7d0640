//! From the tick boundary to the sockets.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::{Tick, UserId};
use e2e::{Broker, Options, Session, Stack, seed};
use hdrhistogram::Histogram;

use crate::arrivals::{collect, warm_up};
use crate::load::{self, Script, USERS_PER_CONNECTION, now_us, raw_script};
use crate::process::cpu_of_fanout;

/// What to measure.
#[derive(Debug)]
pub struct Setting {
    /// The broker.
    pub broker: Broker,
    /// Partitions of the price topic, each of which is consumed by itself.
    pub partitions: u32,
    /// Open connections.
    pub connections: usize,
    /// Registered shareholders.
    pub shareholders: usize,
    /// Ticks to measure.
    pub ticks: u64,
    /// Show the logs of the emulator and its functions.
    pub show_logs: bool,
}

/// What was measured.
#[derive(Debug)]
pub struct Figures {
    /// From the tick boundary to the client, in microseconds.
    pub latency_us: Histogram<u64>,
    /// Frames that arrived.
    pub frames: u64,
    /// Frames that each connection got for a tick, on average.
    pub frames_per_tick: f64,
    /// Frames a second between the first and the last of a tick, mean of the ticks.
    pub frames_per_second: f64,
    /// CPU that `price-fanout` used per post.
    pub fanout_cpu_per_post: Duration,
    /// CPU that the emulator used per post, with its broker and database.
    pub emulator_cpu_per_post: Duration,
}

/// Starts a stack, fills it and listens.
///
/// # Errors
/// If the stack does not start, or a client is refused.
pub async fn measure(setting: &Setting) -> Result<Figures> {
    let options = Options {
        broker: setting.broker,
        price_partitions: Some(setting.partitions),
        is_quiet: !setting.show_logs,
        ..Options::default()
    };
    let stack = tokio::task::spawn_blocking(|| Stack::start(options)).await??;
    let user = Session::new(&stack).new_user().await?;
    let users = seed(&stack, setting.shareholders).await?;
    // The roster is read when an invocation starts: this one takes over with all of them.
    let (mut arrivals, clients) = load::start(&stack, setting.connections, |number| {
        script(&user.token, &users, number)
    })
    .await?;

    let connections = setting.connections as u64;
    warm_up(&mut arrivals, connections).await?;
    let from = Tick::at_ms(now_us() / 1000).plus(1);
    let (fanout, emulator) = cpu_of_fanout(&stack)?;
    let measured = collect(&mut arrivals, from, setting.ticks).await?;
    let (fanout_after, emulator_after) = cpu_of_fanout(&stack)?;

    drop(clients);
    let frames = u32::try_from(measured.latency_us.len()).context("fewer than 2^32 frames")?;
    Ok(Figures {
        frames: u64::from(frames),
        frames_per_tick: f64::from(frames) / (connections * setting.ticks) as f64,
        frames_per_second: measured.frames_per_second,
        latency_us: measured.latency_us,
        fanout_cpu_per_post: (fanout_after - fanout) / frames.max(1),
        emulator_cpu_per_post: (emulator_after - emulator) / frames.max(1),
    })
}

/// Subscribes to ten users. Neighbours overlap, so that every user has listeners and no two connections the same users.
fn script(token: &str, users: &[UserId], number: usize) -> Script {
    let names: Vec<String> = (0..USERS_PER_CONNECTION)
        .map(|offset| users[(number * 7 + offset * 31) % users.len()].to_string())
        .collect();
    raw_script(token, &names)
}
