use super::fakes::{Entry, T0, World};
use feed::ConnectionId;

fn deadline(ms: u64) -> u64 {
    T0.starts_at_ms() + ms
}

fn ticks_of(world: &World, user_id: domain::UserId) -> Vec<u64> {
    world
        .ticks_of(user_id)
        .iter()
        .map(|(_, tick)| *tick)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_is_announced_within_a_second_and_ticked_from_then_on() {
    let world = World::new();
    let driver = world.driver();
    let registering = async {
        world.at(6_100).await;
        world.register(1, 60_000)
    };
    let (_, user_id) = tokio::join!(driver.run("a", deadline(31_000)), registering);

    assert_eq!(world.registered(), [user_id]);
    let announced = world
        .state()
        .published
        .iter()
        .find_map(|(at, entry)| match entry {
            Entry::Registered(_) => Some(*at),
            _ => None,
        });
    assert!(announced.unwrap() < 7_100, "{announced:?}");
    assert_eq!(world.state().cleared, [user_id]);
    assert_eq!(
        world.ticks_of(user_id),
        [(10_000, 2), (15_000, 3), (20_000, 4)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_passed_before_the_announcement_is_published_at_once() {
    let world = World::new();
    let driver = world.driver();
    let registering = async {
        // The relay looks again only after the boundary.
        world.at(9_999).await;
        world.register(1, 60_000)
    };
    let (_, user_id) = tokio::join!(driver.run("a", deadline(31_000)), registering);

    let ticks = world.ticks_of(user_id);
    assert_eq!(
        ticks.iter().map(|(_, tick)| *tick).collect::<Vec<_>>(),
        [2, 3, 4]
    );
    assert!((10_000..10_500).contains(&ticks[0].0), "{ticks:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outbox_that_lags_behind_announces_nobody_twice() {
    let world = World::new();
    world.state().lagging_outbox = true;
    let driver = world.driver();
    let registering = async {
        world.at(6_100).await;
        world.register(1, 0)
    };
    let (_, user_id) = tokio::join!(driver.run("a", deadline(31_000)), registering);

    assert_eq!(world.registered(), [user_id]);
    assert_eq!(ticks_of(&world, user_id), [2, 3, 4]);
    assert_eq!(world.state().cleared, [user_id]);
}

#[tokio::test(start_paused = true)]
async fn who_waited_in_the_outbox_since_before_the_run_gets_the_last_minute() {
    let world = World::new();
    let user_id = world.register(1, 0);
    world.at(600_000).await;
    world.state().last_tick = Some(T0.plus(119));
    world.driver().run("a", deadline(616_000)).await.unwrap();

    // The roster covers him from tick 120 on; what he is owed comes from the twelve ticks before.
    let mut ticks = ticks_of(&world, user_id);
    ticks.sort_unstable();
    let expected: Vec<u64> = (ticks[0]..=121).collect();
    assert_eq!(ticks, expected);
    assert!((108..=109).contains(&ticks[0]), "{ticks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_handover_loses_no_newcomer_whatever_the_index_shows() {
    let world = World::new();
    let (first, second) = (world.driver(), world.driver());
    let registering = async {
        // One just before the handover, known to the first run alone; one in the midst of it.
        world.at(20_900).await;
        let before = world.register(1, 3_000);
        world.at(21_500).await;
        (before, world.register(2, 3_000))
    };
    let later = async {
        world.at(21_000).await;
        second.run("b", deadline(51_000)).await.unwrap()
    };
    let (_, _, users) = tokio::join!(first.run("a", deadline(120_000)), later, registering);

    for user_id in <[_; 2]>::from(users) {
        assert_eq!(ticks_of(&world, user_id), [5, 6, 7, 8]);
        assert_eq!(
            world
                .registered()
                .iter()
                .filter(|id| **id == user_id)
                .count(),
            1
        );
    }
}

#[tokio::test(start_paused = true)]
async fn connections_that_never_authenticated_are_told_and_closed() {
    let world = World::new();
    let id = |name: &str| ConnectionId(name.into());
    world.state().pending.insert(id("late"), 7_500);
    world.state().pending.insert(id("patient"), 60_000);
    world.driver().run("a", deadline(21_000)).await.unwrap();

    let steps: Vec<String> = world.state().closing.iter().cloned().collect();
    let (at, _) = steps[0].split_once(' ').unwrap();
    assert!(
        (7_500..=8_500).contains(&at.parse::<u64>().unwrap()),
        "{steps:?}"
    );
    assert_eq!(
        steps,
        [
            format!("{at} bye late"),
            format!("{at} disconnect late"),
            format!("{at} remove late")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_speaks_another_protocol_is_told_in_its_words() {
    let world = World::new();
    let id = ConnectionId("late-operations".into());
    world.state().pending.insert(id, 3_000);
    world.driver().run("a", deadline(16_000)).await.unwrap();
    let state = world.state();
    let said = state
        .closing
        .front()
        .and_then(|step| step.split(' ').nth(1));
    assert_eq!(said, Some("error"));
}

#[tokio::test(start_paused = true)]
async fn who_has_been_idle_for_long_is_pinged_and_stays() {
    let world = World::new();
    let id = |name: &str| ConnectionId(name.into());
    for name in ["idle-operations", "idle-dead"] {
        world.state().pending.insert(id(name), 3_000);
    }
    world.driver().run("a", deadline(16_000)).await.unwrap();
    let state = world.state();
    let said = |name: &str| -> Vec<&str> {
        let steps = state.closing.iter().filter(|step| step.ends_with(name));
        steps.map(|step| step.split(' ').nth(1).unwrap()).collect()
    };
    assert_eq!(said("idle-operations"), ["ping"]);
    let due = state.pending[&id("idle-operations")];
    assert!((303_000..=304_500).contains(&due), "{due}");
    assert_eq!(said("idle-dead"), ["ping", "remove"]);
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_removed_and_a_stubborn_one_tried_again() {
    let world = World::new();
    let id = |name: &str| ConnectionId(name.into());
    world.state().pending.insert(id("dead"), 3_000);
    world.state().pending.insert(id("stubborn"), 3_000);
    world.driver().run("a", deadline(16_000)).await.unwrap();

    let state = world.state();
    assert!(!state.pending.contains_key(&id("dead")));
    assert!(state.pending.contains_key(&id("stubborn")));
    let tries = state
        .closing
        .iter()
        .filter(|step| step.ends_with("disconnect stubborn"));
    assert!(tries.count() >= 2);
}
