//! Has a running emulator deliver records again.

use anyhow::{Context, Result, bail, ensure};
use hyper::Method;
use serde::Deserialize;
use serde_json::json;

use crate::args::ReplayArgs;
use crate::running::RunningEmulator;

/// What is of interest in the status.
#[derive(Deserialize)]
struct Status {
    triggers: Vec<Trigger>,
}

#[derive(Deserialize)]
struct Trigger {
    id: String,
    topic: String,
}

#[derive(Deserialize)]
struct Replayed {
    partitions: Vec<Partition>,
}

#[derive(Deserialize)]
struct Partition {
    partition: i32,
    from: i64,
    until: i64,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

/// Has the topic's triggers, or the one that is named, deliver again, and says what.
///
/// # Errors
/// If there is no such emulator, topic or trigger, or Kafka does not answer.
pub(crate) async fn run(args: &ReplayArgs) -> Result<()> {
    let emulator = RunningEmulator::at(args.port);
    for trigger in triggers(&emulator, args).await? {
        let path = format!("/triggers/{trigger}/replay");
        let body = json!({ "from": args.from }).to_string();
        let replayed: Replayed = ask(&emulator, Method::POST, &path, body).await?;
        let records: i64 = replayed.partitions.iter().map(|p| p.until - p.from).sum();
        println!("{trigger}: {records} records of {} again", args.topic);
        for Partition {
            partition,
            from,
            until,
        } in replayed.partitions
        {
            println!("  partition {partition}: offsets {from} to {until}");
        }
    }
    Ok(())
}

/// The ids of those that are meant.
async fn triggers(emulator: &RunningEmulator, args: &ReplayArgs) -> Result<Vec<String>> {
    let status: Status = ask(emulator, Method::GET, "", String::new()).await?;
    let of_topic = status.triggers.into_iter();
    let of_topic = of_topic.filter(|trigger| trigger.topic == args.topic);
    let ids: Vec<_> = of_topic.map(|trigger| trigger.id).collect();
    let topic = &args.topic;
    ensure!(!ids.is_empty(), "no trigger reads the topic {topic}");
    match &args.trigger {
        None => Ok(ids),
        Some(one) if ids.contains(one) => Ok(vec![one.clone()]),
        Some(one) => bail!(
            "{one} is no trigger of the topic {topic}: there is {}",
            ids.join(", ")
        ),
    }
}

async fn ask<T: for<'a> Deserialize<'a>>(
    emulator: &RunningEmulator,
    method: Method,
    path: &str,
    body: String,
) -> Result<T> {
    let (status, body) = emulator.call(method, path, body).await?;
    if !status.is_success() {
        match serde_json::from_slice::<Refused>(&body) {
            Ok(refused) => bail!(refused.error),
            Err(_) => bail!(
                "the emulator at {} answers with {status}",
                emulator.address()
            ),
        }
    }
    serde_json::from_slice(&body).context("what answers there is no emulator of this version")
}
