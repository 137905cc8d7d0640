//! Gives accounts from before the canonical form of their email address: domains as DNS has them (A-labels).
//!
//! `cargo run -p store --example canonical-emails -- <UsersTable>` says what would change; with `--change` it is done.
//! It can be run again. Credentials, region and endpoint come from where the AWS CLI looks for them.

use std::process::ExitCode;

use store::users::DynamoUserStore;

const USAGE: &str = "usage: canonical-emails <UsersTable> [--change]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let (table, change) = match &arguments[..] {
        [table] if !table.starts_with('-') => (table, false),
        [table, flag] if flag == "--change" => (table, true),
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let store = DynamoUserStore::new(aws_sdk_dynamodb::Client::new(&config), table);
    let report = store.canonicalise_emails(change).await?;

    println!("{} addresses are canonical.", report.canonical);
    let verb = if change { "became" } else { "would become" };
    for (from, to) in &report.changed {
        println!("{from} {verb} {to}");
    }
    for (from, to) in &report.collisions {
        println!("COLLISION: {from} stays: another account has {to}");
    }
    for address in &report.refused {
        println!("REFUSED: {address} stays, but no mail can be sent to it");
    }
    let is_clean = report.collisions.is_empty() && report.refused.is_empty();
    Ok(if is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
