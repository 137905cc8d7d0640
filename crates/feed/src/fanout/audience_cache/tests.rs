use super::*;
use crate::LiveOperation;
use crate::session::SubscriptionId;

fn entry(connection: &str, id: &str, operation: Option<u8>) -> AudienceEntry {
    AudienceEntry {
        connection: ConnectionId(connection.into()),
        subscription: SubscriptionId::parse(id).unwrap(),
        interest: Interest::AllUsers,
        live_from: Tick(0),
        every: 1,
        operation: operation.map(|key| LiveOperation {
            key: OperationKey([key; 32]),
            expires_at: 1,
        }),
    }
}

fn targets(cache: &AudienceCache) -> Vec<TargetId> {
    let listeners = cache.listeners_of_all();
    listeners.map(|listener| listener.target).collect()
}

fn ids(cache: &AudienceCache) -> Vec<&str> {
    let open = targets(cache).into_iter();
    open.filter_map(|target| cache.connection(target))
        .map(|id| &*id.0)
        .collect()
}

const SHARD: AudienceShard = AudienceShard::AllUsers(3);

#[test]
fn a_forgotten_connection_stays_forgotten_while_any_shard_names_it() {
    let mut cache = AudienceCache::default();
    let of_a = || {
        vec![
            entry("a", "1", None),
            entry("a", "2", Some(1)),
            entry("a", "3", Some(1)),
        ]
    };
    cache.replace(SHARD, 1, [of_a(), vec![entry("b", "1", None)]].concat());
    assert!(cache.forget_connection(targets(&cache)[2]));
    assert!(!cache.forget_connection(targets(&cache)[0]));
    assert_eq!(ids(&cache), ["b"]);
    // It was removed, but a subscription that it had made just before is stored yet.
    cache.replace(SHARD, 2, of_a());
    assert!(ids(&cache).is_empty());
}

#[test]
fn raw_subscriptions_of_a_connection_share_an_target_and_others_have_their_own() {
    let mut cache = AudienceCache::default();
    let entries = vec![
        entry("a", "1", None),
        entry("a", "2", None),
        entry("a", "3", Some(1)),
        entry("a", "4", Some(1)),
    ];
    cache.replace(SHARD, 1, entries);
    let targets = targets(&cache);
    assert_eq!(targets.iter().collect::<HashSet<_>>().len(), 3);
    assert_eq!(targets[0], targets[1]);
    assert_eq!(cache.count_connections(targets.iter().copied()), 1);
    cache.forget(targets[2]);
    assert_eq!(ids(&cache), ["a", "a", "a"]);
    assert_eq!(cache.connection(targets[2]), None);
}

#[test]
fn a_new_subscription_with_the_id_of_one_that_ended_is_another() {
    let mut cache = AudienceCache::default();
    let mut entry = entry("a", "1", Some(1));
    cache.replace(SHARD, 1, vec![entry.clone()]);
    cache.forget(targets(&cache)[0]);
    cache.replace(SHARD, 2, vec![entry.clone()]);
    assert!(ids(&cache).is_empty());
    entry.live_from = Tick(7);
    cache.replace(SHARD, 3, vec![entry]);
    assert_eq!(ids(&cache), ["a"]);
}

#[test]
fn slots_are_used_again_once_nothing_names_their_target() {
    let mut cache = AudienceCache::default();
    for version in 1..100 {
        let id = format!("connection-{version}");
        let key = u8::try_from(version).unwrap();
        let entries = vec![
            entry(&id, "1", None),
            entry(&id, "1", None),
            entry(&id, "2", Some(key)),
        ];
        cache.replace(SHARD, version, entries);
        assert_eq!(ids(&cache), [&id, &id, &id]);
        assert_eq!(cache.operations(), HashSet::from([OperationKey([key; 32])]));
    }
    assert_eq!(cache.targets.len(), (2, 4));
}
