use api::instant::Instant;
use domain::{Price, Snapshot, SnapshotId, Tick, UserId};
use serde::{Deserialize, Serialize};

use super::error::{DecodeError, check_key, key_and_value};
use super::record::FromRecord;
use super::topic::Topic;

#[derive(Serialize, Deserialize)]
struct Wire {
    snapshot_id: String,
    user_id: String,
    tick: u64,
    price: String,
    requested_at: String,
}

/// Appends the value of a `user.snapshot.requested` record.
pub fn encode_snapshot_requested(snapshot: &Snapshot, out: &mut Vec<u8>) {
    let wire = Wire {
        snapshot_id: snapshot.id.to_string(),
        user_id: snapshot.user_id.to_string(),
        tick: snapshot.id.tick().get(),
        price: snapshot.price.to_string(),
        requested_at: Instant(snapshot.id.requested_at_ms()).to_string(),
    };
    serde_json::to_writer(out, &wire).expect("BUG: plain strings always serialise");
}

/// Reads a record of `user.snapshot.requested`.
///
/// # Errors
/// [`DecodeError`] unless key and value are as [`encode_snapshot_requested`] writes them, up to the order
/// of fields, white space and fields added later.
pub fn decode_snapshot_requested(
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Snapshot, DecodeError> {
    let (key, value) = key_and_value(key, value)?;
    let wire: Wire = serde_json::from_slice(value).map_err(DecodeError::Json)?;
    let id =
        SnapshotId::parse(&wire.snapshot_id).map_err(|e| DecodeError::field("snapshot_id", e))?;
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

impl FromRecord for Snapshot {
    const TOPIC: Topic = Topic::SnapshotRequested;

    fn from_record(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError> {
        decode_snapshot_requested(key, value)
    }

    fn tick(&self) -> Option<Tick> {
        Some(self.id.tick())
    }
}

#[cfg(test)]
mod tests;
