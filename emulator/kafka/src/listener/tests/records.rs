use super::*;

#[tokio::test]
async fn who_wants_no_acknowledgement_gets_none() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    client.send(9, &produce(0, Some(batch()))).await;
    let metadata = client.ask(12, &MetadataRequest::default()).await;
    assert_eq!(metadata.brokers.len(), 1, "nothing came in between");
    for version in 6..=10 {
        let kept = client.ask(version, &produce(1, Some(batch()))).await;
        let kept = &kept.responses[0].partition_responses[0];
        assert_eq!(
            (kept.error_code, kept.base_offset),
            (0, i64::from(version) - 5)
        );
    }
}

#[tokio::test]
async fn records_that_are_not_whole_are_refused_and_end_nothing() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let changed = |at: usize| {
        let mut batch = batch();
        batch[at] ^= 1;
        Some(batch)
    };
    let last = batch().len() - 1;
    let cut = Some(batch()[..last].to_vec());
    let two = Some([batch(), batch()].concat());
    let broken = [
        None,
        Some(Vec::new()),
        Some(vec![0; 60]),
        Some(vec![0; 61]),
        cut,
        two,
    ];
    for records in broken
        .into_iter()
        .chain([11, 16, 17, 30, last].map(changed))
    {
        let refused = client.ask(9, &produce(-1, records.clone())).await;
        let refused = &refused.responses[0].partition_responses[0];
        assert_eq!(refused.error_code, ResponseError::CorruptMessage.code());
        let mut silent = Client::connect(&broker).await;
        silent.send(9, &produce(0, records)).await;
        assert!(silent.is_closed().await);
    }
    let kept = client.ask(9, &produce(1, Some(batch()))).await;
    assert_eq!(kept.responses[0].partition_responses[0].base_offset, 0);
}
