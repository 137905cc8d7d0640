//! Fills frames: as few as hold everything, none above [`MAX_FRAME_BYTES`].

use std::fmt::Write as _;

use domain::{Price, Tick, UserId};
use feed::MAX_FRAME_BYTES;
use feed::session::TickPrices;

/// What the longest price takes with the comma before it and the end of the frame after it.
const PRICE_ROOM: usize = 160;
/// What the end of a frame takes.
const END_ROOM: usize = 64;

/// A frame of prices, closed up to the bracket of its array.
pub(super) struct PriceFrame {
    pub(super) json: String,
    /// The newest tick of which nothing is missing once this frame has come; `None` while the first is unfinished.
    pub(super) complete: Option<Tick>,
}

/// Writes prices, by tick, after `head`, which ends in the opening bracket of an array. A tick is only split if it fits
/// into no frame by itself. Without prices it is one frame with an empty array.
pub(super) fn pack_prices(head: &str, ticks: &[TickPrices]) -> Vec<PriceFrame> {
    let mut packer = PricePacker::new(head);
    for prices in ticks {
        packer.push(prices);
    }
    packer.finish()
}

struct PricePacker<'a> {
    head: &'a str,
    frames: Vec<PriceFrame>,
    frame: String,
    complete: Option<Tick>,
}

impl<'a> PricePacker<'a> {
    fn new(head: &'a str) -> Self {
        Self {
            head,
            frames: Vec::new(),
            frame: head.to_owned(),
            complete: None,
        }
    }

    fn push(&mut self, TickPrices { tick, prices }: &TickPrices) {
        let start = self.frame.len();
        let mut left = self.write(*tick, prices);
        if !left.is_empty() && start > self.head.len() {
            self.frame.truncate(start);
            self.next_frame();
            left = self.write(*tick, prices);
        }
        while !left.is_empty() {
            self.frame.push_str("}}");
            self.next_frame();
            left = self.write(*tick, left);
        }
        self.complete = Some(*tick);
    }

    /// Writes as many prices of a tick as fit into the frame, and returns the others.
    fn write<'p>(&mut self, tick: Tick, prices: &'p [(UserId, Price)]) -> &'p [(UserId, Price)] {
        if self.frame.len() > self.head.len() {
            self.frame.push(',');
        }
        append(
            &mut self.frame,
            format_args!("{{\"tick\":{tick},\"prices\":{{"),
        );
        for (index, (user, price)) in prices.iter().enumerate() {
            if self.frame.len() + PRICE_ROOM > MAX_FRAME_BYTES {
                return &prices[index..];
            }
            if index > 0 {
                self.frame.push(',');
            }
            push_price(&mut self.frame, *user, *price);
        }
        self.frame.push_str("}}");
        &[]
    }

    fn next_frame(&mut self) {
        let mut json = std::mem::replace(&mut self.frame, self.head.to_owned());
        json.push(']');
        self.frames.push(PriceFrame {
            json,
            complete: self.complete,
        });
    }

    fn finish(mut self) -> Vec<PriceFrame> {
        self.next_frame();
        self.frames
    }
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
