use std::time::Duration;

use app::ticks::{DueAction, TickStore as _};
use domain::Network;
use feed::fakes::{Behaviour, Post, connection};
use feed::session::{NewConnection, Protocol};
use feed::{ConnectionId, Connections as _};

use super::world::{T0, World, deadline};

#[tokio::test(start_paused = true)]
async fn a_newcomer_is_announced_within_a_second_and_ticked_from_then_on() {
    let world = World::start().await;
    world.lag("roster", 60_000);
    let driver = world.driver();
    let registering = async {
        world.at(6_100).await;
        world.register(1).await
    };
    let (_, user_id) = tokio::join!(driver.run("a", deadline(31_000)), registering);

    let [(announced_at, announced)] = world.announced()[..] else {
        panic!("{:?}", world.announced());
    };
    assert_eq!(announced, user_id);
    assert!(announced_at < 7_100, "{announced_at}");
    assert_eq!(world.cleared().await, 1);
    let times = world.times_of(user_id);
    assert_eq!(times, [(10_000, 2), (15_000, 3), (20_000, 4)]);
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_passed_before_the_announcement_is_published_at_once() {
    let world = World::start().await;
    world.lag("roster", 60_000);
    let driver = world.driver();
    let registering = async {
        // The relay looks again only after the boundary.
        world.at(9_999).await;
        world.register(1).await
    };
    let (_, user_id) = tokio::join!(driver.run("a", deadline(31_000)), registering);

    let times = world.times_of(user_id);
    assert_eq!(world.ticks_of(user_id), [2, 3, 4]);
    assert!((10_000..10_500).contains(&times[0].0), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outbox_that_lags_behind_announces_nobody_twice() {
    let world = World::start().await;
    // It shows who is new at once, and for three seconds more.
    let mut changes = 0;
    world.database.lag("outbox", move |_| {
        changes += 1;
        Duration::from_secs(if changes > 2 { 3 } else { 0 })
    });
    let driver = world.driver();
    let registering = async {
        world.at(6_100).await;
        world.register(1).await
    };
    let (_, user_id) = tokio::join!(driver.run("a", deadline(31_000)), registering);

    let announced = world.announced();
    assert_eq!(announced.len(), 1, "{announced:?}");
    assert_eq!(world.ticks_of(user_id), [2, 3, 4]);
    assert_eq!(world.cleared().await, 1);
}

#[tokio::test(start_paused = true)]
async fn who_waited_in_the_outbox_since_before_the_run_gets_the_last_minute() {
    let world = World::start().await;
    let user_id = world.register(1).await;
    world.at(600_000).await;
    world.drove_until(T0.plus(119)).await;
    world.driver().run("a", deadline(616_000)).await.unwrap();

    // The roster covers him from tick 120 on; what he is owed comes from the twelve ticks before.
    let mut ticks = world.ticks_of(user_id);
    ticks.sort_unstable();
    let expected: Vec<u64> = (ticks[0]..=121).collect();
    assert_eq!(ticks, expected);
    assert!((108..=109).contains(&ticks[0]), "{ticks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_handover_loses_no_newcomer_whatever_the_index_shows() {
    let world = World::start().await;
    world.lag("roster", 3_000);
    let (first, second) = (world.driver(), world.driver());
    let registering = async {
        // One just before the handover, known to the first run alone; one in the midst of it.
        world.at(20_900).await;
        let before = world.register(1).await;
        world.at(21_500).await;
        (before, world.register(2).await)
    };
    let later = async {
        world.at(21_000).await;
        second.run("b", deadline(51_000)).await.unwrap()
    };
    let (_, _, users) = tokio::join!(first.run("a", deadline(120_000)), later, registering);

    for user_id in <[_; 2]>::from(users) {
        assert_eq!(world.ticks_of(user_id), [5, 6, 7, 8]);
        let announced = world.announced().into_iter();
        let announced = announced.filter(|(_, announced)| *announced == user_id);
        assert_eq!(announced.count(), 1);
    }
}

impl World {
    /// A connection on which nobody authenticates, and whose time is over so many milliseconds after T0.
    async fn open(&self, id: &str, protocol: Protocol, due: u64) {
        let new = NewConnection {
            id: connection(id),
            protocol: Some(protocol),
            connected_at_ms: T0.starts_at_ms() + due - 10_000,
            network: Network::of([203, 0, 113, 1].into()),
            identity: None,
        };
        self.feed.store.store_connection(&new).await.unwrap();
    }

    /// A connection that was initialised and is to be pinged so many milliseconds after T0.
    async fn open_idle(&self, id: &str, due: u64) {
        let user = test_kit::user_id(T0.starts_at_ms() - 60_000, 1);
        self.feed.open_graphql(id, Some(user)).await;
        let due_ms = T0.starts_at_ms() + due;
        let (store, id) = (self.store(), connection(id));
        store.postpone_connection(&id, due_ms).await.unwrap();
    }

    /// What a connection was sent, with when (milliseconds after T0); `closed` is the end of it.
    fn sent_to(&self, id: &str) -> Vec<(u64, String)> {
        let known = self.feed.memory.known();
        let posts = known.posts.iter().filter(|post| *post.to.0 == *id);
        let sent = |post: &Post| (self.ms_of(post.at), post.frame.text());
        posts.map(sent).collect()
    }

    fn attempts_at(&self, id: &str) -> usize {
        let known = self.feed.memory.known();
        known.attempts.get(&connection(id)).copied().unwrap_or(0)
    }

    async fn is_open(&self, id: &str) -> bool {
        let found = self.feed.store.count_message(&connection(id)).await;
        found.unwrap().is_some()
    }

    /// Which connections are due so many milliseconds after T0, and what for.
    async fn due_at(&self, ms: u64) -> Vec<(ConnectionId, DueAction)> {
        let due = self.store().due_connections(T0.starts_at_ms() + ms).await;
        let due = due.unwrap().into_iter();
        due.map(|due| (due.connection.id, due.action)).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn connections_that_never_authenticated_are_told_and_closed() {
    let world = World::start().await;
    world.open("late", Protocol::FastfusionV1, 7_500).await;
    world.open("patient", Protocol::FastfusionV1, 60_000).await;
    world.driver().run("a", deadline(21_000)).await.unwrap();

    let sent = world.sent_to("late");
    let at = sent[0].0;
    assert!((7_500..=8_500).contains(&at), "{sent:?}");
    assert_eq!(sent, [(at, "bye".to_owned()), (at, "closed".to_owned())]);
    assert!(!world.is_open("late").await);
    assert_eq!(world.sent_to("patient"), []);
    assert!(world.is_open("patient").await);
}

#[tokio::test(start_paused = true)]
async fn who_speaks_another_protocol_is_told_in_its_words() {
    let world = World::start().await;
    let protocol = Protocol::GraphqlTransportWs;
    world.open("late", protocol, 3_000).await;
    world.driver().run("a", deadline(16_000)).await.unwrap();
    assert_eq!(world.sent_to("late")[0].1, "error");
}

#[tokio::test(start_paused = true)]
async fn who_has_been_idle_for_long_is_pinged_and_stays() {
    let world = World::start().await;
    for id in ["idle", "dead"] {
        world.open_idle(id, 3_000).await;
    }
    world.feed.behave("dead", Behaviour::Gone);
    world.driver().run("a", deadline(16_000)).await.unwrap();
    let sent = world.sent_to("idle");
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].1, "ping");
    assert_eq!(world.due_at(302_999).await, []);
    let ping = (connection("idle"), DueAction::Ping);
    assert_eq!(world.due_at(304_500).await, [ping]);
    assert_eq!(world.attempts_at("dead"), 1);
    assert!(!world.is_open("dead").await);
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_removed_and_a_stubborn_one_tried_again() {
    let world = World::start().await;
    for id in ["dead", "stubborn"] {
        world.open(id, Protocol::FastfusionV1, 3_000).await;
    }
    world.feed.behave("dead", Behaviour::Gone);
    world.feed.behave("stubborn", Behaviour::StaysOpen);
    world.driver().run("a", deadline(16_000)).await.unwrap();

    assert!(!world.is_open("dead").await);
    let close = (connection("stubborn"), DueAction::Close);
    assert_eq!(world.due_at(16_000).await, [close]);
    let sent = world.sent_to("stubborn").into_iter();
    let tries = sent.filter(|(_, frame)| frame == "closed");
    assert!(tries.count() >= 2);
}
