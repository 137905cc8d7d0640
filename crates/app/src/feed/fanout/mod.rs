//! The fan-out: which connection gets what of a batch of prices, and getting it there.

mod frame;

pub use frame::{Frame, PushFrames};
