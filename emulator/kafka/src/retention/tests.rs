use super::*;
use crate::status::PartitionStatus;

#[test]
fn only_undelivered_records_count_as_dropped() {
    let partition = |id, low| PartitionStatus { id, low, high: 100 };
    let topic = TopicStatus {
        name: "prices".to_owned(),
        partitions: vec![partition(0, 10), partition(1, 10), partition(2, 0)],
    };
    assert_eq!(dropped(&topic, &[7, 10, 0]), 3);
    assert_eq!(dropped(&topic, &[20, 11, 5]), 0);
}
