//! The command line.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use emulator_gateway::Limits;
use emulator_kafka::{ClientOptions, ConsumerLimit, NoReplayFrom, ReplayFrom};
use emulator_runtime::MessageTarget;
use emulator_template::model::KafkaTrigger;
use indexmap::IndexMap;

#[cfg(test)]
mod tests;

/// Runs a SAM template on this machine: functions, REST API, WebSocket API, Kafka, DynamoDB, secrets.
///
/// Progress and the functions' logs go to standard error. Once everything is up, one line
/// `ready http://127.0.0.1:PORT` goes to standard output. RUST_LOG sets what the emulator itself logs
/// (default: info); what functions log is set by the template, or by --env RUST_LOG=debug.
///
/// The template's parameters KafkaClusterArn, KafkaBootstrapServers and KafkaSecurity, if it has them, are given an ARN, the
/// broker's address and `plaintext`, unless --parameter says otherwise. So is, for a service `mail`, the
/// parameter MailUrl its address.
///
/// What is sent through SES and SNS is captured, and read at /_emulator/outbox.
#[derive(Debug, Clone, Parser)]
#[command(name = "emulator", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) template: TemplateArgs,
    /// Port of the front door: REST, WebSocket, /_emulator and the site. 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    pub(crate) port: u16,
    /// Port of a service on 127.0.0.1; 0 takes a free one [default: that of its container, or a free one
    /// with --port 0].
    #[arg(long, value_name = "NAME=PORT", value_parser = name_port)]
    pub(crate) service_port: Vec<(String, u16)>,
    /// A service runs elsewhere, at this URL (in a container of its own): the emulator doesn't start it, and tells functions where
    /// it is.
    #[arg(long, value_name = "NAME=URL", value_parser = name_url)]
    pub(crate) service_url: Vec<(String, String)>,
    /// Address of the front door. In a container, 0.0.0.0 lets in what its port is published to: whoever reaches that can inject
    /// faults, too, since a program may name any host.
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST)]
    pub(crate) listen: Ipv4Addr,
    /// Answer console and AWS requests to this host name, too, for containers (host.docker.internal): others than loopback
    /// names and addresses are refused.
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Serve the web site in this directory, too: the files at all paths whose first segment is of no REST route of the template, and
    /// `index.html` at the others for whoever asks for pages.
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Headers of the site's answers: a JSON object of names and values [default: headers.json beside DIR, if it is there].
    #[arg(long, value_name = "FILE", requires = "site")]
    pub(crate) site_headers: Option<PathBuf>,
    /// What a page says to do as long as the site is not built.
    #[arg(
        long,
        value_name = "TEXT",
        requires = "site",
        default_value = "Build it, then reload this page."
    )]
    pub(crate) site_missing: String,
    /// Where the database and the secrets are kept.
    #[arg(long, value_name = "DIR", default_value = ".fastfusion")]
    pub(crate) data_dir: PathBuf,
    /// Port of the embedded Kafka broker on 127.0.0.1, for other clients than functions and triggers; 0 takes a free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        conflicts_with = "kafka"
    )]
    pub(crate) kafka_port: u16,
    /// What the embedded broker tells clients to do that ask for what it does not have.
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "kafka",
        default_value = "Run a real broker and name it with --kafka."
    )]
    pub(crate) kafka_hint: String,
    /// Use the Kafka brokers at host:port,host:port (without TLS) instead of the embedded one.
    #[arg(long, value_name = "BROKERS")]
    pub(crate) kafka: Option<String>,
    /// Use the DynamoDB at this URL instead of the embedded one.
    #[arg(long, value_name = "URL")]
    pub(crate) dynamodb: Option<String>,
    /// Send functions and services to this URL (for example LocalStack's) for every other AWS service, SES
    /// and SNS among them. Secrets must exist there, named like their logical ids: `emulator provision` makes them.
    #[arg(long, value_name = "URL")]
    pub(crate) aws_endpoint: Option<String>,
    /// Really send emails and text messages, instead of capturing them: through the SES and SNS at this URL
    /// (for example LocalStack's), or through AWS with the credentials that the AWS CLI would use here.
    #[arg(long, value_name = "aws|URL", value_parser = deliver)]
    pub(crate) deliver: Option<MessageTarget>,
    /// Where the binaries of functions and services are [default: the directory of the emulator itself].
    #[arg(long, value_name = "DIR")]
    pub(crate) bin_dir: Option<PathBuf>,
    /// Give every function and service this environment variable, whatever the template says.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) env: Vec<(String, String)>,
    /// Processes that a function may have at once, unless it reserves its concurrency.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = concurrency)]
    pub(crate) concurrency: usize,
    #[command(flatten)]
    pub(crate) consumers: ConsumerArgs,
    /// Stop processes that did nothing for so long.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = positive)]
    pub(crate) idle_seconds: u64,
    /// Close WebSockets without a message for so long (API Gateway: 600).
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = positive)]
    pub(crate) websocket_idle_seconds: u64,
    /// Close WebSockets that are so old (API Gateway: 7200).
    #[arg(long, value_name = "SECONDS", default_value_t = 7200, value_parser = positive)]
    pub(crate) websocket_duration_seconds: u64,
    /// Stop when standard input closes, for programs that start the emulator.
    #[arg(long)]
    pub(crate) stop_on_stdin_close: bool,
    /// Only read the template: print what it has, or all that is wrong with it.
    #[arg(long)]
    pub(crate) check: bool,
}

/// What else it does than to run the whole template.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    Triggers(TriggersArgs),
    Provision(ProvisionArgs),
    Replay(ReplayArgs),
    Health(HealthArgs),
}

/// Which template, and with which values of its parameters.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TemplateArgs {
    /// The template.
    #[arg(
        long = "template",
        value_name = "FILE",
        default_value = "template.yaml"
    )]
    pub(crate) file: PathBuf,
    /// Give a parameter of the template a value.
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) parameter: Vec<(String, String)>,
}

/// How Kafka triggers consume.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ConsumerArgs {
    /// Consumers that a Kafka trigger has from the start, each with partitions of its own, side by side: `max` is one for each
    /// partition, which AWS scales a trigger up to. POST /_emulator/triggers/{id}/rebalance changes it while it runs.
    #[arg(long, value_name = "N|max", default_value = "max", value_parser = consumers)]
    pub(crate) consumers_per_trigger: ConsumerLimit,
    /// Put this before the consumer group of every Kafka trigger. Two emulators on the same brokers need different groups: each
    /// then gets every record.
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub(crate) group_prefix: String,
}

impl ConsumerArgs {
    /// Gives the triggers their groups.
    pub(crate) fn prefix_groups(&self, triggers: &mut [KafkaTrigger]) {
        for trigger in triggers {
            trigger.group.insert_str(0, &self.group_prefix);
        }
    }
}

/// Polls Kafka for the triggers of a template whose functions run elsewhere: in an emulator of AWS that has no Kafka triggers, such as
/// LocalStack's free part, or in AWS itself.
///
/// It starts no function. Each batch of records is an invocation of the function's deployed name, through the Lambda API at
/// --functions-endpoint, with the event, the retries and the commits of an event source mapping. Topics that the template declares
/// and the broker lacks are created.
///
/// Once all triggers poll, one line `ready` goes to standard output. Credentials and region are those that the AWS CLI would use
/// (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; most emulators take any).
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TriggersArgs {
    #[command(flatten)]
    pub(crate) template: TemplateArgs,
    /// The Kafka brokers to poll, host:port,host:port (without TLS).
    #[arg(long, value_name = "BROKERS")]
    pub(crate) kafka: String,
    /// The Lambda API that invokes the functions, for example http://localhost:4566.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub(crate) functions_endpoint: String,
    /// The CloudFormation stack that the template was deployed as.
    #[arg(long, value_name = "NAME")]
    pub(crate) stack: String,
    #[command(flatten)]
    pub(crate) consumers: ConsumerArgs,
    /// Stop when standard input closes, for programs that start the emulator.
    #[arg(long)]
    pub(crate) stop_on_stdin_close: bool,
}

/// Creates what the template declares and functions need of AWS, in an emulator of AWS such as LocalStack: tables, secrets with
/// generated values, and the identities that SES sends for.
///
/// Run it before `emulator --dynamodb URL --aws-endpoint URL`. Tables and secrets are called by their logical ids. What is there
/// already is left as it is, but for indexes that a table lacks.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ProvisionArgs {
    #[command(flatten)]
    pub(crate) template: TemplateArgs,
    /// Where DynamoDB, Secrets Manager and SES are, for example http://localhost:4566.
    #[arg(long, value_name = "URL", value_parser = url)]
    pub(crate) aws_endpoint: String,
}

/// Has a running emulator deliver the records of a topic again to the functions that it triggers, from an offset or an instant up to
/// where they had got to; then it goes on. Nothing is skipped: a trigger that has not got so far stays where it is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReplayArgs {
    /// The topic.
    #[arg(long)]
    pub(crate) topic: String,
    /// Where to begin in each partition: `beginning`, an offset, or (not on the embedded broker) an instant such as
    /// 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "beginning|OFFSET|INSTANT", value_parser = replay_from)]
    pub(crate) from: String,
    /// Only for this trigger, by the id that /_emulator shows.
    #[arg(long, value_name = "ID")]
    pub(crate) trigger: Option<String>,
    /// Port of the front door on this machine.
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    pub(crate) port: u16,
}

/// Asks a running emulator whether it serves. It ends with 0 if so, else with 1: the health check of a container without a shell.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct HealthArgs {
    /// Port of the front door on this machine.
    #[arg(long, value_name = "PORT", default_value_t = 8001)]
    pub(crate) port: u16,
}

impl TemplateArgs {
    /// The values given for the template's parameters.
    #[must_use]
    pub(crate) fn parameters(&self) -> IndexMap<String, String> {
        self.parameter.iter().cloned().collect()
    }
}

impl Args {
    /// The environment given to every function and service.
    #[must_use]
    pub(crate) fn environment(&self) -> IndexMap<String, String> {
        self.env.iter().cloned().collect()
    }

    /// How other clients than functions and triggers use the embedded broker.
    #[must_use]
    pub(crate) fn kafka_clients(&self) -> ClientOptions {
        ClientOptions {
            port: self.kafka_port,
            hint: self.kafka_hint.clone(),
        }
    }

    /// Limits of the WebSocket API.
    #[must_use]
    pub(crate) fn websocket_limits(&self) -> Limits {
        Limits {
            idle: Duration::from_secs(self.websocket_idle_seconds),
            duration: Duration::from_secs(self.websocket_duration_seconds),
            ..Limits::default()
        }
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it takes KEY=VALUE".to_owned()),
    }
}

fn name_port(text: &str) -> Result<(String, u16), String> {
    let (name, port) = key_value(text).map_err(|_| "it takes NAME=PORT".to_owned())?;
    match port.parse() {
        Ok(port) => Ok((name, port)),
        Err(_) => Err("it takes NAME=PORT, the port from 0 to 65535".to_owned()),
    }
}

fn name_url(text: &str) -> Result<(String, String), String> {
    let wanted = "it takes NAME=URL, the URL with http or https";
    let (name, address) = key_value(text).map_err(|_| wanted.to_owned())?;
    let address = url(&address).map_err(|_| wanted.to_owned())?;
    Ok((name, address))
}

fn deliver(text: &str) -> Result<MessageTarget, String> {
    match (text, url(text)) {
        ("aws", _) => Ok(MessageTarget::Aws),
        (_, Ok(url)) => Ok(MessageTarget::Endpoint(url)),
        _ => Err("it takes `aws` or a URL with http or https".to_owned()),
    }
}

fn url(text: &str) -> Result<String, String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    Err("it takes a URL with http or https".to_owned())
}

fn positive(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("it takes a whole number above 0".to_owned()),
    }
}

fn consumers(text: &str) -> Result<ConsumerLimit, String> {
    match (text, text.parse()) {
        ("max", _) => Ok(ConsumerLimit::OnePerPartition),
        (_, Ok(limit)) => Ok(ConsumerLimit::AtMost(limit)),
        _ => Err("it takes a whole number above 0, or `max`".to_owned()),
    }
}

fn replay_from(text: &str) -> Result<String, NoReplayFrom> {
    let _: ReplayFrom = text.parse()?;
    Ok(text.to_owned())
}

fn concurrency(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1000) => Ok(number),
        _ => Err("it takes a whole number from 1 to 1000, Lambda's own limit".to_owned()),
    }
}
