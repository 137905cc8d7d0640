//! What reaches the clients, and when.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::Tick;
use hdrhistogram::Histogram;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::load::Arrival;

/// The longest latency that is told apart from longer ones: a minute.
const LATENCY_MAX_US: u64 = 60_000_000;

/// Ticks that must have reached everybody before the measurement.
const WARM_UP_TICKS: u64 = 4;

/// Waits until some ticks have reached every connection: `price-fanout` runs in a process for each of its
/// two triggers, either may get the prices, and each reads the audience once.
///
/// # Errors
/// If that takes more than two minutes.
pub async fn warm_up(arrivals: &mut UnboundedReceiver<Arrival>, connections: u64) -> Result<()> {
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

/// What clients saw of some ticks.
#[derive(Debug)]
pub struct Measured {
    /// From the tick boundary to the client, in microseconds: of each frame.
    pub latency_us: Histogram<u64>,
    /// Frames a second between the first and the last of a tick, mean of the ticks.
    pub frames_per_second: f64,
}

/// Measures the ticks from `from` on, that many, until a frame of the next one comes: there may be several of a tick for each
/// connection.
///
/// # Errors
/// If there is no memory for the histogram.
pub async fn collect(
    arrivals: &mut UnboundedReceiver<Arrival>,
    from: Tick,
    ticks: u64,
) -> Result<Measured> {
    let mut latency_us = Histogram::<u64>::new_with_max(LATENCY_MAX_US, 3)?;
    let mut spans: HashMap<Tick, (u64, u64, u64)> = HashMap::new();
    let until = from.plus(ticks);
    let receive = async {
        while let Some(Arrival { tick, at_us }) = arrivals.recv().await {
            if tick >= until {
                break;
            }
            if tick < from {
                continue;
            }
            latency_us.saturating_record(at_us.saturating_sub(tick.starts_at_ms() * 1000));
            let (first, last, count) = spans.entry(tick).or_insert((at_us, at_us, 0));
            (*first, *last, *count) = ((*first).min(at_us), (*last).max(at_us), *count + 1);
        }
    };
    let patience = Duration::from_secs((ticks + 3) * Tick::PERIOD_SECS);
    if tokio::time::timeout(patience, receive).await.is_err() {
        eprintln!("  no frame of the next tick arrived within {patience:?}");
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
