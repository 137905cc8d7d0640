use app::Result;
use app::alerts::{Claim, ClaimAlerts, Settled};
use async_trait::async_trait;
use domain::Shard;
use domain::alert::{Alert, AlertState, Crossed};
use dynamodb::{Updated, number, send, text};

use super::DynamoAlerts;
use super::items::{ARMED, FAILED, FIRED, FIRING, read_alert};
use crate::fault::fault;
use crate::feed::keys::alerts_pk;

#[async_trait]
impl ClaimAlerts for DynamoAlerts {
    async fn alerts_in(&self, shard: Shard) -> Result<Vec<Alert>> {
        let items = self.0.query(alerts_pk(shard), None).await?;
        let mut alerts = Vec::with_capacity(items.len());
        for item in items {
            let alert = read_alert(&item)?;
            match alert.state {
                AlertState::Armed { .. } | AlertState::Firing(_) => alerts.push(alert),
                AlertState::Fired(_) | AlertState::Failed(_) => {}
            }
        }
        Ok(alerts)
    }

    async fn claim_alert(&self, alert: &Alert, crossed: Crossed) -> Result<Claim> {
        let update = self
            .update(alert.user_id, alert.id)
            .update_expression(
                "SET #state = :firing, crossed_tick = :tick, crossed_cents = :cents REMOVE from_tick",
            )
            .condition_expression("#state = :armed AND from_tick <= :tick")
            .expression_attribute_values(":armed", text(ARMED))
            .expression_attribute_values(":firing", text(FIRING))
            .expression_attribute_values(":tick", number(crossed.tick.get()))
            .expression_attribute_values(":cents", number(crossed.price.cents()));
        match send(update).await.map_err(fault)? {
            Updated::Done(_) => Ok(Claim::Won),
            Updated::Refused(None) => Ok(Claim::Lost),
            Updated::Refused(Some(item)) => Ok(match read_alert(&item)?.state {
                AlertState::Firing(crossed) => Claim::Firing(crossed),
                AlertState::Armed { .. } | AlertState::Fired(_) | AlertState::Failed(_) => {
                    Claim::Lost
                }
            }),
        }
    }

    async fn settle_alert(&self, alert: &Alert, crossed: Crossed, end: Settled) -> Result<bool> {
        let end = match end {
            Settled::Fired => FIRED,
            Settled::Failed => FAILED,
        };
        let update = self
            .update(alert.user_id, alert.id)
            .update_expression("SET #state = :end")
            .condition_expression("#state = :firing AND crossed_tick = :tick")
            .expression_attribute_values(":firing", text(FIRING))
            .expression_attribute_values(":end", text(end))
            .expression_attribute_values(":tick", number(crossed.tick.get()));
        Ok(send(update).await.map_err(fault)?.is_done())
    }

    async fn renew_alerts(&self, shards: &[Shard]) -> Result<()> {
        self.bump(shards).await
    }
}
