use api::instant::Instant;
use app::ticks::Registration;
use domain::UserId;
use serde::{Deserialize, Serialize};

use super::error::{DecodeError, check_key, key_and_value};
use super::price::push_id;
use super::{Payload, Topic};

#[derive(Serialize, Deserialize)]
struct Wire {
    event_id: String,
    user_id: String,
    name: String,
    registered_at: String,
}

/// One record for each new user, keyed by user id. The event's id is the user's own: a user registers once, so a repeated
/// announcement is recognised by it.
impl Payload for Registration {
    const TOPIC: Topic = Topic("user.registered");

    fn encode_key(&self, out: &mut Vec<u8>) {
        push_id(out, self.user_id);
    }

    fn encode_value(&self, out: &mut Vec<u8>) {
        let user_id = self.user_id.to_string();
        let wire = Wire {
            event_id: user_id.clone(),
            user_id,
            name: self.name.clone(),
            registered_at: Instant(self.registered_at_ms).to_string(),
        };
        serde_json::to_writer(out, &wire).expect("BUG: plain strings always serialise");
    }

    fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError> {
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
}
