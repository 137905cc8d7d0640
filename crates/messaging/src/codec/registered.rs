use api::instant::Instant;
use app::ticks::Registration;
use domain::UserId;
use serde::{Deserialize, Serialize};

use super::error::{DecodeError, check_key, key_and_value};

#[derive(Serialize, Deserialize)]
struct Wire {
    event_id: String,
    user_id: String,
    name: String,
    registered_at: String,
}

/// Appends the value of a `user.registered` record. The event's id is the user's own: a user registers
/// once, so a repeated announcement is recognised by it.
pub fn encode_user_registered(registration: &Registration, out: &mut Vec<u8>) {
    let user_id = registration.user_id.to_string();
    let wire = Wire {
        event_id: user_id.clone(),
        user_id,
        name: registration.name.clone(),
        registered_at: Instant(registration.registered_at_ms).to_string(),
    };
    serde_json::to_writer(out, &wire).expect("BUG: plain strings always serialise");
}

/// Reads a record of `user.registered`.
///
/// # Errors
/// [`DecodeError`] unless key and value are as [`encode_user_registered`] writes them, up to the order of
/// fields, white space and fields added later.
pub fn decode_user_registered(
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Registration, DecodeError> {
    let (key, value) = key_and_value(key, value)?;
    let wire: Wire = serde_json::from_slice(value).map_err(DecodeError::Json)?;
    let user_id = UserId::parse(&wire.user_id).map_err(|e| DecodeError::field("user_id", e))?;
    check_key(key, &wire.user_id)?;
    if wire.event_id != wire.user_id {
        return Err(DecodeError::field("event_id", "expected the user's id"));
    }
    let registered_at = Instant::parse_exact(&wire.registered_at)
        .map_err(|e| DecodeError::field("registered_at", e))?;
    Ok(Registration {
        user_id,
        name: wire.name,
        registered_at_ms: registered_at.0,
    })
}
