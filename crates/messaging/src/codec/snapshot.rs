use api::instant::Instant;
use domain::{Price, Snapshot, SnapshotId, UserId};
use serde::{Deserialize, Serialize};

use super::error::{DecodeError, check_key, key_and_value};

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

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            id: SnapshotId::generate(1_767_225_605_123, &[2; 10]),
            user_id: UserId::generate(1_767_225_600_000, &[1; 10]),
            price: Price::from_cents(10_120).unwrap(),
        }
    }

    fn wire() -> (String, String) {
        let mut value = Vec::new();
        encode_snapshot_requested(&snapshot(), &mut value);
        (
            snapshot().user_id.to_string(),
            String::from_utf8(value).unwrap(),
        )
    }

    #[test]
    fn a_request_on_the_wire() {
        let (key, value) = wire();
        assert_eq!(
            value,
            "{\"snapshot_id\":\"019b76da-bc03-7202-8202-020202020202\",\
             \"user_id\":\"019b76da-a800-7101-8101-010101010101\",\"tick\":353445121,\
             \"price\":\"101.20\",\"requested_at\":\"2026-01-01T00:00:05.123Z\"}"
        );
        let read = decode_snapshot_requested(Some(key.as_bytes()), Some(value.as_bytes()));
        assert_eq!(read.unwrap(), snapshot());
    }

    #[test]
    fn a_wrong_request_is_refused_with_the_reason() {
        let (key, good) = wire();
        for (from, to, reason) in [
            (
                "7202-8202",
                "4202-8202",
                "`snapshot_id` is wrong: not a snapshot id: expected a hyphenated UUID of version 7",
            ),
            (
                "353445121",
                "353445122",
                "`tick` is wrong: expected the tick of the id",
            ),
            (
                "05.123Z",
                "05.124Z",
                "`requested_at` is wrong: expected the instant of the id",
            ),
            (
                "7101-8101",
                "7101-8102",
                "the key is not 019b76da-a800-7101-8102-010101010101",
            ),
        ] {
            let value = good.replace(from, to);
            let read = decode_snapshot_requested(Some(key.as_bytes()), Some(value.as_bytes()));
            assert_eq!(read.unwrap_err().reason(), reason);
        }
        let value = good.replace("101.20", "0.00");
        let read = decode_snapshot_requested(Some(key.as_bytes()), Some(value.as_bytes()));
        assert!(read.unwrap_err().reason().starts_with("`price` is wrong"));
        assert!(decode_snapshot_requested(None, Some(good.as_bytes())).is_err());
    }
}
