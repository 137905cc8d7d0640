//! How many notifications a second the service accepts, hands to SES or SNS and answers for: the service that ships,
//! against the emulator's database and its capture of SES and SNS.

use std::time::{Duration, Instant};

use anyhow::Result;
use e2e::{NotificationClient, Options, Stack, notification_client};
use futures_util::{StreamExt, TryStreamExt, stream};
use hdrhistogram::Histogram;
use notification_proto::v1;

use crate::process::cpu_of_children;

/// The longest call that is told apart from longer ones: a minute.
const LATENCY_MAX_US: u64 = 60_000_000;
/// Calls before the measurement.
const WARM_UP: usize = 50;

/// How notifications go.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Email,
    Sms,
}

impl Kind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "text message",
        }
    }
}

/// What was measured.
#[derive(Debug)]
pub struct Figures {
    pub kind: Kind,
    pub per_second: f64,
    /// From the call to its answer, in microseconds.
    pub latency_us: Histogram<u64>,
    /// CPU that the service used for each.
    pub cpu: Duration,
}

/// Sends that many of each kind, so many at once, all to different recipients.
///
/// # Errors
/// If the stack does not start or a notification is not sent.
pub async fn measure(notifications: usize, concurrency: usize) -> Result<Vec<Figures>> {
    let options = Options {
        is_quiet: true,
        price_partitions: Some(1),
        ..Options::default()
    };
    let stack = tokio::task::spawn_blocking(|| Stack::start(options)).await??;
    let client = notification_client(&stack).await?;
    let mut figures = Vec::new();
    for (turn, kind) in [Kind::Email, Kind::Sms].into_iter().enumerate() {
        let first = turn * (notifications + WARM_UP);
        send_all(&client, kind, first..first + WARM_UP, concurrency).await?;
        let cpu = cpu_of_children(stack.process_id(), "notification")?;
        let started = Instant::now();
        let numbers = first + WARM_UP..first + WARM_UP + notifications;
        let latency_us = send_all(&client, kind, numbers, concurrency).await?;
        let per_second = notifications as f64 / started.elapsed().as_secs_f64();
        let used = cpu_of_children(stack.process_id(), "notification")? - cpu;
        figures.push(Figures {
            kind,
            per_second,
            latency_us,
            cpu: used / u32::try_from(notifications.max(1))?,
        });
    }
    Ok(figures)
}

async fn send_all(
    client: &NotificationClient,
    kind: Kind,
    numbers: std::ops::Range<usize>,
    concurrency: usize,
) -> Result<Histogram<u64>> {
    let mut calls = stream::iter(numbers)
        .map(|number| send(client.clone(), kind, number))
        .buffer_unordered(concurrency);
    let mut latency_us = Histogram::new_with_max(LATENCY_MAX_US, 3)?;
    while let Some(took) = calls.try_next().await? {
        latency_us.saturating_record(u64::try_from(took.as_micros())?);
    }
    Ok(latency_us)
}

async fn send(mut client: NotificationClient, kind: Kind, number: usize) -> Result<Duration> {
    let started = Instant::now();
    let idempotency_key = format!("bench:{number}");
    let content = Some(v1::Content {
        template: Some(v1::content::Template::Welcome(v1::Welcome {
            opening_price: "101.20".to_owned(),
        })),
    });
    match kind {
        Kind::Email => {
            let request = v1::SendEmailNotificationRequest {
                idempotency_key,
                recipient: format!("{number}@example.com"),
                content,
            };
            client.send_email_notification(request).await?;
        }
        Kind::Sms => {
            let request = v1::SendSmsNotificationRequest {
                idempotency_key,
                recipient: format!("+999{number:09}"),
                content,
            };
            client.send_sms_notification(request).await?;
        }
    }
    Ok(started.elapsed())
}
