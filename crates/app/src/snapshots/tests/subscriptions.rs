use super::*;
use feed::fakes::live_operation;
use feed::{AudienceShard, Interest, LiveOperation};

impl World {
    fn subscribe(
        &self,
        (to, id): (&str, &str),
        interest: Interest,
        operation: Option<LiveOperation>,
    ) {
        let shard = (AudienceShard::Own(user(1)), interest);
        let feed = &self.0.lock().unwrap().feed;
        feed.store("op");
        feed.subscribe((to, id), shard, operation);
    }
}

#[tokio::test]
async fn subscriptions_to_an_operation_get_its_results_and_it_is_executed_once_a_snapshot() {
    let world = World::default();
    let op = Some(live_operation("op"));
    world.subscribe(("fine", "1"), Interest::Snapshots, op);
    world.subscribe(("fine", "2"), Interest::Snapshots, op);
    world.subscribe(("slow", "1"), Interest::Snapshots, op);
    world.subscribe(("fine", "3"), Interest::Alerts, op);
    world.subscribe(("fine", "4"), Interest::Snapshots, None);
    let batch = [snapshot(1, 1, 1), snapshot(2, 1, 2)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.told, 6);

    let mut told: Vec<_> = world
        .told()
        .into_iter()
        .map(|(to, frame)| {
            assert_eq!(to, "fine");
            frame
        })
        .collect();
    told.sort_by_key(|frame| frame.contains(" next "));
    let raw = |number| format!("saved {}@{NOW_MS}", id(number));
    let next = |to, number| format!("{to} next \"op saved {}@{NOW_MS}\"\n", id(number));
    let mut own = told.split_off(2);
    own.sort();
    assert_eq!(told, [raw(1), raw(2)]);
    assert_eq!(own, [next(1, 1), next(1, 2), next(2, 1), next(2, 2)]);
    let state = world.0.lock().unwrap();
    assert_eq!(state.feed.known().executed, ["op", "op"]);
    assert_eq!(state.feed.known().reads.len(), 1);
}
