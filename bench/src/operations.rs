//! Subscriptions to GraphQL operations beside the raw feed: the prices of the same users to as many connections, one
//! audience after the other on one stack.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::Tick;
use e2e::{Broker, Options, Session, Stack, seed};
use serde_json::json;

use crate::arrivals::{Measured, collect, warm_up};
use crate::load::{self, ID, Script, USERS_PER_CONNECTION, now_us, raw_script};
use crate::logs::{Batch, FanoutLog};
use crate::process::cpu_of_fanout;

/// How long the stack may take to forget an audience that has left.
const LEAVING: Duration = Duration::from_secs(180);

/// Who listens.
#[derive(Debug, Clone, Copy)]
pub enum Audience {
    /// Connections of the raw feed.
    Raw,
    /// Subscribers to one operation.
    Same,
    /// Subscribers to an operation each.
    Distinct,
}

impl Audience {
    /// In the order in which they are measured.
    const ALL: [Self; 3] = [Self::Raw, Self::Same, Self::Distinct];

    /// What a reader of the figures calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Raw => "raw feed",
            Self::Same => "one operation",
            Self::Distinct => "an operation each",
        }
    }

    /// How its client of this number subscribes.
    fn script(self, token: &str, users: &[String], number: usize) -> Script {
        match self {
            Self::Raw => raw_script(token, users),
            Self::Same => operation_script(token, users, "tick"),
            Self::Distinct => operation_script(token, users, &format!("tick_{number}: tick")),
        }
    }
}

/// Subscribes to these users over `graphql-transport-ws`. `tick` selects the tick: an operation differs from another by
/// the names in its results alone.
fn operation_script(token: &str, users: &[String], tick: &str) -> Script {
    let query = format!(
        "subscription($ids: [ID!]) {{ onPriceUpdate(userIds: $ids) {{ {tick} prices {{ userId price }} }} }}"
    );
    let payload = json!({"query": query, "variables": {"ids": users}});
    let subscribe = json!({"id": ID, "type": "subscribe", "payload": payload});
    let authorization = json!({"Authorization": format!("Bearer {token}")});
    let init = json!({"type": "connection_init", "payload": authorization});
    let protocol = "graphql-transport-ws".to_owned();
    Script {
        headers: vec![("sec-websocket-protocol", protocol)],
        exchanges: vec![
            (init.to_string(), r#""connection_ack""#),
            // The prices of now.
            (subscribe.to_string(), r#""next""#),
        ],
    }
}

/// What to measure.
#[derive(Debug)]
pub struct Setting {
    /// The broker.
    pub broker: Broker,
    /// Open connections of each audience.
    pub connections: usize,
    /// Registered shareholders.
    pub shareholders: usize,
    /// Ticks to measure.
    pub ticks: u64,
    /// Show what `price-fanout` logs of each tick.
    pub show_logs: bool,
}

/// What was measured of one audience.
#[derive(Debug)]
pub struct Figures {
    /// Who listened.
    pub audience: Audience,
    /// What came to the clients.
    pub measured: Measured,
    /// Frames that should have come: one per connection and tick.
    pub expected: u64,
    /// What `price-fanout` logged meanwhile.
    pub batches: Vec<Batch>,
    /// Prices of one tick.
    pub prices: u64,
    /// CPU that `price-fanout` used per post.
    pub fanout_cpu_per_post: Duration,
    /// CPU that the emulator used per post, with its broker and database.
    pub emulator_cpu_per_post: Duration,
}

impl Figures {
    /// How often operations were executed for the prices of one tick.
    pub fn executions_per_event(&self) -> f64 {
        let ticks = self.sum(|batch| batch.records) / self.prices as f64;
        self.sum(|batch| batch.executions) / ticks
    }

    /// Bytes of a message, without what WebSocket and HTTP add.
    pub fn bytes_per_message(&self) -> f64 {
        self.sum(|batch| batch.bytes) / self.sum(|batch| batch.posts)
    }

    /// What executing and posting a batch took, as `price-fanout` saw it, mean of the batches. One ordinarily holds a tick.
    pub fn posting(&self) -> Duration {
        let posting: Duration = self.batches.iter().map(|batch| batch.posting).sum();
        posting.div_f64(self.batches.len() as f64)
    }

    /// What all of a batch took `price-fanout`, mean of the batches.
    pub fn took(&self) -> Duration {
        let took: Duration = self.batches.iter().map(|batch| batch.took).sum();
        took.div_f64(self.batches.len() as f64)
    }

    fn sum(&self, of: fn(&Batch) -> u64) -> f64 {
        self.batches.iter().map(of).sum::<u64>() as f64
    }
}

/// Starts a stack, fills it and listens, audience by audience.
///
/// # Errors
/// If the stack does not start, or a client is refused.
pub async fn measure(setting: &Setting) -> Result<Vec<Figures>> {
    let options = Options {
        broker: setting.broker,
        is_quiet: true,
        price_partitions: Some(1),
        ..Options::default()
    };
    let stack = tokio::task::spawn_blocking(|| Stack::start(options)).await??;
    let user = Session::new(&stack).new_user().await?;
    let users = seed(&stack, setting.shareholders).await?;
    let users: Vec<_> = users[..USERS_PER_CONNECTION]
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut log = FanoutLog::of(&stack, setting.show_logs);
    let mut figures = Vec::new();
    for audience in Audience::ALL {
        eprintln!("  {}", audience.label());
        let script = |number| audience.script(&user.token, &users, number);
        figures.push(listen(&stack, setting, audience, script, &mut log).await?);
        let leaving = tokio::time::timeout(LEAVING, has_left(&mut log));
        leaving.await.context("closed connections stay known")??;
    }
    Ok(figures)
}

async fn listen(
    stack: &Stack,
    setting: &Setting,
    audience: Audience,
    script: impl Fn(usize) -> Script,
    log: &mut FanoutLog,
) -> Result<Figures> {
    let (mut arrivals, clients) = load::start(stack, setting.connections, script).await?;
    let connections = setting.connections as u64;
    warm_up(&mut arrivals, connections).await?;
    log.read()?;
    let from = Tick::at_ms(now_us() / 1000).plus(1);
    let (fanout, emulator) = cpu_of_fanout(stack)?;
    let measured = collect(&mut arrivals, from, setting.ticks).await?;
    let (fanout_after, emulator_after) = cpu_of_fanout(stack)?;
    let mut batches = log.read()?;
    batches.retain(|batch| batch.posts > 0);
    drop(clients);
    let frames = u32::try_from(measured.latency_us.len()).context("fewer than 2^32 frames")?;
    Ok(Figures {
        audience,
        measured,
        expected: connections * setting.ticks,
        batches,
        // The user that subscribes is a shareholder, too.
        prices: setting.shareholders as u64 + 1,
        fanout_cpu_per_post: (fanout_after - fanout) / frames.max(1),
        emulator_cpu_per_post: (emulator_after - emulator) / frames.max(1),
    })
}

/// Waits for a tick that nobody gets.
async fn has_left(log: &mut FanoutLog) -> Result<()> {
    while log.read()?.iter().all(|batch| batch.connections > 0) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}
