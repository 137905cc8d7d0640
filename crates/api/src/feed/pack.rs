//! Fills frames: as few as hold everything, none above [`MAX_FRAME_BYTES`].

use std::fmt::Write as _;

use domain::{Price, Tick, UserId};
use feed::MAX_FRAME_BYTES;
use feed::session::TickPrices;

/// What the longest price takes with everything that may have to be written before it and after it: a new
/// tick, the id, the price, and the end of the frame.
const PRICE_ROOM: usize = 160;
/// What the end of a frame takes.
const END_ROOM: usize = 16;

/// Writes prices, by tick, after `head`, which ends in the opening bracket of an array. Each frame is closed up to that
/// bracket. Without prices it is one frame with an empty array.
pub(super) fn pack_prices(head: &str, ticks: &[TickPrices]) -> Vec<String> {
    let mut frames = Vec::new();
    let mut frame = String::from(head);
    let mut open: Option<Tick> = None;
    for TickPrices { tick, prices } in ticks {
        for (user, price) in prices {
            if open.is_some() && frame.len() + PRICE_ROOM > MAX_FRAME_BYTES {
                frame.push_str("}}]");
                frames.push(std::mem::replace(&mut frame, String::from(head)));
                open = None;
            }
            if open == Some(*tick) {
                frame.push(',');
            } else {
                let before = if open.is_some() { "}}," } else { "" };
                append(
                    &mut frame,
                    format_args!("{before}{{\"tick\":{tick},\"prices\":{{"),
                );
                open = Some(*tick);
            }
            push_price(&mut frame, *user, *price);
        }
    }
    frame.push_str(if open.is_some() { "}}]" } else { "]" });
    frames.push(frame);
    frames
}

/// Writes items after `head`, which ends in an opening bracket, with commas between them. `close` closes
/// the bracket.
pub(super) fn pack_items(
    head: &str,
    items: impl IntoIterator<Item = String>,
    close: char,
) -> Vec<String> {
    let mut frames = Vec::new();
    let mut frame = String::from(head);
    let mut empty = true;
    for item in items {
        if !empty && frame.len() + item.len() + END_ROOM > MAX_FRAME_BYTES {
            frame.push(close);
            frames.push(std::mem::replace(&mut frame, String::from(head)));
            empty = true;
        }
        if !empty {
            frame.push(',');
        }
        frame.push_str(&item);
        empty = false;
    }
    frame.push(close);
    frames.push(frame);
    frames
}

/// Closes the object that each frame is. All but the last say that more follows, and the last one too if
/// it does.
pub(super) fn end(mut frames: Vec<String>, more: bool) -> Vec<String> {
    let last = frames.len().saturating_sub(1);
    for (index, frame) in frames.iter_mut().enumerate() {
        frame.push_str(if more || index < last {
            ",\"more\":true}"
        } else {
            "}"
        });
    }
    frames
}

/// One member of an object of prices.
pub(super) fn price_member(user: UserId, price: Price) -> String {
    let mut member = String::with_capacity(56);
    push_price(&mut member, user, price);
    member
}

fn push_price(frame: &mut String, user: UserId, price: Price) {
    frame.push('"');
    frame.push_str(user.encode(&mut [0; UserId::TEXT_LEN]));
    append(frame, format_args!("\":\"{price}\""));
}

fn append(frame: &mut String, text: std::fmt::Arguments<'_>) {
    frame
        .write_fmt(text)
        .expect("BUG: writing to a string never fails");
}
