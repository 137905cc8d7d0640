//! The market summary as JSON: in records of Kafka, and in frames of the raw feed.

use domain::market::{Mover, Summary};
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// How the market stands at a tick.
#[derive(Debug, Serialize, Deserialize)]
pub struct MarketSummary {
    /// Its number.
    pub tick: u64,
    /// When it begins, as RFC 3339 has it.
    pub at: String,
    /// How many shareholders are listed.
    pub shareholders: u64,
    /// Their mean price; null while nobody is listed.
    pub mean: Option<String>,
    /// Who gained most since they were listed, the first most of all.
    pub gainers: Vec<MarketMover>,
    /// Who lost most, likewise.
    pub losers: Vec<MarketMover>,
}

/// A shareholder whose price has changed much.
#[derive(Debug, Serialize, Deserialize)]
pub struct MarketMover {
    /// Who.
    pub user_id: String,
    /// What their share costs.
    pub price: String,
    /// How that has changed, with two decimal places.
    pub change_percent: String,
}

impl From<&Summary> for MarketSummary {
    fn from(summary: &Summary) -> Self {
        let movers = |movers: &[Mover]| movers.iter().map(MarketMover::from).collect();
        Self {
            tick: summary.tick.get(),
            at: Instant(summary.tick.starts_at_ms()).to_string(),
            shareholders: summary.shareholders,
            mean: summary.mean.map(|price| price.to_string()),
            gainers: movers(&summary.gainers),
            losers: movers(&summary.losers),
        }
    }
}

impl From<&Mover> for MarketMover {
    fn from(mover: &Mover) -> Self {
        Self {
            user_id: mover.user_id.to_string(),
            price: mover.price.to_string(),
            change_percent: mover.change_percent.to_string(),
        }
    }
}
