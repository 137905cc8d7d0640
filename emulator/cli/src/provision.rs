//! What the template needs of AWS, made in another emulator of AWS.

use anyhow::{Result, ensure};

use crate::args::ProvisionArgs;
use crate::display::StartProgress;
use crate::template::{self, Place};

/// Makes it, and says what.
///
/// # Errors
/// If the template can't be read, or the endpoint refuses something.
pub(crate) async fn run(args: &ProvisionArgs) -> Result<()> {
    let mut progress = StartProgress::default();
    let place = Place {
        // Nothing here is started or polled, so any broker will do.
        kafka: "127.0.0.1:9092",
        concurrency: 1,
        ..Place::default()
    };
    let model = template::load(&args.template, place)?;
    let file = args.template.file.display();
    let names = model.tables.iter().map(|table| &table.name);
    let names = names.chain(model.secrets.iter().map(|secret| &secret.id));
    let names: Vec<_> = names.chain(&model.email_identities).cloned().collect();
    ensure!(
        !names.is_empty(),
        "{file} has no table, secret or email identity to make"
    );
    emulator_aws::provision(&args.aws_endpoint, &model).await?;
    progress.done(
        "provision",
        format!("{} at {}", names.len(), args.aws_endpoint),
    );
    println!("ready {}", names.join(" "));
    Ok(())
}
