//! Measures the platform as a whole, on the embedded broker and on Apache Kafka, side by side in one
//! run: how many prices a second are computed, published and acknowledged, and how long a price takes
//! from its tick boundary to the sockets, over the raw feed and as results of GraphQL operations. And how many snapshots a second are accepted and written, and how many
//! notifications are sent.
//!
//! It asserts nothing: machines are noisy, and figures are for people to compare.

mod arrivals;
mod fanout;
mod load;
mod logs;
mod notifications;
mod operations;
mod process;
mod report;
mod snapshots;
mod throughput;

use anyhow::Result;
use clap::Parser;
use e2e::Broker;

/// Measures throughput and latency, and prints them as Markdown tables.
#[derive(Debug, Parser)]
struct Arguments {
    /// Shareholders whose prices one tick publishes, for the throughput.
    #[arg(long, default_value_t = 200_000)]
    shareholders: usize,
    /// Ticks that are published for the throughput, after one to warm up.
    #[arg(long, default_value_t = 5)]
    ticks: u64,
    /// Numbers of connections to measure the fan-out with.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    connections: Vec<usize>,
    /// Numbers of partitions of the price topic to measure the fan-out with.
    #[arg(long, value_delimiter = ',', default_values_t = [1])]
    price_partitions: Vec<u32>,
    /// Connections of each audience: the raw feed, one GraphQL operation and an operation each.
    #[arg(long, default_value_t = 10_000)]
    operation_connections: usize,
    /// Ticks that the fan-out and operations are measured over, once all connections have been served for some ticks.
    #[arg(long, default_value_t = 12)]
    fanout_ticks: u64,
    /// Shareholders of the fan-out and of operations; each connection listens to ten of them.
    #[arg(long, default_value_t = 1_000)]
    fanout_shareholders: usize,
    /// Snapshots that are saved.
    #[arg(long, default_value_t = 2_000)]
    snapshots: usize,
    /// Users whose prices they are.
    #[arg(long, default_value_t = 20)]
    snapshot_users: usize,
    /// Snapshots that are asked for at once.
    #[arg(long, default_value_t = 16)]
    snapshot_callers: usize,
    /// Emails, and as many text messages, that the notification service sends.
    #[arg(long, default_value_t = 2_000)]
    notifications: usize,
    /// Notifications that are asked for at once.
    #[arg(long, default_value_t = 32)]
    notification_callers: usize,
    /// Show the logs of the emulator and its functions, to see where time goes.
    #[arg(long)]
    show_logs: bool,
    /// Brokers to measure.
    #[arg(long, value_delimiter = ',', default_values = ["embedded", "kafka"])]
    brokers: Vec<BrokerName>,
    /// Benchmarks to run: all unless they are named.
    #[arg(long, value_delimiter = ',', default_values = ["throughput", "fanout", "operations", "snapshots", "notifications"])]
    only: Vec<Benchmark>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Benchmark {
    Throughput,
    Fanout,
    Operations,
    Snapshots,
    Notifications,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum BrokerName {
    Embedded,
    Kafka,
}

impl BrokerName {
    fn broker(self) -> Broker {
        match self {
            Self::Embedded => Broker::Embedded,
            Self::Kafka => Broker::Kafka,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Kafka => "Apache Kafka",
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    report::machine();
    for benchmark in &arguments.only {
        match benchmark {
            Benchmark::Throughput => measure_throughput(&arguments).await?,
            Benchmark::Fanout => measure_fanout(&arguments).await?,
            Benchmark::Operations => measure_operations(&arguments).await?,
            Benchmark::Snapshots => measure_snapshots(&arguments).await?,
            Benchmark::Notifications => measure_notifications(&arguments).await?,
        }
    }
    Ok(())
}

async fn measure_throughput(arguments: &Arguments) -> Result<()> {
    let mut throughputs = Vec::new();
    for broker in &arguments.brokers {
        eprintln!("Publishing to the broker: {} ...", broker.label());
        let figures = throughput::measure(broker.broker(), arguments.shareholders, arguments.ticks);
        throughputs.push((broker.label(), figures.await?));
    }
    report::throughput(arguments.shareholders, &throughputs);
    Ok(())
}

async fn measure_fanout(arguments: &Arguments) -> Result<()> {
    let mut fanouts = Vec::new();
    for &connections in &arguments.connections {
        for broker in &arguments.brokers {
            for &partitions in &arguments.price_partitions {
                let label = broker.label();
                eprintln!(
                    "Fan-out to {connections} connections, partitions {partitions}: {label} ..."
                );
                let setting = fanout::Setting {
                    broker: broker.broker(),
                    partitions,
                    connections,
                    shareholders: arguments.fanout_shareholders,
                    ticks: arguments.fanout_ticks,
                    show_logs: arguments.show_logs,
                };
                let figures = fanout::measure(&setting).await?;
                fanouts.push((label, connections, partitions, figures));
            }
        }
    }
    report::fanout(arguments.fanout_shareholders, &fanouts);
    Ok(())
}

async fn measure_operations(arguments: &Arguments) -> Result<()> {
    let connections = arguments.operation_connections;
    let mut audiences = Vec::new();
    for broker in &arguments.brokers {
        eprintln!(
            "Operations of {connections} connections: {} ...",
            broker.label()
        );
        let setting = operations::Setting {
            broker: broker.broker(),
            connections,
            shareholders: arguments.fanout_shareholders,
            ticks: arguments.fanout_ticks,
            show_logs: arguments.show_logs,
        };
        audiences.push((broker.label(), operations::measure(&setting).await?));
    }
    report::operations(connections, arguments.fanout_shareholders, &audiences);
    Ok(())
}

async fn measure_snapshots(arguments: &Arguments) -> Result<()> {
    let mut saved = Vec::new();
    for broker in &arguments.brokers {
        eprintln!("Snapshots: {} ...", broker.label());
        let setting = snapshots::Setting {
            broker: broker.broker(),
            users: arguments.snapshot_users,
            snapshots: arguments.snapshots,
            callers: arguments.snapshot_callers,
            show_logs: arguments.show_logs,
        };
        saved.push((broker.label(), snapshots::measure(setting).await?));
    }
    report::snapshots(arguments.snapshots, arguments.snapshot_callers, &saved);
    Ok(())
}

async fn measure_notifications(arguments: &Arguments) -> Result<()> {
    eprintln!("Notifications ...");
    let callers = arguments.notification_callers;
    let figures = notifications::measure(arguments.notifications, callers).await?;
    report::notifications(arguments.notifications, callers, &figures);
    Ok(())
}
