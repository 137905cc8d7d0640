//! DynamoDB: an embedded one in the data directory, or another at a URL, with the template's tables.

mod error;
mod tables;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use dynoxide::Database;
use emulator_template::REGION;
use emulator_template::model::Table;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use error::DynamoDbError;

/// DynamoDB itself deletes expired items within days; a minute shows sooner what a TTL does.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Starts the embedded DynamoDB and returns its URL. It serves until `stop`.
///
/// # Errors
/// If the database file can't be opened or no port is free.
pub async fn embedded(
    data_dir: &Path,
    tasks: &TaskTracker,
    stop: CancellationToken,
) -> Result<String, DynamoDbError> {
    let path = data_dir.join("dynamodb.sqlite");
    let start = |error: &dyn std::fmt::Display| DynamoDbError::Start(error.to_string());
    let path = path
        .to_str()
        .ok_or_else(|| DynamoDbError::Start("the data directory is not UTF-8".to_owned()))?;
    let database = Database::new(path).map_err(|error| start(&error))?;
    let listener = listen().await.map_err(|error| start(&error))?;
    let address = listener.local_addr().map_err(|error| start(&error))?;
    tasks.spawn(sweep(database.clone(), stop.clone()));
    tasks.spawn(async move {
        let stopped = stop.cancelled_owned();
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stopped).await
        {
            tracing::error!(error, "the embedded DynamoDB ended: restart the emulator");
        }
    });
    Ok(format!("http://{address}"))
}

/// Listens where no web page finds it. The embedded server answers every `Host` and lets any page read its answers (dynoxide 3.2 knows
/// nothing else), so it gets a random address of the 16 million that lead to this machine. Where the operating system has but one
/// of them (macOS), it gets a random port of that.
async fn listen() -> std::io::Result<TcpListener> {
    // The first and the last block hold addresses that mean all of them.
    let second = rand::random_range(1..=254);
    let [third, fourth] = rand::random();
    match TcpListener::bind((Ipv4Addr::new(127, second, third, fourth), 0)).await {
        Err(error) if error.kind() == ErrorKind::AddrNotAvailable => {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
        }
        listener => listener,
    }
}

/// Creates the tables that don't exist yet, and the indexes that are new of those that do.
///
/// # Errors
/// If a table exists with another key or another index of that name, or DynamoDB refuses.
pub async fn create_tables(url: &str, declared: &[Table]) -> Result<(), DynamoDbError> {
    let client = client(url);
    for table in declared {
        tables::ensure(&client, table).await?;
    }
    Ok(())
}

fn client(url: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(url)
        .credentials_provider(crate::credentials())
        .build();
    Client::from_conf(config)
}

async fn sweep(database: Database, stop: CancellationToken) {
    let mut timer = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = timer.tick() => {}
        }
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(deleted)) => tracing::debug!(deleted, "deleted expired items"),
            Ok(Err(error)) => {
                tracing::warn!(%error, "expired items were not deleted, trying again in a minute")
            }
            Err(error) => {
                tracing::warn!(%error, "the deletion of expired items panicked, trying again in a minute")
            }
        }
    }
}
