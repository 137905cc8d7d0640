use feed::session::Watch;

use super::*;

#[tokio::test]
async fn subscriptions_to_an_operation_get_its_results_and_it_is_executed_once_a_snapshot() {
    let world = World::start().await;
    for (to, watch, operation) in [
        (("fine", "1"), Watch::Snapshots, Some("op")),
        (("fine", "2"), Watch::Snapshots, Some("op")),
        (("slow", "1"), Watch::Snapshots, Some("op")),
        (("fine", "3"), Watch::Alerts, Some("op")),
        (("fine", "4"), Watch::Snapshots, None),
    ] {
        world.feed.subscribe(to, user(1), watch, operation).await;
    }
    let batch = [snapshot(1, 1, 1), snapshot(2, 1, 2)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.told, 6);

    let sent = world.feed.sent().into_iter();
    let mut told: Vec<_> = sent
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
    assert_eq!(world.feed.memory.known().executed, ["op", "op"]);
    let requests = world.database.requests().into_iter();
    let reads = requests.filter(|request| request.is("BatchGetItem", "op#"));
    assert_eq!(reads.count(), 1);
}
