use domain::Tick;
use domain::market::Summary;
use feed::session::{Replay, SubscriptionId, TickPrices};
use feed::{Frame, LiveEvent, Newcomer, Reply};
use serde::Serialize;

use super::pack::{end, pack_items, pack_prices, price_member};
use super::wire::{
    Ack, Pong, ServerMessage, WireAlert, WireNewcomer, WireProblem, WireSnapshot, WireSubscription,
};
use crate::instant::Instant;
use crate::market::MarketSummary;

pub(crate) fn prices(ticks: &[TickPrices], resume: Option<Tick>) -> Vec<Frame> {
    if ticks.is_empty() {
        return Vec::new();
    }
    let end = resume_member(resume);
    let frames = pack_prices(r#"{"type":"prices","ticks":["#, ticks).into_iter();
    live(frames.map(|frame| frame.json + &end).collect())
}

pub(crate) fn market(summaries: &[&Summary]) -> Vec<Frame> {
    if summaries.is_empty() {
        return Vec::new();
    }
    let items = summaries.iter().copied().map(summary_json);
    live(pack_items(r#"{"type":"market","summaries":["#, items, ']'))
}

pub(crate) fn registrations(newcomers: &[Newcomer]) -> Vec<Frame> {
    if newcomers.is_empty() {
        return Vec::new();
    }
    let items = newcomers
        .iter()
        .map(|newcomer| json(&WireNewcomer::from(newcomer)));
    let head = r#"{"type":"user.registered","users":["#;
    live(pack_items(head, items, ']'))
}

pub(crate) fn user_event(event: &LiveEvent) -> Option<Frame> {
    let message = match event {
        LiveEvent::SnapshotSaved(saved) => ServerMessage::SnapshotSaved {
            snapshot: WireSnapshot::from(saved),
        },
        LiveEvent::AlertFired { alert, crossed } => ServerMessage::Alert {
            alert: WireAlert::new(alert, *crossed),
        },
        LiveEvent::Prices { .. } | LiveEvent::Market { .. } | LiveEvent::Registered(_) => {
            return None;
        }
    };
    Some(Frame::new(json(&message)))
}

pub(crate) fn reply(reply: &Reply) -> Vec<Frame> {
    messages(reply).into_iter().map(Frame::new).collect()
}

/// Writes a reply as one message, or as several where one would be longer than
/// [`feed::MAX_FRAME_BYTES`]; all of those but the last say `"more":true`.
fn messages(reply: &Reply) -> Vec<String> {
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
            resume,
        } => subscribed(id, *live_from, *replay, *resume),
        Reply::Unsubscribed { id } => ack(Ack {
            op: "unsubscribe",
            id: Some(id.to_string()),
            ..Ack::default()
        }),
        Reply::Pong { id, at_ms } => {
            vec![json(&ServerMessage::Pong(Pong {
                id: id.clone(),
                at: Instant(*at_ms).to_string(),
            }))]
        }
        Reply::Error(error) => vec![json(&ServerMessage::Error(WireProblem::from(error)))],
        Reply::Bye(refusal) => vec![json(&ServerMessage::Bye(WireProblem::from(refusal)))],
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
        Reply::Replayed {
            id,
            replay,
            ticks,
            more,
        } => replayed(id, *replay, ticks, *more),
        Reply::MarketReplayed {
            id,
            summaries,
            more,
            ..
        } => market_replayed(id, summaries, *more),
    }
}

fn subscribed(
    id: &SubscriptionId,
    live_from: Tick,
    replay: Option<Replay>,
    resume: Option<Tick>,
) -> Vec<String> {
    ack(Ack {
        op: "subscribe",
        id: Some(id.to_string()),
        live_from: Some(live_from.get()),
        replay: replay.map(Into::into),
        resume: resume.map(Tick::get),
        ..Ack::default()
    })
}

fn snapshot(id: &SubscriptionId, TickPrices { tick, prices }: &TickPrices) -> Vec<String> {
    let id = json(id.as_str());
    let head = format!(r#"{{"type":"snapshot","id":{id},"tick":{tick},"prices":{{"#);
    let members = prices
        .iter()
        .map(|(user, price)| price_member(*user, *price));
    let mut frames = pack_items(&head, members, '}');
    if let Some(last) = frames.last_mut() {
        last.push_str(&resume_member(Some(*tick)));
    }
    end(frames, false)
}

/// Each message says from where a client may resume that has got it; the last of a replay, from its end.
fn replayed(id: &SubscriptionId, replay: Replay, ticks: &[TickPrices], more: bool) -> Vec<String> {
    let frames = pack_prices(&replay_head("prices", id, "ticks"), ticks);
    let last = frames.len() - 1;
    let with_resume = frames.into_iter().enumerate().map(|(index, frame)| {
        let resume = if index == last && !more {
            Some(replay.to)
        } else {
            frame.complete
        };
        frame.json + &resume_member(resume)
    });
    end(with_resume.collect(), more)
}

fn market_replayed(id: &SubscriptionId, summaries: &[Summary], more: bool) -> Vec<String> {
    let head = replay_head("market", id, "summaries");
    let summaries = summaries.iter().map(summary_json);
    end(pack_items(&head, summaries, ']'), more)
}

/// Nothing where it is not known.
fn resume_member(resume: Option<Tick>) -> String {
    resume.map_or_else(String::new, |tick| format!(r#","resume":{tick}"#))
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
    vec![json(&ServerMessage::Ack(ack))]
}

fn replay_head(kind: &str, id: &SubscriptionId, array: &str) -> String {
    let id = json(id.as_str());
    format!(r#"{{"type":"{kind}","id":{id},"replay":true,"{array}":["#)
}

fn summary_json(summary: &Summary) -> String {
    json(&MarketSummary::from(summary))
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("BUG: plain strings and numbers always serialise")
}
