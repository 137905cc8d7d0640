use domain::PriceUpdate;
use feed::PartitionPosition;
use feed::fanout::{FanOut, FanoutReport};

use super::{AlertReport, FireAlerts};
use crate::Result;

/// Delivers prices to those who listen, and then the alerts that they set off. Kept for the life of the process.
pub struct DeliverPrices {
    /// Sends prices.
    pub fan_out: FanOut,
    /// Fires alerts.
    pub alerts: FireAlerts,
}

impl DeliverPrices {
    /// Delivers a batch of prices, in any order, that ends at these positions. Prices never wait for alerts. `now_ms` is
    /// the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If the audience or alerts can't be read, or alerts can't be claimed: the batch has to come again. What was sent is
    /// not sent twice by the same process.
    pub async fn deliver(
        &self,
        updates: &[PriceUpdate],
        positions: &[PartitionPosition],
        now_ms: u64,
    ) -> Result<(FanoutReport, AlertReport)> {
        let fan_out = self.fan_out.fan_out_prices(updates, positions, now_ms);
        let (prices, alert_versions) = fan_out.await?;
        let alerts = self.alerts.fire(updates, &alert_versions, now_ms).await?;
        Ok((prices, alerts))
    }
}
