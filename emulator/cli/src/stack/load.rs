//! Reads the template for a stack of the command line.

use anyhow::Result;
use emulator_template::Model;

use super::ports::{self, ServicePort};
use crate::args::Args;
use crate::template::{self, Place};

pub(super) fn load(args: &Args, kafka: &str, ports: &[ServicePort]) -> Result<Model> {
    let place = Place {
        kafka,
        urls: ports::urls(args, ports),
        concurrency: args.concurrency,
        secrets_by_name: args.aws_endpoint.is_some(),
    };
    let mut model = template::load(&args.template, place)?;
    args.consumers.prefix_groups(&mut model.kafka_triggers);
    Ok(model)
}
