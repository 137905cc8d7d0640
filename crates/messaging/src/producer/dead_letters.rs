//! Dead letters: whatever becomes of them, they never hold up a batch, unless the broker is away.

use super::batch::{Record, RecordSource};
use super::config::MAX_BATCH_BYTES;
use super::error::PublishError;
use super::kafka::KafkaProducer;
use crate::codec::DeadLetter;

#[cfg(test)]
mod tests;

/// What is kept of a letter that a broker refuses at its default limit: it may have been given a smaller one.
const REDUCED_BYTES: usize = 64 * 1024;

/// What became of dead letters.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetterReport {
    /// Kept with key and value as they came.
    pub whole: u64,
    /// Kept with the beginnings of key and value.
    pub truncated: u64,
    /// Refused by the broker even so. The log tells of each.
    pub lost: u64,
}

/// Letters as they are sent, each a record batch of `max_bytes` at most.
struct LimitedLetters {
    letters: Vec<DeadLetter>,
    max_bytes: usize,
}

impl RecordSource for LimitedLetters {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.letters.iter().map(|letter| {
            let limited = letter.limited_to(self.max_bytes);
            Record {
                topic: DeadLetter::TOPIC,
                key: limited.key,
                value: limited.value,
                headers: Some(limited.headers),
            }
        })
    }
}

impl KafkaProducer {
    /// Publishes dead letters, and returns when all are acknowledged, or refused for what they are. Letters that a broker doesn't
    /// take whole are cut down.
    ///
    /// # Errors
    /// As [`KafkaProducer::publish_batch`], but for letters that are refused; then some may have arrived, and publishing all again
    /// is right.
    pub async fn publish_dead_letters(
        &self,
        letters: Vec<DeadLetter>,
    ) -> app::Result<DeadLetterReport> {
        let publishing = self.publish_all(letters).await;
        publishing.map_err(PublishError::into_app)
    }

    async fn publish_all(
        &self,
        letters: Vec<DeadLetter>,
    ) -> Result<DeadLetterReport, PublishError> {
        let all = LimitedLetters {
            letters,
            max_bytes: MAX_BATCH_BYTES,
        };
        let (LimitedLetters { letters, .. }, published) = self.attempt(all).await;
        let mut report = DeadLetterReport::default();
        match published {
            Ok(_) => {
                for letter in &letters {
                    report.kept(letter, MAX_BATCH_BYTES);
                }
            }
            // A broker refuses a batch as a whole: which of them it doesn't take is seen when each is sent alone.
            Err(error) if error.is_unacceptable() => {
                for letter in letters {
                    self.publish_alone(letter, &mut report).await?;
                }
            }
            Err(error) => return Err(error),
        }
        Ok(report)
    }

    async fn publish_alone(
        &self,
        letter: DeadLetter,
        report: &mut DeadLetterReport,
    ) -> Result<(), PublishError> {
        let mut letters = vec![letter];
        let mut refusal = None;
        for max_bytes in [MAX_BATCH_BYTES, REDUCED_BYTES] {
            let attempt = self.attempt(LimitedLetters { letters, max_bytes }).await;
            letters = attempt.0.letters;
            match attempt.1 {
                Ok(_) => {
                    for letter in &letters {
                        report.kept(letter, max_bytes);
                    }
                    return Ok(());
                }
                Err(error) if error.is_unacceptable() => refusal = Some(error),
                Err(error) => return Err(error),
            }
        }
        for letter in &letters {
            report.lost(letter, refusal.as_ref());
        }
        Ok(())
    }
}

impl DeadLetterReport {
    fn kept(&mut self, letter: &DeadLetter, max_bytes: usize) {
        if letter.fits(max_bytes) {
            self.whole += 1;
        } else {
            self.truncated += 1;
        }
    }

    fn lost(&mut self, letter: &DeadLetter, refusal: Option<&PublishError>) {
        tracing::error!(
            topic = letter.source_topic,
            partition = letter.source_partition,
            offset = letter.source_offset,
            key_bytes = letter.key.as_ref().map(Vec::len),
            value_bytes = letter.value.as_ref().map(Vec::len),
            refusal = refusal.map(|error| app::Causes(error).to_string()),
            "the broker refuses a dead letter for good, the record is kept nowhere else than in its own topic"
        );
        self.lost += 1;
    }
}
