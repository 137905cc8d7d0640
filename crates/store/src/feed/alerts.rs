//! Alerts, in the table `FeedTable`, since it is the fan-out of prices that looks for them:
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `alert#<shard>` | `<user id>#<alert id>` | an alert: `crossing`, `threshold_cents`, `channel`, `state`; `from_tick` if armed, else `crossed_tick` and `crossed_cents` |
//! | `alerts#<user id>` | `count` | how many the user has |
//!
//! The shard is that of the user. The version of a shard's alerts is the attribute `a<shard>` beside the version
//! `s<shard>` of its listeners: one read gives both, and neither makes anybody read the other's items. Versions
//! are bumped after alerts are made, removed and armed, as `docs/adr/0003-audience-versions.md` says; claims
//! need no bump: `docs/adr/0009-alerts.md`.

mod items;

use app::Result;
use app::alerts::{Alerts, Claim, Settled};
use app::users::EraseUser;
use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use domain::alert::{Alert, AlertId, AlertState, Crossed};
use domain::{Shard, Tick, UserId};
use dynamodb::{IntoWrite as _, Item, Updated, number, send, text};

use self::items::{ARMED, FAILED, FIRED, FIRING, alert_item, alert_key, count_key, read_alert};
use super::DynamoFeed;
use super::audience::item_key;
use super::keys::{alerts_of, alerts_pk, alerts_version_of};
use crate::fault::fault;

/// The alerts in the feed's table.
#[derive(Clone)]
pub struct DynamoAlerts(DynamoFeed);

impl DynamoAlerts {
    /// The alerts in this storage.
    #[must_use]
    pub const fn new(feed: DynamoFeed) -> Self {
        Self(feed)
    }

    async fn bump(&self, shards: &[Shard]) -> Result<()> {
        let versions = shards.iter().copied().map(alerts_version_of);
        Ok(self.0.bump_all(versions.collect()).await?)
    }

    async fn items_of(&self, user: UserId) -> Result<Vec<Item>> {
        let pk = alerts_pk(Shard::of(user));
        Ok(self.0.query(pk, Some(&alerts_of(user))).await?)
    }

    /// Counts one alert more, if the user may have it.
    fn count(&self, user: UserId) -> TransactWriteItem {
        self.0
            .table
            .updating(count_key(user))
            .update_expression("ADD alerts :one")
            .condition_expression("attribute_not_exists(alerts) OR alerts < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(Alert::MAX_PER_USER))
            .into_write()
    }

    fn uncount(&self, user: UserId) -> TransactWriteItem {
        self.0
            .table
            .updating(count_key(user))
            .update_expression("SET alerts = alerts - :one")
            .condition_expression("alerts >= :one")
            .expression_attribute_values(":one", number(1))
            .into_write()
    }
}

#[async_trait]
impl Alerts for DynamoAlerts {
    async fn add_alert(&self, alert: &Alert) -> Result<bool> {
        let put = self.0.table.putting(alert_item(alert));
        let writes = [self.count(alert.user_id), put.into_write()];
        // The count is the only condition.
        let refused = self.0.table.transact(writes).await.map_err(fault)?;
        if refused.is_some() {
            return Ok(false);
        }
        if let Err(error) = self.bump(&[Shard::of(alert.user_id)]).await {
            // Fan-outs that keep the shard may never see the alert: all or nothing.
            self.remove_alert(alert.user_id, alert.id).await?;
            return Err(error);
        }
        Ok(true)
    }

    async fn alerts_of(&self, user: UserId) -> Result<Vec<Alert>> {
        let items = self.items_of(user).await?;
        items
            .into_iter()
            .map(|item| Ok(read_alert(item)?))
            .collect()
    }

    async fn find_alert(&self, user: UserId, id: AlertId) -> Result<Option<Alert>> {
        let found = self.0.table.get(alert_key(user, id)).await;
        let found = found.map_err(fault)?;
        Ok(found.map(read_alert).transpose()?)
    }

    async fn remove_alert(&self, user: UserId, id: AlertId) -> Result<bool> {
        let delete = self
            .0
            .table
            .deleting(alert_key(user, id))
            .condition_expression("attribute_exists(pk)");
        let writes = [delete.into_write(), self.uncount(user)];
        let refused = self.0.table.transact(writes).await.map_err(fault)?;
        let is_removed = refused.is_none();
        if is_removed {
            self.bump(&[Shard::of(user)]).await?;
        }
        Ok(is_removed)
    }

    async fn arm_alert(&self, user: UserId, id: AlertId, from: Tick) -> Result<Option<Alert>> {
        let update = self
            .update(user, id)
            .update_expression(
                "SET #state = :armed, from_tick = :from REMOVE crossed_tick, crossed_cents",
            )
            .condition_expression("#state IN (:fired, :failed)")
            .expression_attribute_values(":armed", text(ARMED))
            .expression_attribute_values(":fired", text(FIRED))
            .expression_attribute_values(":failed", text(FAILED))
            .expression_attribute_values(":from", number(from.get()))
            .return_values(ReturnValue::AllNew);
        match send(update).await.map_err(fault)? {
            Updated::Done(item) => {
                self.bump(&[Shard::of(user)]).await?;
                Ok(Some(read_alert(item)?))
            }
            Updated::Refused(None) => Ok(None),
            // Whoever armed it may have died before the bump: without it this one's answer would be a lie.
            Updated::Refused(Some(item)) => {
                self.bump(&[Shard::of(user)]).await?;
                Ok(Some(read_alert(item)?))
            }
        }
    }

    async fn alerts_in(&self, shard: Shard) -> Result<Vec<Alert>> {
        let items = self.0.query(alerts_pk(shard), None).await?;
        let mut alerts = Vec::with_capacity(items.len());
        for item in items {
            let alert = read_alert(item)?;
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
            Updated::Refused(Some(item)) => Ok(match read_alert(item)?.state {
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

impl DynamoAlerts {
    fn update(&self, user: UserId, id: AlertId) -> UpdateItemFluentBuilder {
        self.0
            .table
            .update(alert_key(user, id))
            .expression_attribute_names("#state", "state")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

#[async_trait]
impl EraseUser for DynamoAlerts {
    async fn erase_user(&self, id: UserId) -> Result<()> {
        let items = self.items_of(id).await?;
        let keys = items
            .iter()
            .map(item_key)
            .collect::<feed::Result<Vec<_>>>()?;
        let table = &self.0.table;
        table.delete_all(keys).await.map_err(fault)?;
        table.delete(count_key(id)).await.map_err(fault)?;
        self.bump(&[Shard::of(id)]).await
    }
}
