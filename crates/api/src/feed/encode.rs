use app::alerts::EncodeAlert;
use app::snapshots::EncodeSaved;
use domain::SavedSnapshot;
use domain::Tick;
use domain::alert::{Alert, Crossed};
use domain::market::Summary;
use feed::fanout::{EncodeFrames, Frame, Newcomer, PriceRecord};
use feed::session::{Replay, Reply, SubscriptionId, TickPrices};
use serde::Serialize;

use super::pack::{end, pack_items, pack_prices, price_member};
use super::wire::{
    Ack, Message, Pong, Problem, WireAlert, WireNewcomer, WireSnapshot, WireSubscription,
    WireSummary,
};
use crate::instant::Instant;

/// Writes a reply as one message, or as several where one would be longer than
/// [`feed::fanout::MAX_FRAME_BYTES`]; all of those but the last say `"more":true`.
#[must_use]
pub fn encode(reply: &Reply) -> Vec<String> {
    match reply {
        Reply::Authenticated {
            user_id,
            expires_at_ms,
        } => ack(Ack {
            op: "auth",
            user_id: Some(user_id.to_string()),
            expires_at: Some(Instant(*expires_at_ms).to_string()),
            ..Ack::default()
        }),
        Reply::Subscribed {
            id,
            live_from,
            replay,
        } => subscribed(id, *live_from, *replay),
        Reply::Unsubscribed { id } => ack(Ack {
            op: "unsubscribe",
            id: Some(id.to_string()),
            ..Ack::default()
        }),
        Reply::Pong { id, at_ms } => {
            vec![json(&Message::Pong(Pong {
                id: id.clone(),
                at: Instant(*at_ms).to_string(),
            }))]
        }
        Reply::Refused(refused) => vec![json(&Message::Error(Problem::from(refused)))],
        Reply::Bye(refusal) => vec![json(&Message::Bye(Problem::from(refusal)))],
        Reply::Subscriptions(subscriptions) => {
            let items = subscriptions
                .iter()
                .map(|item| json(&WireSubscription::from(item)));
            end(
                pack_items(r#"{"type":"subscriptions","subscriptions":["#, items, ']'),
                false,
            )
        }
        Reply::Snapshot { id, prices } => snapshot(id, prices),
        Reply::MarketSnapshot { id, summary } => vec![format!(
            r#"{{"type":"snapshot","id":{},"tick":{},"market":{}}}"#,
            json(id.as_str()),
            summary.tick,
            summary_json(summary)
        )],
        Reply::Replayed { id, ticks, more } => end(replayed(id, ticks), *more),
        Reply::MarketReplayed {
            id,
            summaries,
            more,
        } => {
            let head = replay_head("market", id, "summaries");
            end(
                pack_items(&head, summaries.iter().map(summary_json), ']'),
                *more,
            )
        }
    }
}

fn subscribed(id: &SubscriptionId, live_from: Tick, replay: Option<Replay>) -> Vec<String> {
    ack(Ack {
        op: "subscribe",
        id: Some(id.to_string()),
        live_from: Some(live_from.get()),
        replay: replay.map(Into::into),
        ..Ack::default()
    })
}

fn snapshot(id: &SubscriptionId, TickPrices { tick, prices }: &TickPrices) -> Vec<String> {
    let id = json(id.as_str());
    let head = format!(r#"{{"type":"snapshot","id":{id},"tick":{tick},"prices":{{"#);
    let members = prices
        .iter()
        .map(|(user, price)| price_member(*user, *price));
    end(pack_items(&head, members, '}'), false)
}

fn replayed(id: &SubscriptionId, ticks: &[TickPrices]) -> Vec<String> {
    let prices = ticks.iter().flat_map(|TickPrices { tick, prices }| {
        prices.iter().map(|(user, price)| (*tick, *user, *price))
    });
    pack_prices(&replay_head("prices", id, "ticks"), prices)
}

/// The wire format of what the server sends unasked.
#[derive(Debug, Clone, Copy, Default)]
pub struct FeedFrames;

impl EncodeFrames for FeedFrames {
    fn prices(&self, prices: &[PriceRecord]) -> Vec<Frame> {
        if prices.is_empty() {
            return Vec::new();
        }
        let records = prices
            .iter()
            .map(|record| (record.tick, record.user_id, record.price));
        live(pack_prices(r#"{"type":"prices","ticks":["#, records))
    }

    fn market(&self, summaries: &[&Summary]) -> Vec<Frame> {
        if summaries.is_empty() {
            return Vec::new();
        }
        let items = summaries.iter().copied().map(summary_json);
        live(pack_items(r#"{"type":"market","summaries":["#, items, ']'))
    }

    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame> {
        if newcomers.is_empty() {
            return Vec::new();
        }
        let items = newcomers
            .iter()
            .map(|newcomer| json(&WireNewcomer::from(newcomer)));
        let head = r#"{"type":"user.registered","users":["#;
        live(pack_items(head, items, ']'))
    }
}

impl EncodeAlert for FeedFrames {
    fn alert(&self, alert: &Alert, crossed: Crossed) -> Frame {
        let alert = WireAlert::new(alert, crossed);
        Frame::new(json(&Message::Alert { alert }))
    }
}

impl EncodeSaved for FeedFrames {
    fn saved(&self, saved: &SavedSnapshot) -> Frame {
        Frame::new(json(&Message::SnapshotSaved {
            snapshot: WireSnapshot::from(saved),
        }))
    }
}

/// Live frames stand for themselves: none says that more follows.
fn live(frames: Vec<String>) -> Vec<Frame> {
    frames
        .into_iter()
        .map(|mut frame| {
            frame.push('}');
            Frame::new(frame)
        })
        .collect()
}

fn ack(ack: Ack) -> Vec<String> {
    vec![json(&Message::Ack(ack))]
}

fn replay_head(kind: &str, id: &SubscriptionId, array: &str) -> String {
    let id = json(id.as_str());
    format!(r#"{{"type":"{kind}","id":{id},"replay":true,"{array}":["#)
}

fn summary_json(summary: &Summary) -> String {
    json(&WireSummary::from(summary))
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("BUG: plain strings and numbers always serialise")
}
