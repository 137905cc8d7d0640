//! How many snapshots a second are accepted over REST, and how many are written: the whole way from the request through
//! Kafka and `snapshot-writer` to the table.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use e2e::{Broker, Options, Session, Stack, User};
use futures_util::{StreamExt, TryStreamExt, stream};

/// How often the table is asked how far the writing is.
const POLL: Duration = Duration::from_millis(50);
/// How long writing may take after the last snapshot was accepted.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub broker: Broker,
    pub users: usize,
    /// In all, dealt out among the users.
    pub snapshots: usize,
    /// Requests under way at once.
    pub callers: usize,
    /// Whether the logs of the emulator and its functions are shown.
    pub show_logs: bool,
}

/// What was measured.
#[derive(Debug)]
pub struct Figures {
    /// Snapshots accepted a second.
    pub accepted_per_second: f64,
    /// Snapshots written a second, from the first request to the last write.
    pub written_per_second: f64,
}

/// Asks for snapshots as fast as the callers can, and waits until all are written.
///
/// # Errors
/// If the stack does not start, refuses a snapshot or does not write all of them.
pub async fn measure(setting: Setting) -> Result<Figures> {
    let options = Options {
        broker: setting.broker,
        is_quiet: !setting.show_logs,
        price_partitions: Some(1),
        ..Options::default()
    };
    let stack = tokio::task::spawn_blocking(|| Stack::start(options)).await??;
    let session = &Session::new(&stack);
    let table = e2e::dynamodb(&stack).await?;
    let users: Vec<User> = stream::iter(0..setting.users)
        .map(|_| session.new_user())
        .buffer_unordered(2)
        .try_collect()
        .await?;
    ask(session, &users, setting.callers, setting.callers).await?;
    written(&table, setting.callers).await?;

    let started = Instant::now();
    ask(session, &users, setting.snapshots, setting.callers).await?;
    let accepted = started.elapsed();
    written(&table, setting.callers + setting.snapshots).await?;
    let per_second = |time: Duration| setting.snapshots as f64 / time.as_secs_f64();
    Ok(Figures {
        accepted_per_second: per_second(accepted),
        written_per_second: per_second(started.elapsed()),
    })
}

async fn ask(session: &Session, users: &[User], snapshots: usize, callers: usize) -> Result<()> {
    stream::iter(0..snapshots)
        .map(|number| session.save_snapshot(&users[number % users.len()]))
        .buffer_unordered(callers)
        .try_for_each(|_| async { Ok(()) })
        .await
}

/// Waits until so many snapshots are written, as the statistics of their users say.
async fn written(table: &Client, snapshots: usize) -> Result<()> {
    let started = Instant::now();
    loop {
        let items = table
            .scan()
            .table_name("SnapshotsTable")
            .consistent_read(true)
            .filter_expression("sk = :stats")
            .expression_attribute_values(":stats", AttributeValue::S("stats".to_owned()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await?;
        let count = |item: &std::collections::HashMap<String, AttributeValue>| {
            item.get("snapshots")?.as_n().ok()?.parse::<usize>().ok()
        };
        let written: usize = items.iter().filter_map(count).sum();
        if written >= snapshots {
            return Ok(());
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{written} of {snapshots} snapshots are written after {PATIENCE:?}"
        );
        tokio::time::sleep(POLL).await;
    }
}
