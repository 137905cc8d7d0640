use api::instant::Instant;
use domain::{Price, Snapshot, SnapshotId, Tick, UserId};
use serde::{Deserialize, Serialize};

use super::error::{DecodeError, check_key, key_and_value};
use super::price::push_id;
use super::{Payload, Topic};

#[derive(Serialize, Deserialize)]
struct Wire {
    snapshot_id: String,
    user_id: String,
    tick: u64,
    price: String,
    requested_at: String,
}

/// One record for each snapshot that a user asks for, keyed by user id.
impl Payload for Snapshot {
    const TOPIC: Topic = Topic("user.snapshot.requested");

    fn encode_key(&self, out: &mut Vec<u8>) {
        push_id(out, self.user_id);
    }

    fn encode_value(&self, out: &mut Vec<u8>) {
        let wire = Wire {
            snapshot_id: self.id.to_string(),
            user_id: self.user_id.to_string(),
            tick: self.id.tick().get(),
            price: self.price.to_string(),
            requested_at: Instant(self.id.requested_at_ms()).to_string(),
        };
        serde_json::to_writer(out, &wire).expect("BUG: plain strings always serialise");
    }

    fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError> {
        let (key, value) = key_and_value(key, value)?;
        let wire: Wire = serde_json::from_slice(value).map_err(DecodeError::Json)?;
        let id = SnapshotId::parse(&wire.snapshot_id)
            .map_err(|e| DecodeError::field("snapshot_id", e))?;
        let user_id = UserId::parse(&wire.user_id).map_err(|e| DecodeError::field("user_id", e))?;
        check_key(key, &wire.user_id)?;
        if wire.tick != id.tick().get() {
            return Err(DecodeError::field("tick", "expected the tick of the id"));
        }
        let requested_at = Instant::parse_exact(&wire.requested_at)
            .map_err(|e| DecodeError::field("requested_at", e))?;
        if requested_at.0 != id.requested_at_ms() {
            return Err(DecodeError::field(
                "requested_at",
                "expected the instant of the id",
            ));
        }
        Ok(Snapshot {
            id,
            user_id,
            price: Price::parse(&wire.price).map_err(|e| DecodeError::field("price", e))?,
        })
    }

    fn tick(&self) -> Option<Tick> {
        Some(self.id.tick())
    }
}

#[cfg(test)]
mod tests;
