//! Items of alerts, written and read back.

use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::{Price, Shard, Tick, UserId};
use dynamodb::{Item, read, write};
use feed::Result;
use serde::{Deserialize, Serialize};

use crate::fault::{fault, unreadable};
use crate::feed::items::key;
use crate::feed::keys::{alert_count_pk, alerts_of, alerts_pk};

pub(super) const ARMED: &str = "armed";
pub(super) const FIRING: &str = "firing";
pub(super) const FIRED: &str = "fired";
pub(super) const FAILED: &str = "failed";

const ALERT: &str = "reading an alert";

pub(super) fn alert_key(user: UserId, id: AlertId) -> Item {
    key(alerts_pk(Shard::of(user)), alert_sk(user, id))
}

fn alert_sk(user: UserId, id: AlertId) -> String {
    format!("{}{id}", alerts_of(user))
}

pub(super) fn count_key(user: UserId) -> Item {
    key(alert_count_pk(user), "count")
}

#[derive(Serialize, Deserialize)]
struct AlertItem {
    pk: String,
    sk: String,
    #[serde(with = "crate::attributes::text")]
    crossing: Crossing,
    #[serde(with = "crate::attributes::cents")]
    threshold_cents: Price,
    #[serde(with = "crate::attributes::text")]
    channel: Channel,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_tick: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crossed_tick: Option<u64>,
    #[serde(
        with = "crate::attributes::optional_cents",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    crossed_cents: Option<Price>,
}

pub(super) fn alert_item(alert: &Alert) -> Item {
    let (state, from, crossed) = match alert.state {
        AlertState::Armed { from } => (ARMED, Some(from), None),
        AlertState::Firing(crossed) => (FIRING, None, Some(crossed)),
        AlertState::Fired(crossed) => (FIRED, None, Some(crossed)),
        AlertState::Failed(crossed) => (FAILED, None, Some(crossed)),
    };
    write(&AlertItem {
        pk: alerts_pk(Shard::of(alert.user_id)),
        sk: alert_sk(alert.user_id, alert.id),
        crossing: alert.condition.crossing,
        threshold_cents: alert.condition.threshold,
        channel: alert.channel,
        state: state.to_owned(),
        from_tick: from.map(Tick::get),
        crossed_tick: crossed.map(|crossed| crossed.tick.get()),
        crossed_cents: crossed.map(|crossed| crossed.price),
    })
}

pub(super) fn read_alert(item: Item) -> Result<Alert> {
    let item: AlertItem = read(ALERT, item).map_err(fault)?;
    let crossed = item.crossed_tick.zip(item.crossed_cents);
    let crossed = crossed.map(|(tick, price)| Crossed {
        tick: Tick(tick),
        price,
    });
    let state = match item.state.as_str() {
        ARMED => item
            .from_tick
            .map(|from| AlertState::Armed { from: Tick(from) }),
        FIRING => crossed.map(AlertState::Firing),
        FIRED => crossed.map(AlertState::Fired),
        FAILED => crossed.map(AlertState::Failed),
        _ => None,
    };
    let ids = item.sk.split_once('#').and_then(|(user, id)| {
        let user = UserId::parse(user).ok()?;
        Some((user, AlertId::parse(id).ok()?))
    });
    let (user_id, id) = ids.ok_or_else(|| unreadable(ALERT, "sk"))?;
    Ok(Alert {
        id,
        user_id,
        condition: Condition {
            crossing: item.crossing,
            threshold: item.threshold_cents,
        },
        channel: item.channel,
        state: state.ok_or_else(|| unreadable(ALERT, "state"))?,
    })
}
