//! What people see on standard error: progress, addresses, and the emulator's own log.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::Instant;

use emulator_template::Model;
use tracing_subscriber::EnvFilter;

use crate::console::Addresses;

/// The embedded DynamoDB warns of every request that it refuses, failed conditions among them, which are
/// how functions work.
const LOG: &str = "info,dynoxide=error";

/// Prints what happens at start-up, with the time each step took.
pub(crate) struct StartProgress {
    started: Instant,
    step: Instant,
}

impl Default for StartProgress {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            step: now,
        }
    }
}

impl StartProgress {
    /// Reports a step that is done; the next one begins.
    pub(crate) fn done(&mut self, what: &str, detail: impl Display) {
        let took = format!("{} ms", self.step.elapsed().as_millis());
        print(&format!(
            "  {what:<10} {:<58} {took:>8}\n",
            detail.to_string()
        ));
        self.step = Instant::now();
    }

    /// Prints the addresses, as the end of the start-up.
    pub(crate) fn finish(&self, template: &str, addresses: &Addresses) {
        let took = self.started.elapsed().as_millis();
        let mut text = format!("\n{template} runs, after {took} ms. Ctrl-C stops it.\n\n");
        let rows = [
            ("Site", addresses.site.as_deref()),
            ("REST", Some(addresses.rest.as_str())),
            ("WebSocket", addresses.websocket.as_deref()),
            ("Status", Some(addresses.status.as_str())),
            ("Outbox", addresses.outbox.as_deref()),
            ("Kafka", addresses.kafka.as_deref()),
            ("DynamoDB", addresses.dynamodb.as_deref()),
            ("AWS", addresses.aws.as_deref()),
        ];
        for (name, address) in rows {
            if let Some(address) = address {
                text.push_str(&format!("  {name:<10} {}\n", bold(address)));
            }
        }
        text.push('\n');
        print(&text);
    }

    /// Prints which topic invokes which function, as the end of the start-up of triggers alone.
    pub(crate) fn finish_polling<'a>(
        &self,
        template: &str,
        polled: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let took = self.started.elapsed().as_millis();
        let mut text =
            format!("\nThe triggers of {template} poll, after {took} ms. Ctrl-C stops them.\n\n");
        for (topic, function) in polled {
            text.push_str(&format!("  {topic:<28} {}\n", bold(function)));
        }
        text.push('\n');
        print(&text);
    }
}

/// What a template has, in one line.
#[must_use]
pub(crate) fn summary(model: &Model) -> String {
    let counts = [
        (model.functions.len(), "functions"),
        (model.services.len(), "services"),
        (
            model.rest.as_ref().map_or(0, |rest| rest.routes.len()),
            "REST routes",
        ),
        (
            model.websocket.as_ref().map_or(0, |api| api.routes.len()),
            "WebSocket routes",
        ),
        (model.kafka_triggers.len(), "Kafka triggers"),
        (model.schedules.len(), "schedules"),
        (model.tables.len(), "tables"),
        (model.topics.len(), "topics"),
        (model.secrets.len(), "secrets"),
    ];
    let parts = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| match (*count, name.strip_suffix('s')) {
            (1, Some(singular)) => format!("1 {singular}"),
            (count, _) => format!("{count} {name}"),
        });
    parts.collect::<Vec<_>>().join(", ")
}

/// Logs to standard error in the same columns as the functions' lines.
pub(crate) fn init_tracing() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .without_time()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(|| Prefixed)
        .init();
}

/// Prints to standard error. Nobody is left to be told when that is closed.
pub(crate) fn print(text: &str) {
    if io::stderr().write_all(text.as_bytes()).is_err() {
        tracing::trace!("standard error is closed");
    }
}

fn bold(text: &str) -> String {
    if io::stderr().is_terminal() {
        format!("\x1b[1m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

struct Prefixed;

impl Write for Prefixed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let mut line = format!("{:>13} | ", "emulator").into_bytes();
        line.extend_from_slice(buffer);
        io::stderr().write_all(&line)?;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
