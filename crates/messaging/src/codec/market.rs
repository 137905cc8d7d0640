use api::market::{MarketMover, MarketSummary};
use domain::market::{Mover, Summary};
use domain::{Percent, Price, Tick, UserId};

use super::error::{DecodeError, check_key, key_and_value};
use super::price::check_at;
use super::{Payload, Topic};

/// The key of every summary.
const KEY: &str = "market";

/// One record for each tick. `mean` is null while the market counts nobody.
impl Payload for Summary {
    const TOPIC: Topic = Topic("market.summary");

    fn encode_key(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(KEY.as_bytes());
    }

    fn encode_value(&self, out: &mut Vec<u8>) {
        let wire = MarketSummary::from(self);
        serde_json::to_writer(out, &wire).expect("BUG: plain strings and numbers always serialise");
    }

    fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError> {
        let (key, value) = key_and_value(key, value)?;
        check_key(key, KEY)?;
        let wire: MarketSummary = serde_json::from_slice(value).map_err(DecodeError::Json)?;
        let tick = Tick(wire.tick);
        check_at(&wire.at, tick)?;
        let mean = wire.mean.as_deref().map(Price::parse).transpose();
        Ok(Summary {
            tick,
            shareholders: wire.shareholders,
            mean: mean.map_err(|e| DecodeError::field("mean", e))?,
            gainers: movers("gainers", &wire.gainers)?,
            losers: movers("losers", &wire.losers)?,
        })
    }

    fn tick(&self) -> Option<Tick> {
        Some(self.tick)
    }
}

fn movers(field: &'static str, wire: &[MarketMover]) -> Result<Vec<Mover>, DecodeError> {
    if wire.len() > Summary::MOVERS {
        return Err(DecodeError::field(field, "expected at most ten"));
    }
    wire.iter()
        .map(|mover| {
            Ok(Mover {
                user_id: UserId::parse(&mover.user_id).map_err(|e| DecodeError::field(field, e))?,
                price: Price::parse(&mover.price).map_err(|e| DecodeError::field(field, e))?,
                change_percent: percent(&mover.change_percent).ok_or_else(|| {
                    DecodeError::field(field, "expected a percentage such as -1.23")
                })?,
            })
        })
        .collect()
}

/// Reads exactly what a percentage displays as.
fn percent(text: &str) -> Option<Percent> {
    let (units, hundredths) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
    let magnitude = format!("{units}{hundredths}").parse::<i64>().ok()?;
    let percent = Percent::from_hundredths(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    });
    (percent.to_string() == text).then_some(percent)
}
