mod golden;
mod properties;
mod statistics;

use super::PriceModel;
use crate::UserId;

/// 2026-01-01T00:00:00Z.
const NEW_YEAR_MS: u64 = 1_767_225_600_000;

fn model() -> PriceModel {
    PriceModel::new(b"0123456789abcdef0123456789abcdef")
}

/// A user who registered `number` seconds into 2026.
fn user(number: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    UserId::generate(NEW_YEAR_MS + number * 1000, &random)
}
