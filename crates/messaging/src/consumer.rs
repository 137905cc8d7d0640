//! A batch of records as a consumer sees it: typed, and what can't be processed on its way to `dead.letter`.

use domain::Tick;

use crate::codec::{DeadLetter, Payload, TopicNames};
use crate::trigger::{KafkaEvent, KafkaRecord, TopicName};

/// How far clocks may differ. A record of a later tick is wrong: processed, it would pass for the newest of its
/// user, and all that is right would come too late.
const MAX_TICKS_AHEAD: u64 = 12;

/// The records of one invocation.
pub struct Batch {
    consumer: &'static str,
    topics: TopicNames,
    last_tick: Tick,
    records: Vec<KafkaRecord>,
    dead_letters: Vec<DeadLetter>,
}

impl Batch {
    /// The records that this consumer gets at `now_ms`, in milliseconds since the Unix epoch, of topics that are called so.
    #[must_use]
    pub fn new(
        consumer: &'static str,
        topics: &TopicNames,
        event: KafkaEvent,
        now_ms: u64,
    ) -> Self {
        let mut records = event.records;
        if !topics.is_plain() {
            for record in &mut records {
                record.topic = TopicName::among(topics, record.topic.as_str());
            }
        }
        Self {
            consumer,
            topics: topics.clone(),
            last_tick: Tick::at_ms(now_ms).plus(MAX_TICKS_AHEAD),
            records,
            dead_letters: Vec::new(),
        }
    }

    /// Takes the records of one topic out of the batch, in their order. Those that can't be decoded, or that lie in the
    /// future, become dead letters.
    pub fn take<T: Payload>(&mut self) -> Vec<(T, KafkaRecord)> {
        let mut taken = Vec::with_capacity(self.records.len());
        for record in std::mem::take(&mut self.records) {
            if record.topic != TopicName::Known(T::TOPIC) {
                self.records.push(record);
                continue;
            }
            match self.read(&record) {
                Ok(value) => taken.push((value, record)),
                Err(reason) => self.dead_letter(record, reason),
            }
        }
        taken
    }

    /// Gives a record up for this reason.
    pub fn dead_letter(&mut self, record: KafkaRecord, reason: String) {
        let letter = record.into_dead_letter(reason, self.consumer, &self.topics);
        self.dead_letters.push(letter);
    }

    /// All records that were given up, and those of topics that nobody took.
    #[must_use]
    pub fn into_dead_letters(mut self) -> Vec<DeadLetter> {
        for record in std::mem::take(&mut self.records) {
            let reason = format!("{} does not read this topic", self.consumer);
            self.dead_letter(record, reason);
        }
        self.dead_letters
    }

    fn read<T: Payload>(&self, record: &KafkaRecord) -> Result<T, String> {
        let value = T::decode(record.key.as_deref(), record.value.as_deref())
            .map_err(|error| error.reason())?;
        match value.tick() {
            Some(tick) if tick > self.last_tick => Err(format!(
                "tick {tick} lies in the future: {} is the last that could be right",
                self.last_tick
            )),
            Some(_) | None => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests;
