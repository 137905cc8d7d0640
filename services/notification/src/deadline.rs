//! How long a caller waits for its answer.

use std::time::Duration;

use tokio::time::Instant;
use tonic::metadata::MetadataMap;

/// The answer has to travel, and tonic itself ends a call at its deadline with another status.
const MARGIN: Duration = Duration::from_millis(20);

/// When the caller stops waiting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline of a call that has just come in, if it has one.
    pub(crate) fn of(metadata: &MetadataMap) -> Option<Self> {
        let timeout = metadata
            .get("grpc-timeout")?
            .to_str()
            .ok()
            .and_then(parse)?;
        let margin = MARGIN.min(timeout / 4);
        // An instant too far to tell is no deadline.
        Instant::now().checked_add(timeout - margin).map(Self)
    }

    pub(crate) fn at(self) -> Instant {
        self.0
    }

    pub(crate) fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }
}

/// At most eight digits and a unit, as gRPC over HTTP/2 says.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
