//! What the ports promise, against an embedded DynamoDB, with items written by the stores of the users and
//! of the feed.

mod stage;

use app::ticks::{DueAction, DueConnection, TickStore as _};
use app::users::{Deletion, Users as _};
use domain::{Network, Tick, UserId};
use feed::session::{Authentication, NewConnection, Protocol};
use feed::{Authenticated, ConnectionId, Connections as _, KnownConnection};

use stage::{FEED, NOW_MS, USERS, registered_at, stage, unordered};

#[tokio::test]
async fn the_first_owner_finds_no_tick_and_later_ones_the_last() {
    let ticks = stage().await.ticks;
    assert_eq!(ticks.take_over("a").await.unwrap(), None);
    assert!(ticks.finish_tick("a", Tick(7)).await.unwrap());
    assert!(ticks.finish_tick("a", Tick(8)).await.unwrap());
    assert_eq!(ticks.take_over("b").await.unwrap(), Some(Tick(8)));
}

#[tokio::test]
async fn who_lost_the_ticks_records_nothing() {
    let ticks = stage().await.ticks;
    ticks.take_over("a").await.unwrap();
    ticks.finish_tick("a", Tick(7)).await.unwrap();
    assert!(ticks.is_owner("a").await.unwrap());
    ticks.take_over("b").await.unwrap();

    assert!(!ticks.is_owner("a").await.unwrap());
    assert!(!ticks.finish_tick("a", Tick(9)).await.unwrap());
    assert!(ticks.is_owner("b").await.unwrap());
    assert_eq!(ticks.take_over("c").await.unwrap(), Some(Tick(7)));
}

#[tokio::test]
async fn nobody_holds_ticks_that_nobody_took() {
    let ticks = stage().await.ticks;
    assert!(!ticks.is_owner("a").await.unwrap());
    assert!(!ticks.finish_tick("a", Tick(1)).await.unwrap());
    assert_eq!(ticks.take_over("a").await.unwrap(), None);
}

#[tokio::test]
async fn the_roster_holds_everybody_or_those_since_an_instant() {
    let stage = stage().await;
    let mut everybody = Vec::new();
    for n in 0..60 {
        everybody.push(stage.register(registered_at(NOW_MS + n * 1000)).await);
    }
    assert_eq!(unordered(stage.ticks.roster(0).await.unwrap()), everybody);
    let later = stage.ticks.roster(NOW_MS + 50_000).await.unwrap();
    assert_eq!(unordered(later), everybody[50..]);
    assert_eq!(stage.ticks.roster(NOW_MS + 60_000).await.unwrap(), []);
}

#[tokio::test]
async fn a_roster_of_several_pages_is_read_whole() {
    let stage = stage().await;
    // A page ends at a megabyte; these keys make two of one shard.
    let mut expected = stage.fill_shard(3, 20_000).await;
    expected.sort_unstable();
    assert_eq!(unordered(stage.ticks.roster(0).await.unwrap()), expected);
}

#[tokio::test]
async fn the_outbox_shows_who_registered_until_cleared() {
    let stage = stage().await;
    let first = stage.register(registered_at(NOW_MS)).await;
    let second = stage.register(registered_at(NOW_MS + 1)).await;

    let waiting = stage.ticks.outbox().await.unwrap().registrations;
    let found = waiting
        .iter()
        .find(|registration| registration.user_id == second)
        .unwrap();
    assert_eq!(
        (found.name.as_str(), found.registered_at_ms),
        ("Ann", NOW_MS + 1)
    );
    assert_eq!(waiting.len(), 2);

    stage.ticks.clear_outbox(&[first]).await.unwrap();
    stage.ticks.clear_outbox(&[first]).await.unwrap();
    let waiting = stage.ticks.outbox().await.unwrap().registrations;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].user_id, second);
    // Nothing else of the user has changed.
    assert_eq!(
        unordered(stage.ticks.roster(0).await.unwrap()),
        [first, second]
    );
    assert!(stage.users.find_profile(first).await.unwrap().is_some());
}

#[tokio::test]
async fn who_was_deleted_is_off_the_roster_and_is_told() {
    let stage = stage().await;
    let gone = stage.register(registered_at(NOW_MS)).await;
    let stays = stage.register(registered_at(NOW_MS + 1)).await;
    let deletion = Deletion {
        user_id: gone,
        deleted_at_ms: NOW_MS + 5_000,
    };
    assert!(stage.users.delete_account(&deletion).await.unwrap());

    assert_eq!(stage.ticks.roster(0).await.unwrap(), [stays]);
    let deleted = async |since_ms| stage.ticks.deleted(since_ms).await.unwrap();
    assert_eq!(deleted(0).await, [gone]);
    assert_eq!(deleted(NOW_MS + 5_000).await, [gone]);
    assert_eq!(deleted(NOW_MS + 5_001).await, []);
    // The announcement that was due is so no more, and a late one clears nothing.
    stage.ticks.clear_outbox(&[gone]).await.unwrap();
    let waiting = stage.ticks.outbox().await.unwrap();
    assert_eq!(waiting.deleted, [gone]);
    assert_eq!(waiting.registrations.len(), 1);
    assert_eq!(waiting.registrations[0].user_id, stays);

    stage.users.finish_deletion(&deletion).await.unwrap();
    assert_eq!(stage.ticks.outbox().await.unwrap().deleted, []);
    assert_eq!(deleted(0).await, [gone]);
}

#[tokio::test]
async fn clearing_brings_nobody_into_being() {
    let stage = stage().await;
    let nobody = registered_at(NOW_MS);
    stage.ticks.clear_outbox(&[nobody]).await.unwrap();
    let count = stage
        .client
        .scan()
        .table_name(USERS)
        .send()
        .await
        .unwrap()
        .count;
    assert_eq!(count, 0);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_keeps_nobody_waiting() {
    let stage = stage().await;
    stage.put_broken_user().await;
    let user_id = stage.register(registered_at(NOW_MS)).await;
    assert_eq!(stage.ticks.roster(0).await.unwrap(), [user_id]);
    let waiting = stage.ticks.outbox().await.unwrap();
    assert_eq!((waiting.registrations.len(), waiting.deleted.len()), (1, 0));
}

fn connection(id: &str, connected_at_ms: u64) -> NewConnection {
    NewConnection {
        id: ConnectionId(id.into()),
        protocol: None,
        connected_at_ms,
        network: Network::of([203, 0, 113, 1].into()),
        identity: None,
    }
}

#[tokio::test]
async fn connections_expire_ten_seconds_after_connecting() {
    let stage = stage().await;
    for n in 0..20 {
        let id = format!("connection-{n}=");
        stage
            .feed
            .store_connection(&connection(&id, NOW_MS + n * 100))
            .await
            .unwrap();
    }
    let expired = |at| stage.ticks.due_connections(NOW_MS + at);
    assert_eq!(expired(9_999).await.unwrap(), []);
    assert_eq!(
        expired(10_000).await.unwrap(),
        [DueConnection {
            connection: KnownConnection {
                id: ConnectionId("connection-0=".into()),
                protocol: Protocol::FastfusionV1,
            },
            action: DueAction::Close,
        }]
    );
    assert_eq!(expired(10_900).await.unwrap().len(), 10);
    assert_eq!(expired(60_000).await.unwrap().len(), 20);
}

#[tokio::test]
async fn who_speaks_graphql_is_pinged_from_time_to_time() {
    let stage = stage().await;
    let identity = Authenticated {
        user_id: registered_at(NOW_MS),
        expires_at: NOW_MS / 1000 + 3600,
        role: Default::default(),
    };
    let opened = NewConnection {
        protocol: Some(Protocol::GraphqlTransportWs),
        identity: Some(identity),
        ..connection("c", NOW_MS)
    };
    stage.feed.store_connection(&opened).await.unwrap();
    let due = async |at_ms| {
        let due = stage.ticks.due_connections(at_ms).await.unwrap();
        due.first().map(|due| due.action)
    };
    assert_eq!(due(NOW_MS + 60_000).await, Some(DueAction::Close));
    let initialised = stage.feed.initialise(&opened.id, identity).await;
    assert_eq!(initialised.unwrap(), Authentication::Done);
    assert_eq!(due(NOW_MS + 299_999).await, None);
    assert_eq!(due(NOW_MS + 300_000).await, Some(DueAction::Ping));

    let postpone = || {
        stage
            .ticks
            .postpone_connection(&opened.id, NOW_MS + 600_000)
    };
    postpone().await.unwrap();
    assert_eq!(due(NOW_MS + 599_999).await, None);
    assert_eq!(due(NOW_MS + 600_000).await, Some(DueAction::Ping));
    stage.feed.remove_connection(&opened.id).await.unwrap();
    // It is not made again by looking after it.
    postpone().await.unwrap();
    assert_eq!(stage.feed.count_message(&opened.id).await.unwrap(), None);
}

#[tokio::test]
async fn who_authenticated_is_not_swept_even_if_the_index_lags() {
    let stage = stage().await;
    let identity = Authenticated {
        user_id: registered_at(NOW_MS),
        expires_at: NOW_MS / 1000 + 3600,
        role: Default::default(),
    };
    let known = NewConnection {
        identity: Some(identity),
        ..connection("known", NOW_MS)
    };
    stage.feed.store_connection(&known).await.unwrap();
    let late = connection("late", NOW_MS);
    stage.feed.store_connection(&late).await.unwrap();
    stage.feed.authenticate(&late.id, identity).await.unwrap();
    assert_eq!(
        stage.ticks.due_connections(NOW_MS + 60_000).await.unwrap(),
        []
    );

    // What a lagging index would show, with a base item that says otherwise.
    assert_eq!(
        stage.ticks.confirm(late.id, NOW_MS + 60_000).await.unwrap(),
        None
    );
    let gone = ConnectionId("gone".into());
    assert_eq!(
        stage.ticks.confirm(gone, NOW_MS + 60_000).await.unwrap(),
        None
    );
    let count = stage
        .client
        .scan()
        .table_name(FEED)
        .send()
        .await
        .unwrap()
        .count;
    assert_eq!(count, 2);
}

#[tokio::test]
async fn storage_out_of_reach_is_worth_retrying() {
    let ticks = stage::unreachable();
    assert!(ticks.take_over("a").await.unwrap_err().is_retryable());
    assert!(ticks.roster(0).await.unwrap_err().is_retryable());
    assert!(
        ticks
            .clear_outbox(&[UserId::generate(1, &[1; 10])])
            .await
            .unwrap_err()
            .is_retryable()
    );
    assert!(ticks.due_connections(1).await.unwrap_err().is_retryable());
}
