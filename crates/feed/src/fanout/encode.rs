use domain::market::Summary;

use super::{Frame, Newcomer, PriceRecord};

/// Writes what the fan-out sends in the feed's wire format.
pub trait EncodeFrames: Send + Sync {
    /// Packs prices, sorted by tick, into as few frames of at most [`super::MAX_FRAME_BYTES`] as hold them.
    fn prices(&self, prices: &[PriceRecord]) -> Vec<Frame>;

    /// Packs market summaries, sorted by tick, likewise.
    fn market(&self, summaries: &[&Summary]) -> Vec<Frame>;

    /// Packs registrations, in the order given, likewise.
    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame>;
}
