//! Reads the template with the values that the command line and the emulator give its parameters.

use anyhow::{Context, Result};
use emulator_template::{LoadOptions, Model};
use indexmap::IndexMap;

use crate::args::TemplateArgs;

/// What triggers and topics are told their cluster is: whatever broker there is.
const CLUSTER_ARN: &str =
    "arn:aws:kafka:eu-central-1:123456789012:cluster/local/00000000-0000-0000-0000-000000000000-1";

/// What the emulator says of where the template runs.
#[derive(Default)]
pub(crate) struct Place<'a> {
    /// Kafka's `host:port,host:port`.
    pub(crate) kafka: &'a str,
    /// Parameters that tell functions where services are.
    pub(crate) urls: Vec<(String, String)>,
    /// Processes that a function may have at once, unless it reserves its concurrency.
    pub(crate) concurrency: usize,
    /// Whether secrets are known by name, not by ARN.
    pub(crate) secrets_by_name: bool,
}

pub(crate) fn load(args: &TemplateArgs, place: Place<'_>) -> Result<Model> {
    let file = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file)
        .with_context(|| format!("{file} can't be read: name the template with --template"))?;
    let offered = [
        ("KafkaClusterArn", CLUSTER_ARN),
        ("KafkaBootstrapServers", place.kafka),
        ("KafkaSecurity", "plaintext"),
    ];
    let mut offered: IndexMap<String, String> = offered
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    offered.extend(place.urls);
    let options = LoadOptions {
        parameters: args.parameters(),
        offered,
        concurrency: place.concurrency,
        secrets_by_name: place.secrets_by_name,
    };
    Ok(emulator_template::load(&file, &text, &options)?)
}
