//! Items of alerts, written and read back.

use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::{Price, Shard, Tick, UserId};
use dynamodb::{Item, number, text};
use feed::Result;

use crate::feed::items::{key, read_number, read_text, unreadable};
use crate::feed::keys::{alert_count_pk, alerts_of, alerts_pk};

pub(super) const ARMED: &str = "armed";
pub(super) const FIRING: &str = "firing";
pub(super) const FIRED: &str = "fired";
pub(super) const FAILED: &str = "failed";

const ABOVE: &str = "above";
const BELOW: &str = "below";

pub(super) fn alert_key(user: UserId, id: AlertId) -> Item {
    key(
        alerts_pk(Shard::of(user)),
        format!("{}{id}", alerts_of(user)),
    )
}

pub(super) fn count_key(user: UserId) -> Item {
    key(alert_count_pk(user), "count")
}

pub(super) fn alert_item(alert: &Alert) -> Item {
    let Condition {
        crossing,
        threshold,
    } = alert.condition;
    let crossing = match crossing {
        Crossing::Above => ABOVE,
        Crossing::Below => BELOW,
    };
    let mut item = alert_key(alert.user_id, alert.id);
    let mut set = |name: &str, value| item.insert(name.to_owned(), value);
    set("crossing", text(crossing));
    set("threshold_cents", number(threshold.cents()));
    set("channel", text(alert.channel.name()));
    let (state, crossed) = match alert.state {
        AlertState::Armed { from } => {
            set("from_tick", number(from.get()));
            (ARMED, None)
        }
        AlertState::Firing(crossed) => (FIRING, Some(crossed)),
        AlertState::Fired(crossed) => (FIRED, Some(crossed)),
        AlertState::Failed(crossed) => (FAILED, Some(crossed)),
    };
    set("state", text(state));
    if let Some(crossed) = crossed {
        set("crossed_tick", number(crossed.tick.get()));
        set("crossed_cents", number(crossed.price.cents()));
    }
    item
}

pub(super) fn read_alert(item: &Item) -> Result<Alert> {
    let ids = read_text(item, "sk")?.split_once('#');
    let (user, id) = ids.ok_or_else(|| unreadable("sk"))?;
    let crossing = match read_text(item, "crossing")? {
        ABOVE => Crossing::Above,
        BELOW => Crossing::Below,
        _ => return Err(unreadable("crossing")),
    };
    let channel: Option<Channel> = read_text(item, "channel")?.parse().ok();
    let state = match read_text(item, "state")? {
        ARMED => AlertState::Armed {
            from: Tick(read_number(item, "from_tick")?),
        },
        FIRING => AlertState::Firing(read_crossed(item)?),
        FIRED => AlertState::Fired(read_crossed(item)?),
        FAILED => AlertState::Failed(read_crossed(item)?),
        _ => return Err(unreadable("state")),
    };
    Ok(Alert {
        id: AlertId::parse(id).map_err(|_| unreadable("sk"))?,
        user_id: UserId::parse(user).map_err(|_| unreadable("sk"))?,
        condition: Condition {
            crossing,
            threshold: read_price(item, "threshold_cents")?,
        },
        channel: channel.ok_or_else(|| unreadable("channel"))?,
        state,
    })
}

fn read_crossed(item: &Item) -> Result<Crossed> {
    Ok(Crossed {
        tick: Tick(read_number(item, "crossed_tick")?),
        price: read_price(item, "crossed_cents")?,
    })
}

fn read_price(item: &Item, name: &'static str) -> Result<Price> {
    Price::from_cents(read_number(item, name)?).ok_or_else(|| unreadable(name))
}
