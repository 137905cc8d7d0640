use std::sync::Arc;

use app::market::ShowMarket;
use app::users::Users as _;
use domain::{PriceModel, Tick};
use test_kit::{TestDatabase, current_user, new_user, user_id};

const NOW_MS: u64 = 1_767_225_600_000;

#[tokio::test]
async fn counts_who_is_listed_unless_there_are_too_many() {
    let database = TestDatabase::start().await;
    for (ago_ms, number) in [(60_000, 1), (30_000, 2), (0, 3)] {
        let new = new_user(user_id(NOW_MS - ago_ms, number));
        database.users().create_user(&new).await.unwrap();
    }
    let market_of = |limit| {
        let prices = PriceModel::new(&[7; 32]);
        ShowMarket::new(Arc::new(database.directory()), prices, limit)
    };
    let token = user_id(NOW_MS, 3).to_string();
    let user = current_user(database.users(), &token).await.unwrap();
    let summary = market_of(3).show(&user, NOW_MS).await.unwrap().unwrap();
    let seen = (summary.tick, summary.shareholders);
    assert_eq!(seen, (Tick::at_ms(NOW_MS), 2));
    assert_eq!(market_of(2).show(&user, NOW_MS).await.unwrap(), None);
}
