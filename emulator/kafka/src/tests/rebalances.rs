use std::collections::HashMap;
use std::sync::Mutex;

use rand::Rng;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::RebalanceError;

#[tokio::test]
async fn what_is_in_flight_comes_again_beside_itself() {
    let stack = Stack::start(2).await;
    let (triggers, mut calls) = stack.trigger(full_batches(2)).await;
    stack.produce_all(1, 0..2).await;
    let old = calls.recv().await.unwrap();
    assert_eq!(triggers.rebalance("Prices", Some(1)).await.unwrap(), 1);
    let new = calls.recv().await.unwrap();
    assert_eq!(
        (old.values(1), new.values(1)),
        (numbers(0..2), numbers(0..2))
    );

    // The old consumer has lost its partitions: its success is not committed.
    old.succeed();
    while triggers.status().await.triggers[0].fenced == 0 {
        tokio::task::yield_now().await;
    }
    let status = &triggers.status().await.triggers[0];
    assert_eq!((&status.position[..], status.rebalances), (&[0, 0][..], 1));
    assert_eq!(status.consumers.len(), 1);
    assert_eq!(status.consumers[0].partitions, [0, 1]);
    new.succeed();
    stack.wait_for_commit_of(1, 2).await;
    stack.produce_all(0, 2..4).await;
    let call = calls.recv().await.unwrap();
    assert_eq!((call.values(0), call.count()), (numbers(2..4), 2));
}

#[tokio::test]
async fn what_the_old_consumer_could_not_deliver_is_the_new_ones() {
    let stack = Stack::start(1).await;
    let trigger = KafkaTrigger {
        max_retries: Some(0),
        ..full_batches(1)
    };
    let (triggers, mut calls) = stack.trigger(trigger).await;
    stack.produce(0, "0").await;
    let old = calls.recv().await.unwrap();
    // As when a consumer is replaced: there are as many as before.
    assert_eq!(triggers.rebalance("Prices", None).await.unwrap(), 1);
    let new = calls.recv().await.unwrap();
    old.fail();
    while triggers.status().await.triggers[0].failures == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(triggers.status().await.triggers[0].abandoned, 0);
    new.succeed();
    stack.wait_for_commit(1).await;
    assert!(calls.try_recv().is_err());
}

#[tokio::test]
async fn a_retry_does_not_outlive_a_rebalance() {
    let stack = Stack::start(1).await;
    let (triggers, mut calls) = stack.trigger(full_batches(1)).await;
    stack.produce(0, "0").await;
    calls.recv().await.unwrap().fail();
    triggers.rebalance("Prices", None).await.unwrap();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), ["0"]);
    call.succeed();
    stack.wait_for_commit(1).await;
    stack.produce(0, "1").await;
    assert_eq!(calls.recv().await.unwrap().values(0), ["1"]);
}

#[tokio::test]
async fn a_trigger_has_at_most_as_many_consumers_as_partitions() {
    let stack = Stack::start(2).await;
    let (triggers, _calls) = stack.trigger(from_now_on()).await;
    for consumers in [0, 3] {
        let refused = triggers.rebalance("Prices", Some(consumers)).await;
        let partitions = 2;
        assert!(
            matches!(refused, Err(RebalanceError::Consumers { partitions: p }) if p == partitions),
            "{refused:?}"
        );
    }
    let refused = triggers.rebalance("Other", None).await;
    assert!(
        matches!(refused, Err(RebalanceError::NoTrigger)),
        "{refused:?}"
    );
    triggers.stop().await;
    let refused = triggers.rebalance("Prices", None).await;
    assert!(
        matches!(refused, Err(RebalanceError::Stopping)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn rebalances_may_follow_each_other_at_once() {
    let stack = Stack::start(4).await;
    let (triggers, mut calls) = stack.trigger(full_batches(1)).await;
    for consumers in (1..=4).cycle().take(300) {
        let rebalanced = triggers.rebalance("Prices", Some(consumers)).await;
        assert_eq!(rebalanced.unwrap(), consumers);
    }
    stack.produce(3, "0").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(3), ["0"]);
    call.succeed();
}

const PARTITIONS: i32 = 5;

/// A function with a mind of its own: it fails, panics, hangs a while, or succeeds, and notes what it was given.
struct Moody {
    random: Mutex<StdRng>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// By partition, the offset that nothing was given from yet.
    reached: HashMap<String, i64>,
    /// Each record that was delivered, and how often.
    delivered: HashMap<(String, i64), u32>,
}

#[async_trait]
impl Invoke for Moody {
    async fn invoke(&self, _function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let event: KafkaEvent = serde_json::from_slice(&event).unwrap();
        for (partition, records) in &event.records {
            let mut seen = self.seen.lock().unwrap();
            let reached = seen.reached.entry(partition.clone()).or_default();
            let first = records[0].offset;
            assert!(first <= *reached, "{partition} skips {reached}..{first}");
            for (record, offset) in records.iter().zip(first..) {
                assert_eq!(record.offset, offset, "{partition} is not in order");
                *reached = (*reached).max(offset + 1);
            }
        }
        let (mood, pause) = {
            let mut random = self.random.lock().unwrap();
            (random.random_range(0..10), random.random_range(0..20))
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        match mood {
            0 => panic!("as it likes"),
            1 | 2 => Err(InvokeError::Crashed {
                function: "moody".to_owned(),
                status: "signal 9".to_owned(),
            }),
            _ => {
                let mut seen = self.seen.lock().unwrap();
                for (partition, record) in event
                    .records
                    .iter()
                    .flat_map(|(p, records)| records.iter().map(move |record| (p, record)))
                {
                    let key = (partition.clone(), record.offset);
                    *seen.delivered.entry(key).or_default() += 1;
                }
                Ok(Bytes::from_static(b"null"))
            }
        }
    }
}

/// Nothing is lost and no record overtakes an older one of its partition, whatever fails, panics and is rebalanced.
#[tokio::test(flavor = "multi_thread")]
async fn through_failures_panics_and_rebalances_all_comes_in_order() {
    let seed = rand::rng().next_u64();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let stack = Stack::start(PARTITIONS).await;
    let function = Arc::new(Moody {
        random: Mutex::new(StdRng::seed_from_u64(seed + 1)),
        seen: Mutex::default(),
    });
    let trigger = [KafkaTrigger {
        batch_size: 7,
        ..from_the_start()
    }];
    let limit = ConsumerLimit::default();
    let triggers = Triggers::start(&stack.broker, &trigger, function.clone(), limit);
    let triggers = triggers.await.unwrap();
    let mut produced: usize = 0;
    for _ in 0..40 {
        for _ in 0..random.random_range(0..20) {
            let partition = random.random_range(0..PARTITIONS);
            stack.produce(partition, "value").await;
            produced += 1;
        }
        let consumers = random.random_range(1..=PARTITIONS) as usize;
        triggers.rebalance("Prices", Some(consumers)).await.unwrap();
    }
    while triggers.status().await.triggers[0].lag > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    triggers.stop().await;
    let status = &triggers.status().await.triggers[0];
    let seen = function.seen.lock().unwrap();
    assert_eq!(seen.delivered.len(), produced, "seed {seed}");
    assert_eq!((status.lost, status.abandoned), (0, 0), "seed {seed}");
    assert_eq!(status.records, produced as u64, "seed {seed}");
}
