use api::market::{MarketMover, MarketSummary};
use domain::market::{Mover, Summary};
use domain::{Percent, Price, Tick, UserId};

use super::error::{DecodeError, check_key, key_and_value};
use super::price::check_at;
use super::topic::MARKET_KEY;

/// Appends the value of a `market.summary` record. `mean` is null while the market counts nobody.
pub fn encode_market_summary(summary: &Summary, out: &mut Vec<u8>) {
    let wire = MarketSummary::from(summary);
    serde_json::to_writer(out, &wire).expect("BUG: plain strings and numbers always serialise");
}

/// Reads a record of `market.summary`.
///
/// # Errors
/// [`DecodeError`] unless key and value are as [`encode_market_summary`] writes them, up to the order of
/// fields, white space and fields added later.
pub fn decode_market_summary(
    key: Option<&[u8]>,
    value: Option<&[u8]>,
) -> Result<Summary, DecodeError> {
    let (key, value) = key_and_value(key, value)?;
    check_key(key, MARKET_KEY)?;
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
