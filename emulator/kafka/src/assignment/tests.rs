use super::*;

#[test]
fn each_partition_has_one_consumer_and_each_consumer_a_fair_share() {
    for partitions in 1..=20 {
        for consumers in 1..=partitions {
            let ranges = ranges(partitions, consumers);
            let all: Vec<_> = ranges.iter().flatten().copied().collect();
            assert_eq!(all, (0..partitions as i32).collect::<Vec<_>>());
            let fair = partitions / consumers;
            assert_eq!(ranges.len(), consumers);
            assert!(
                ranges
                    .iter()
                    .all(|own| (fair..=fair + 1).contains(&own.len())),
                "{ranges:?}"
            );
        }
    }
}

#[test]
fn a_limit_is_never_more_than_the_partitions() {
    let at_most = |limit| ConsumerLimit::AtMost(NonZeroU32::new(limit).unwrap());
    assert_eq!(ConsumerLimit::default().of(8), 8);
    assert_eq!(at_most(3).of(8), 3);
    assert_eq!(at_most(9).of(8), 8);
}
