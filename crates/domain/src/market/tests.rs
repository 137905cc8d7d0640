use proptest::prelude::*;

use super::*;

const TICK: Tick = Tick(353_445_120);

fn quote(number: u64, opening: u64, price: u64) -> Quote {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    Quote {
        user_id: UserId::generate(1_767_225_600_000, &random),
        opening: Price::from_cents(opening).unwrap(),
        price: Price::from_cents(price).unwrap(),
    }
}

/// The definition: sort everybody, take the first ten of those who moved.
fn naive(quotes: &[Quote]) -> Summary {
    let mover = |quote: &Quote| Mover {
        user_id: quote.user_id,
        price: quote.price,
        change_percent: Change::between(quote.opening, quote.price).percent,
    };
    let mut gainers: Vec<Mover> = quotes.iter().map(mover).collect();
    gainers.sort_by_key(|mover| mover.user_id);
    let mut losers = gainers.clone();
    // Stable sorts keep the order of ids among equals.
    gainers.sort_by_key(|mover| std::cmp::Reverse(mover.change_percent));
    losers.sort_by_key(|mover| mover.change_percent);
    gainers.retain(|mover| mover.change_percent > Percent::from_hundredths(0));
    losers.retain(|mover| mover.change_percent < Percent::from_hundredths(0));
    gainers.truncate(10);
    losers.truncate(10);
    let sum: u64 = quotes.iter().map(|quote| quote.price.cents()).sum();
    let mean = (sum as f64 / quotes.len() as f64).round() as u64;
    Summary {
        tick: TICK,
        shareholders: quotes.len() as u64,
        mean: Price::from_cents(mean),
        gainers,
        losers,
    }
}

/// Markets with many equal changes, for the ties to matter.
fn any_market() -> impl Strategy<Value = Vec<Quote>> {
    let prices = (
        9_900..10_100_u64,
        prop_oneof![Just(10_000_u64), 9_990..10_010_u64],
    );
    prop::collection::vec(prices, 0..200).prop_map(|prices| {
        let quotes = prices.into_iter().enumerate();
        quotes
            .map(|(number, (price, opening))| quote(number as u64, opening, price))
            .collect()
    })
}

proptest! {
    #[test]
    fn is_what_a_full_sort_gives(market in any_market().prop_shuffle()) {
        prop_assert_eq!(Summary::of(TICK, market.iter().copied()), naive(&market));
    }

    #[test]
    fn parts_of_a_market_can_be_merged(market in any_market().prop_shuffle(), cut in 0..200_usize) {
        let (left, right) = market.split_at(cut.min(market.len()));
        let mut tallies = [left, right].map(|part| {
            let mut tally = Tally::default();
            part.iter().for_each(|quote| tally.add(*quote));
            tally
        });
        let right = std::mem::take(&mut tallies[1]);
        tallies[0].merge(right);
        let [merged, _] = tallies;
        prop_assert_eq!(merged.summary(TICK), naive(&market));
    }
}

#[test]
fn an_empty_market_has_no_mean() {
    let summary = Summary::of(TICK, []);
    assert_eq!((summary.shareholders, summary.mean), (0, None));
    assert!(summary.gainers.is_empty() && summary.losers.is_empty());
}

#[test]
fn who_did_not_move_is_no_mover() {
    // The last one moved by less than half a hundredth of a percent: shown as 0.00.
    let quotes = [
        quote(1, 100, 101),
        quote(2, 100, 100),
        quote(3, 50_000, 50_002),
    ];
    let summary = Summary::of(TICK, quotes);
    assert_eq!(summary.gainers.len(), 1);
    assert_eq!(summary.gainers[0].change_percent.to_string(), "1.00");
    assert_eq!(summary.losers, []);
    assert_eq!(
        summary.mean.map(|mean| mean.to_string()),
        Some("167.34".to_owned())
    );
}
