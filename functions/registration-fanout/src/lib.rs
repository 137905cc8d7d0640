//! The Lambda function that follows up registrations: started by the Kafka trigger on `user.registered`. It tells
//! the WebSockets that subscribed to registrations, and has the new users welcomed.
//!
//! A record that can't be decoded goes to `dead.letter`, and so does one whose user can't be welcomed, now or later.
//! While the notification service is unavailable, batches fail and come again: nobody is left out.

use std::sync::Arc;

use app::registrations::{FollowUpRegistrations, FollowUpReport};
use app::ticks::Registration;
use bootstrap::dead_letters::{KeepDeadLetters, bury};
use bootstrap::registrations::decode_user_registered;
use bootstrap::trigger::{KafkaEvent, KafkaRecord, Topic, TopicName};
use lambda_runtime::Error;

/// This function's name where it signs for something.
const NAME: &str = "registration-fanout";

/// Handles the events of one process.
pub struct RegistrationFanout {
    follow_up: FollowUpRegistrations,
    dead_letters: Arc<dyn KeepDeadLetters>,
}

impl RegistrationFanout {
    /// A handler that keeps in `dead_letters` what `follow_up` has no use for.
    #[must_use]
    pub fn new(follow_up: FollowUpRegistrations, dead_letters: Arc<dyn KeepDeadLetters>) -> Self {
        Self {
            follow_up,
            dead_letters,
        }
    }

    /// Follows up what the event holds. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If a part that it needs is unavailable: the batch has to come again.
    pub async fn handle(&self, event: KafkaEvent, now_ms: u64) -> Result<(), Error> {
        let (mut records, mut registrations, mut dead) = (Vec::new(), Vec::new(), Vec::new());
        for record in event.records {
            match read(&record) {
                Ok(registration) => {
                    registrations.push(registration);
                    records.push(Some(record));
                }
                Err(reason) => dead.push(record.into_dead_letter(reason, NAME)),
            }
        }
        if !registrations.is_empty() {
            let report = self.follow_up.follow_up(&registrations, now_ms).await?;
            log(&report);
            for (place, reason) in report.unwelcome {
                let reason = format!("the user can't be welcomed: {reason}");
                let record = records.get_mut(place).and_then(Option::take);
                dead.extend(record.map(|record| record.into_dead_letter(reason, NAME)));
            }
        }
        Ok(bury(&*self.dead_letters, dead).await?)
    }
}

fn read(record: &KafkaRecord) -> Result<Registration, String> {
    if record.topic != TopicName::Known(Topic::UserRegistered) {
        return Err(format!("{NAME} does not read this topic"));
    }
    let (key, value) = (record.key.as_deref(), record.value.as_deref());
    decode_user_registered(key, value).map_err(|error| error.reason())
}

fn log(report: &FollowUpReport) {
    let announced = &report.announced;
    tracing::info!(
        records = announced.records,
        repeated = announced.repeated,
        connections = announced.connections,
        executions = announced.executions,
        posts = announced.posts,
        bytes = announced.bytes,
        gone = announced.gone,
        throttled = announced.throttled,
        failed = announced.failed,
        failure = announced.failure,
        expired = announced.expired,
        impossible = announced.impossible,
        lost = announced.lost,
        welcomed = report.welcomed,
        unwelcome = report.unwelcome.len(),
        departed = report.departed,
        "registrations followed up"
    );
}

#[cfg(test)]
mod tests;
