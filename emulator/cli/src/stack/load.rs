//! Reads the template with the values that the command line and the emulator give its parameters.

use anyhow::{Context, Result};
use emulator_template::{LoadOptions, Model};

use super::ports::{self, ServicePort};
use crate::args::Args;

/// What triggers and topics are told their cluster is: whatever broker there is.
const CLUSTER_ARN: &str =
    "arn:aws:kafka:eu-central-1:123456789012:cluster/local/00000000-0000-0000-0000-000000000000-1";

pub(super) fn load(args: &Args, kafka: &str, ports: &[ServicePort]) -> Result<Model> {
    let file = args.template.display().to_string();
    let text = std::fs::read_to_string(&args.template)
        .with_context(|| format!("{file} can't be read: name the template with --template"))?;
    let offered = [
        ("KafkaClusterArn", CLUSTER_ARN),
        ("KafkaBootstrapServers", kafka),
        ("KafkaSecurity", "plaintext"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = LoadOptions {
        parameters: args.parameters(),
        offered: offered.into_iter().chain(ports::urls(ports)).collect(),
        concurrency: args.concurrency,
        secrets_by_name: args.aws_endpoint.is_some(),
    };
    Ok(emulator_template::load(&file, &text, &options)?)
}
