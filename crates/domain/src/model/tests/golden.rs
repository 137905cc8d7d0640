//! Values that must never change within one version of the model, on any machine.

use super::{model, user};
use crate::{PriceModel, Tick};

/// FNV-1a over 64-bit words.
fn checksum(words: impl Iterator<Item = u64>) -> u64 {
    words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// An implementation of its own, in another language and with its platform's logarithm, gave these too.
#[test]
fn prices_of_version_1() {
    assert_eq!(PriceModel::VERSION, 1);
    let ticks = [0, 1, 2, 3, 720, 16_383, 16_384, 17_280, 6_311_520];
    let seen: Vec<String> = (0..3)
        .map(|number| {
            let shareholder = model().shareholder(user(number * 1_000_003));
            let prices = ticks.map(|after| {
                shareholder
                    .price_at(shareholder.opening_tick().plus(after))
                    .to_string()
            });
            format!("{} {}", shareholder.user_id(), prices.join(" "))
        })
        .collect();
    let expected = [
        "019b76da-a800-7000-8000-000000000000 281.98 281.81 282.15 282.20 291.05 312.02 313.17 304.99 290.69",
        "019bb275-7db8-7000-8000-0000000f4243 341.56 340.86 340.48 340.41 315.53 236.98 237.54 268.52 321.52",
        "019bee10-5370-7000-8000-0000001e8486 481.25 478.74 480.74 480.09 443.28 467.27 467.99 432.51 554.75",
    ];
    assert_eq!(seen, expected);
}

/// The unrounded walk, to the last bit: some 15,000 of its draws come from the tails, where the logarithm
/// is used.
#[test]
fn the_walk_of_version_1_to_the_last_bit() {
    let shareholder = model().shareholder(user(1));
    let mut cursor = shareholder.walk.cursor(1 << 28);
    let walk = checksum((0..100_000).map(|_| cursor.advance(&shareholder.walk).to_bits()));
    let opening = shareholder.opening_tick();
    let prices = shareholder.prices(opening..=opening.plus(100_000));
    let prices = checksum(prices.map(|(Tick(_), price)| price.cents()));
    assert_eq!(
        (walk, prices),
        (5_920_348_014_094_599_219, 5_274_028_630_308_773_267)
    );
}
