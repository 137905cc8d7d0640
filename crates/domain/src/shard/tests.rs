use super::*;

/// The vectors of Kafka's own `UtilsTest.testMurmur2`.
#[test]
fn hashes_as_kafka_does() {
    for (key, expected) in [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        (
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
            -58_897_971,
        ),
        ("abc", 479_470_107),
    ] {
        assert_eq!(murmur2(key.as_bytes()) as i32, expected, "{key}");
    }
}

#[test]
fn a_shard_lies_within_one_partition() {
    for n in 0..200_u64 {
        let id = UserId::generate(1_767_225_600_000 + n, &n.to_be_bytes_padded());
        let shard = u32::from(Shard::of(id).index());
        assert_eq!(partition(id, 8), shard % 8);
        assert_eq!(partition(id, u32::from(Shard::COUNT)), shard);
        assert_eq!(partition(id, 1), 0);
    }
}

#[test]
fn spreads_users_evenly() {
    let mut counts = [0_u32; Shard::COUNT as usize];
    for n in 0..64_000_u64 {
        let id = UserId::generate(1_767_225_600_000 + n * 7, &(n * n).to_be_bytes_padded());
        counts[usize::from(Shard::of(id).index())] += 1;
    }
    // 1,000 are expected in each; the standard deviation is 31.
    assert!(
        counts.iter().all(|count| (800..1200).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn names_its_shards() {
    assert_eq!(Shard::all().count(), 64);
    assert_eq!(Shard::from_index(63).map(Shard::index), Some(63));
    assert_eq!(Shard::from_index(64), None);
}

trait Padded {
    fn to_be_bytes_padded(self) -> [u8; 10];
}

impl Padded for u64 {
    fn to_be_bytes_padded(self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[2..].copy_from_slice(&self.to_be_bytes());
        bytes
    }
}
