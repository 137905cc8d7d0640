//! From the tick boundary to the sockets.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::Tick;
use e2e::{Broker, Options, Session, Stack};
use hdrhistogram::Histogram;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::load::{self, Arrival, now_us};
use crate::process::{cpu_of, cpu_of_children};
use crate::seed::seed;

/// The longest latency that is told apart from longer ones: a minute.
const LATENCY_MAX_US: u64 = 60_000_000;

/// Ticks that must have reached everybody before the measurement.
const WARM_UP_TICKS: u64 = 4;

/// What to measure.
#[derive(Debug)]
pub struct Setting {
    /// The broker.
    pub broker: Broker,
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
    /// Frames that should have arrived: one per connection and tick.
    pub expected: u64,
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
        is_quiet: !setting.show_logs,
        ..Options::default()
    };
    let stack = tokio::task::spawn_blocking(|| Stack::start(options)).await??;
    let user = Session::new(&stack).new_user().await?;
    let users = seed(&stack, setting.shareholders).await?;
    // The roster is read when an invocation starts: this one takes over with all of them.
    let (mut arrivals, clients) =
        load::start(&stack, &user.token, &users, setting.connections).await?;

    let connections = setting.connections as u64;
    warm_up(&mut arrivals, connections).await?;
    let from = Tick::at_ms(now_us() / 1000).plus(1);
    let (fanout, emulator) = cpu(&stack)?;
    let measured = collect(&mut arrivals, from, setting.ticks, connections).await?;
    let (fanout_after, emulator_after) = cpu(&stack)?;

    drop(clients);
    let frames = u32::try_from(measured.latency_us.len()).context("fewer than 2^32 frames")?;
    Ok(Figures {
        frames: u64::from(frames),
        expected: connections * setting.ticks,
        frames_per_second: measured.frames_per_second,
        latency_us: measured.latency_us,
        fanout_cpu_per_post: (fanout_after - fanout) / frames.max(1),
        emulator_cpu_per_post: (emulator_after - emulator) / frames.max(1),
    })
}

fn cpu(stack: &Stack) -> Result<(Duration, Duration)> {
    let emulator = stack.process_id();
    Ok((
        cpu_of_children(emulator, "price-fanout")?,
        cpu_of(emulator)?,
    ))
}

/// Waits until some ticks have reached every connection: `price-fanout` runs in a process for each of its
/// two triggers, either may get the prices, and each reads the audience once.
async fn warm_up(arrivals: &mut UnboundedReceiver<Arrival>, connections: u64) -> Result<()> {
    let mut counts: HashMap<Tick, u64> = HashMap::new();
    let wait = async {
        let mut full = 0;
        while let Some(arrival) = arrivals.recv().await {
            let count = counts.entry(arrival.tick).or_default();
            *count += 1;
            full += u64::from(*count == connections);
            if full == WARM_UP_TICKS {
                return Ok(());
            }
        }
        anyhow::bail!("all connections were lost")
    };
    let patience = Duration::from_secs(120);
    let waited = tokio::time::timeout(patience, wait).await;
    waited.with_context(|| format!("no full tick reached every connection within {patience:?}"))?
}

struct Measured {
    latency_us: Histogram<u64>,
    frames_per_second: f64,
}

async fn collect(
    arrivals: &mut UnboundedReceiver<Arrival>,
    from: Tick,
    ticks: u64,
    connections: u64,
) -> Result<Measured> {
    let mut latency_us = Histogram::<u64>::new_with_max(LATENCY_MAX_US, 3)?;
    let mut spans: HashMap<Tick, (u64, u64, u64)> = HashMap::new();
    let until = from.plus(ticks);
    let receive = async {
        while latency_us.len() < connections * ticks {
            let Some(Arrival { tick, at_us }) = arrivals.recv().await else {
                break;
            };
            if tick < from || tick >= until {
                continue;
            }
            latency_us.saturating_record(at_us.saturating_sub(tick.starts_at_ms() * 1000));
            let (first, last, count) = spans.entry(tick).or_insert((at_us, at_us, 0));
            (*first, *last, *count) = ((*first).min(at_us), (*last).max(at_us), *count + 1);
        }
    };
    let patience = Duration::from_secs((ticks + 3) * Tick::PERIOD_SECS);
    if tokio::time::timeout(patience, receive).await.is_err() {
        eprintln!("  some frames did not arrive within {patience:?}");
    }
    let rates = spans.values().map(|(first, last, count)| {
        *count as f64 / (last.saturating_sub(*first).max(1) as f64 / 1e6)
    });
    let frames_per_second = rates.sum::<f64>() / (spans.len().max(1) as f64);
    Ok(Measured {
        latency_us,
        frames_per_second,
    })
}
