use std::io::Write as _;

use api::instant::Instant;
use domain::{Price, PriceUpdate, Tick, UserId};
use serde::Deserialize;

use super::error::{DecodeError, check_key, key_and_value};
use super::{Payload, Topic};

/// Writes price updates of one tick after another: a million of them in five seconds, so what all records
/// of a tick share is formatted once, and nothing is allocated for a record.
#[derive(Debug, Clone)]
pub struct PriceEncoder {
    tick: Tick,
    /// From the user id to the price.
    middle: Vec<u8>,
    /// From the previous price to the end.
    end: Vec<u8>,
}

const START: &[u8] = br#"{"user_id":""#;
const BETWEEN_PRICES: &[u8] = br#"","previous":""#;

impl PriceEncoder {
    /// Where the user id, which is the record's key too, stands in every value.
    pub const KEY_AT: std::ops::Range<usize> = START.len()..START.len() + UserId::TEXT_LEN;

    /// An encoder that starts with this tick; it follows the ticks of what it encodes.
    #[must_use]
    pub fn new(tick: Tick) -> Self {
        let mut encoder = Self {
            tick,
            middle: Vec::new(),
            end: Vec::new(),
        };
        encoder.turn_to(tick);
        encoder
    }

    /// Appends the value of the record.
    pub fn encode(&mut self, update: &PriceUpdate, out: &mut Vec<u8>) {
        if update.tick != self.tick {
            self.turn_to(update.tick);
        }
        out.extend_from_slice(START);
        push_id(out, update.user_id);
        out.extend_from_slice(&self.middle);
        push_price(out, update.price);
        out.extend_from_slice(BETWEEN_PRICES);
        push_price(out, update.previous);
        out.extend_from_slice(&self.end);
    }

    fn turn_to(&mut self, tick: Tick) {
        self.tick = tick;
        self.middle.clear();
        self.end.clear();
        let at = Instant(tick.starts_at_ms());
        write!(self.middle, r#"","tick":{tick},"price":""#)
            .and_then(|()| write!(self.end, r#"","at":"{at}"}}"#))
            .expect("BUG: writing to a Vec doesn't fail");
    }
}

/// Appends what a price displays as.
fn push_price(out: &mut Vec<u8>, price: Price) {
    // Enough for 2^64 and the point.
    let mut digits = [0_u8; 21];
    let mut rest = price.cents();
    let mut start = digits.len();
    let mut written = 0;
    while rest > 0 || written < 3 {
        if written == 2 {
            start -= 1;
            digits[start] = b'.';
        }
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        written += 1;
    }
    out.extend_from_slice(&digits[start..]);
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    user_id: &'a str,
    tick: u64,
    price: &'a str,
    previous: &'a str,
    at: &'a str,
}

/// One record for each shareholder and tick, keyed by user id. Whoever has many to write uses a [`PriceEncoder`].
impl Payload for PriceUpdate {
    const TOPIC: Topic = Topic("user.price.update");

    fn encode_key(&self, out: &mut Vec<u8>) {
        push_id(out, self.user_id);
    }

    fn encode_value(&self, out: &mut Vec<u8>) {
        PriceEncoder::new(self.tick).encode(self, out);
    }

    fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError> {
        let (key, value) = key_and_value(key, value)?;
        let wire: Wire<'_> = serde_json::from_slice(value).map_err(DecodeError::Json)?;
        let user_id = UserId::parse(wire.user_id).map_err(|e| DecodeError::field("user_id", e))?;
        check_key(key, wire.user_id)?;
        let tick = Tick(wire.tick);
        check_at(wire.at, tick)?;
        Ok(PriceUpdate {
            user_id,
            tick,
            price: Price::parse(wire.price).map_err(|e| DecodeError::field("price", e))?,
            previous: Price::parse(wire.previous).map_err(|e| DecodeError::field("previous", e))?,
        })
    }

    fn tick(&self) -> Option<Tick> {
        Some(self.tick)
    }
}

/// Checks that an instant is the boundary of its tick.
pub(super) fn check_at(at: &str, tick: Tick) -> Result<(), DecodeError> {
    let at = Instant::parse_exact(at).map_err(|e| DecodeError::field("at", e))?;
    if tick.0.checked_mul(Tick::PERIOD_MS) == Some(at.0) {
        Ok(())
    } else {
        Err(DecodeError::field(
            "at",
            "expected the instant at which the tick begins",
        ))
    }
}

/// Appends the text of a user's id.
pub(super) fn push_id(out: &mut Vec<u8>, id: UserId) {
    out.extend_from_slice(id.encode(&mut [0; UserId::TEXT_LEN]).as_bytes());
}
