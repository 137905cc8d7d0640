//! Figures as Markdown.

use std::process::Command;

use crate::fanout::Figures;
use crate::throughput::Throughput;
use crate::{notifications, operations, snapshots};

/// Prints what the figures were measured on.
pub fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let commit = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output();
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!(
        "Machine: {cores} cores, {}. Commit: {}.\n",
        model.map_or("unknown", |(_, model)| model),
        commit.unwrap_or_else(|_| "unknown".to_owned())
    );
}

/// Prints the throughput of `price-tick`'s path.
pub fn throughput(shareholders: usize, figures: &[(&str, Throughput)]) {
    println!("Prices computed, published and acknowledged, {shareholders} shareholders a tick:\n");
    println!(
        "| broker | records/s | computing and encoding a tick | publishing it | bytes a record |"
    );
    println!("|---|---:|---:|---:|---:|");
    for (broker, figures) in figures {
        println!(
            "| {broker} | {:.0} | {} ms | {} ms | {:.0} |",
            figures.records_per_second(),
            figures.computing().as_millis(),
            figures.publishing().as_millis(),
            figures.bytes_per_record(),
        );
    }
    println!();
}

/// Prints latency and cost of the fan-out.
pub fn fanout(shareholders: usize, figures: &[(&str, usize, u32, Figures)]) {
    println!(
        "Fan-out, {shareholders} shareholders, {} named users a connection, frames of one tick:\n",
        crate::load::USERS_PER_CONNECTION
    );
    println!(
        "| connections | broker | partitions | frames | frames a connection and tick | posts/s | boundary to socket p50 | p99 | max | \
         price-fanout CPU a post | emulator CPU a post |"
    );
    println!("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (broker, connections, partitions, figures) in figures {
        let ms = |quantile| figures.latency_us.value_at_quantile(quantile) as f64 / 1e3;
        println!(
            "| {connections} | {broker} | {partitions} | {} | {:.2} | {:.0} | {:.1} ms | {:.1} ms | {:.1} ms | {} us | {} us |",
            figures.frames,
            figures.frames_per_tick,
            figures.frames_per_second,
            ms(0.5),
            ms(0.99),
            figures.latency_us.max() as f64 / 1e3,
            figures.fanout_cpu_per_post.as_micros(),
            figures.emulator_cpu_per_post.as_micros(),
        );
    }
    println!();
}

/// Prints latency and cost of subscriptions to operations beside the raw feed.
pub fn operations(
    connections: usize,
    shareholders: usize,
    figures: &[(&str, Vec<operations::Figures>)],
) {
    println!(
        "Subscriptions to GraphQL operations, {connections} connections, {shareholders} shareholders, the same {} users for \
         every connection, frames of one tick:\n",
        crate::load::USERS_PER_CONNECTION
    );
    println!(
        "| listeners | broker | frames | executions per event | posts/s | executing and posting a batch | all of a batch | \
         boundary to socket p50 | p99 | max | bytes a message | price-fanout CPU a post | emulator CPU a post |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    let all = figures
        .iter()
        .flat_map(|(broker, figures)| figures.iter().map(move |figures| (broker, figures)));
    for (broker, figures) in all {
        let latency_us = &figures.measured.latency_us;
        let ms = |quantile| latency_us.value_at_quantile(quantile) as f64 / 1e3;
        println!(
            "| {} | {broker} | {} of {} | {:.0} | {:.0} | {} ms | {} ms | {:.1} ms | {:.1} ms | {:.1} ms | {:.0} | {} us | {} us |",
            figures.audience.label(),
            latency_us.len(),
            figures.expected,
            figures.executions_per_event(),
            figures.measured.frames_per_second,
            figures.posting().as_millis(),
            figures.took().as_millis(),
            ms(0.5),
            ms(0.99),
            latency_us.max() as f64 / 1e3,
            figures.bytes_per_message(),
            figures.fanout_cpu_per_post.as_micros(),
            figures.emulator_cpu_per_post.as_micros(),
        );
    }
    println!();
}

/// Prints how fast snapshots are accepted and written.
pub fn snapshots(snapshots: usize, callers: usize, figures: &[(&str, snapshots::Figures)]) {
    println!("Snapshots, {snapshots} over REST, {callers} at once:\n");
    println!("| broker | accepted/s | written/s |");
    println!("|---|---:|---:|");
    for (broker, figures) in figures {
        println!(
            "| {broker} | {:.0} | {:.0} |",
            figures.accepted_per_second, figures.written_per_second
        );
    }
    println!();
}

/// Prints how fast notifications are sent.
pub fn notifications(sent: usize, callers: usize, figures: &[notifications::Figures]) {
    println!("Notifications accepted and sent, {sent} of each kind, {callers} at once:\n");
    println!("| kind | notifications/s | p50 | p99 | max | notification CPU each |");
    println!("|---|---:|---:|---:|---:|---:|");
    for figures in figures {
        let ms = |quantile| figures.latency_us.value_at_quantile(quantile) as f64 / 1e3;
        println!(
            "| {} | {:.0} | {:.1} ms | {:.1} ms | {:.1} ms | {} us |",
            figures.kind.label(),
            figures.per_second,
            ms(0.5),
            ms(0.99),
            figures.latency_us.max() as f64 / 1e3,
            figures.cpu.as_micros(),
        );
    }
    println!();
}
