use super::*;

#[test]
fn shard_names_are_read_back() {
    let users = Shard::all().map(AudienceShard::Users);
    let listeners = (0..AudienceShard::LISTENER_SHARDS).flat_map(|n| {
        [
            AudienceShard::AllUsers(n),
            AudienceShard::Market(n),
            AudienceShard::Registrations(n),
        ]
    });
    for shard in users.chain(listeners) {
        assert_eq!(parse_shard_name(&shard_name(shard)), Some(shard));
    }
    for name in ["", "64", "all-", "all-x", "market", "-1"] {
        assert_eq!(parse_shard_name(name), None, "{name}");
    }
}

#[test]
fn every_shard_has_a_version_of_its_own_and_a_partition_shares_one_item() {
    let shards = Shard::all().map(AudienceShard::Users);
    let versions: std::collections::HashSet<_> = shards.filter_map(version_of).collect();
    assert_eq!(versions.len(), 64);
    let shard = |n| AudienceShard::Users(Shard::from_index(n).unwrap());
    let group = |n| version_of(shard(n)).unwrap().0;
    assert_eq!(group(3), group(59));
}

#[test]
fn connections_are_spread_over_all_shards() {
    let mut counts = [0; 8];
    for n in 0..8_000 {
        let id = ConnectionId(format!("L0SM9c{n:x}ABCD=").into());
        counts[usize::from(spread(&id, 8))] += 1;
    }
    assert!(
        counts.iter().all(|count| (800..1200).contains(count)),
        "{counts:?}"
    );
}
