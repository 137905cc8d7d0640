use app::alerts::DeliverPrices;
use domain::alert::Channel;
use feed::session::Watch;
use test_kit::Reaction;

use super::world::{NOW_MS, TICK, World, update, user};

impl World {
    /// A process of the fan-out that has just started; user 1 listens to their own prices and waits for one.
    async fn delivery(&self) -> DeliverPrices {
        self.wait(1, Channel::Email).await;
        let feed = &self.feed;
        feed.subscribe(("fine", "me"), user(1), Watch::Me, None)
            .await;
        DeliverPrices {
            fan_out: feed.fan_out(),
            alerts: self.process(),
        }
    }
}

fn price_frame() -> String {
    format!("{TICK} {} 100.10\n", user(1))
}

#[tokio::test]
async fn prices_go_out_before_the_alerts_that_they_set_off() {
    let world = World::start().await;
    let delivery = world.delivery().await;
    let batch = [update(0, 9_990, 10_010)];
    let (prices, alerts) = delivery.deliver(&batch, &[], NOW_MS).await.unwrap();
    assert_eq!((prices.posts, alerts.claimed, alerts.notified), (1, 1, 1));
    let fired = format!("fired {TICK} 100.10");
    assert_eq!(world.pushed(), [price_frame(), fired]);
}

#[tokio::test]
async fn a_batch_whose_alerts_can_not_be_read_fails_after_its_prices_and_comes_again() {
    let world = World::start().await;
    let delivery = world.delivery().await;
    let batch = [update(0, 9_990, 10_010)];
    world.database.react(|request| {
        if request.is("Query", "alert#") {
            Reaction::Fail
        } else {
            Reaction::Answer
        }
    });
    let error = delivery.deliver(&batch, &[], NOW_MS).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(world.pushed(), [price_frame()]);

    world.database.heal();
    let (prices, alerts) = delivery.deliver(&batch, &[], NOW_MS).await.unwrap();
    assert_eq!((prices.repeated, alerts.notified), (1, 1));
    assert_eq!(world.pushed(), [format!("fired {TICK} 100.10")]);
}
