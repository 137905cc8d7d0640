use futures_util::StreamExt;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};

use super::json::LONGEST;
use super::*;
use crate::ClientOptions;

/// A broker with the topic `prices`, which has two partitions.
struct Kafka {
    broker: Broker,
    producer: FutureProducer,
    stop: CancellationToken,
}

impl Kafka {
    async fn start() -> Self {
        let broker = Broker::embedded(ClientOptions::default()).await.unwrap();
        let prices = Topic {
            name: "prices".to_owned(),
            partitions: 2,
        };
        broker.create_topics(&[prices]).await.unwrap();
        let producer = ClientConfig::new()
            .set("bootstrap.servers", broker.bootstrap_servers())
            .set("linger.ms", "0")
            .create()
            .unwrap();
        Self {
            broker,
            producer,
            stop: CancellationToken::new(),
        }
    }

    fn streams(&self) -> RecordStreams {
        RecordStreams::new(&self.broker, self.stop.clone())
    }

    async fn produce(&self, partition: i32, value: impl AsRef<[u8]>) {
        let record = FutureRecord::<(), _>::to("prices")
            .partition(partition)
            .payload(value.as_ref());
        self.send(record).await;
    }

    async fn send(&self, record: FutureRecord<'_, impl rdkafka::message::ToBytes + ?Sized, [u8]>) {
        let sent = self.producer.send(record, Duration::from_secs(5)).await;
        sent.unwrap();
    }
}

impl RecordStream {
    async fn event(&mut self) -> RecordEvent {
        self.next().await.unwrap()
    }

    async fn record(&mut self) -> Value {
        match self.event().await {
            RecordEvent::Record(record) => serde_json::from_str(&record).unwrap(),
            RecordEvent::Dropped(count) => panic!("{count} records were dropped"),
        }
    }
}

#[tokio::test]
async fn a_stream_begins_now_or_with_the_oldest_record() {
    let kafka = Kafka::start().await;
    kafka.produce(0, "a").await;
    kafka.produce(1, "b").await;
    let streams = kafka.streams();
    let mut new = streams.open("prices", StreamStart::Now).await.unwrap();
    let mut all = streams
        .open("prices", StreamStart::Beginning)
        .await
        .unwrap();
    let mut old = [all.record().await, all.record().await];
    old.sort_by_key(|record| record["partition"].as_i64());
    assert_eq!(
        [&old[0]["value"], &old[1]["value"]],
        [&json!("a"), &json!("b")]
    );
    kafka.produce(1, "c").await;
    for stream in [&mut new, &mut all] {
        let record = stream.record().await;
        assert_eq!(record["value"], "c");
        assert_eq!(
            (&record["partition"], &record["offset"]),
            (&json!(1), &json!(1))
        );
    }
}

#[tokio::test]
async fn records_are_text_where_they_are_text() {
    let kafka = Kafka::start().await;
    let streams = kafka.streams();
    let mut stream = streams.open("prices", StreamStart::Now).await.unwrap();
    let header = |key, value| Header { key, value };
    let headers = OwnedHeaders::new()
        .insert(header("kind", Some(&b"tick"[..])))
        .insert(header("raw", Some(&b"\xff\x00"[..])))
        .insert(header("none", None::<&[u8]>));
    let record = FutureRecord::to("prices")
        .partition(1)
        .key("grüße")
        .payload(&b"{\"price\":\"1.20\"}"[..])
        .headers(headers)
        .timestamp(1_700_000_000_123);
    kafka.send(record).await;
    let expected = json!({
        "topic": "prices",
        "partition": 1,
        "offset": 0,
        "timestamp_ms": 1_700_000_000_123_i64,
        "key": "grüße",
        "value": "{\"price\":\"1.20\"}",
        "headers": [
            { "key": "kind", "value": "tick" },
            { "key": "raw", "value": null, "value_base64": "/wA=" },
            { "key": "none", "value": null },
        ],
    });
    assert_eq!(stream.record().await, expected);

    let key = [0xfe];
    let record = FutureRecord::to("prices")
        .partition(1)
        .key(&key)
        .payload(&b"caf\xe9"[..]);
    kafka.send(record).await;
    let record = stream.record().await;
    assert_eq!(record["key"], Value::Null);
    assert_eq!(record["key_base64"], "/g==");
    assert_eq!(record["value"], Value::Null);
    assert_eq!(record["value_base64"], "Y2Fm6Q==");

    let deleted = FutureRecord::<_, [u8]>::to("prices")
        .partition(1)
        .key("gone");
    kafka.send(deleted).await;
    let record = stream.record().await;
    assert_eq!(record["value"], Value::Null);
    assert_eq!(record.get("value_base64"), None);
}

#[tokio::test]
async fn long_values_are_cut_between_characters() {
    let kafka = Kafka::start().await;
    let streams = kafka.streams();
    let mut stream = streams.open("prices", StreamStart::Now).await.unwrap();
    // Whole, cut between two characters, cut within one, and no text.
    kafka.produce(0, "x".repeat(LONGEST)).await;
    kafka.produce(0, "x".repeat(LONGEST + 1)).await;
    kafka
        .produce(0, format!("{}ü!", "x".repeat(LONGEST - 1)))
        .await;
    kafka.produce(0, vec![0xff; LONGEST + 1]).await;
    let record = stream.record().await;
    assert_eq!(record["value"].as_str().unwrap().len(), LONGEST);
    assert_eq!(record.get("truncated"), None);
    for length in [LONGEST, LONGEST - 1] {
        let record = stream.record().await;
        assert_eq!(record["value"].as_str().unwrap().len(), length);
        assert_eq!(record["truncated"], true);
    }
    let record = stream.record().await;
    let encoded = record["value_base64"].as_str().unwrap();
    assert_eq!(encoded.len(), LONGEST.div_ceil(3) * 4);
    assert_eq!(record["truncated"], true);
}

#[tokio::test]
async fn a_slow_client_learns_how_many_records_it_did_not_get() {
    let kafka = Kafka::start().await;
    for _ in 0..20 {
        kafka.produce(0, "old").await;
    }
    let streams = RecordStreams {
        // Room for two or three records.
        buffer: 512,
        ..kafka.streams()
    };
    let mut stream = streams
        .open("prices", StreamStart::Beginning)
        .await
        .unwrap();
    // What was there comes whole, however slow the client is.
    for offset in 0..20 {
        let record = stream.record().await;
        assert_eq!(
            (&record["value"], &record["offset"]),
            (&json!("old"), &json!(offset))
        );
    }
    // It takes one event where fifty records come, until the stream has read more than it has room for.
    let (mut produced, mut seen, mut dropped, mut next) = (0, 0, 0, 20);
    while seen == 0 || dropped == 0 || seen + dropped < produced {
        if seen == 0 || dropped == 0 {
            for _ in 0..50 {
                kafka.produce(0, "new").await;
            }
            produced += 50;
        }
        match stream.event().await {
            RecordEvent::Record(record) => {
                let record: Value = serde_json::from_str(&record).unwrap();
                assert_eq!(record["offset"], next, "no record is left out in silence");
                (seen, next) = (seen + 1, next + 1);
            }
            RecordEvent::Dropped(count) => {
                dropped += count;
                next += count;
            }
        }
    }
    assert_eq!(next, 20 + produced);
}

#[tokio::test]
async fn records_that_the_broker_drops_are_counted_too() {
    let kafka = Kafka::start().await;
    let streams = RecordStreams {
        buffer: 512,
        ..kafka.streams()
    };
    // The broker keeps 5 MiB of a partition, and the consumer has asked for the beginning before that is over.
    let value = vec![b'x'; 512 * 1024];
    kafka.produce(0, &value).await;
    let mut next = vec![0, 0];
    for _ in 0..16 {
        kafka.produce(0, &value).await;
    }
    let mut stream = streams
        .open("prices", StreamStart::Beginning)
        .await
        .unwrap();
    let first = stream.record().await["offset"].as_i64().unwrap();
    assert!(first > 0, "the broker has dropped the first");
    let consumer: StreamConsumer = client::consumer_config(&kafka.broker)
        .set("group.id", "test")
        .create()
        .unwrap();
    consumer
        .assign(&client::list("prices", [(0, 0)].into_iter()).unwrap())
        .unwrap();
    let record = consumer.recv().await.unwrap();
    assert_eq!(missing(&mut next, &record), u64::try_from(first).unwrap());
    let record = consumer.recv().await.unwrap();
    assert_eq!(missing(&mut next, &record), 0);
}

#[tokio::test]
async fn streams_are_few_and_end_with_their_clients_and_the_emulator() {
    let kafka = Kafka::start().await;
    let streams = kafka.streams();
    let open = || streams.open("prices", StreamStart::Now);
    let mut opened = Vec::new();
    for _ in 0..STREAMS {
        opened.push(open().await.unwrap());
    }
    let refused = open().await.err().unwrap();
    assert!(matches!(refused, RecordStreamError::TooMany), "{refused}");
    drop(opened.pop());
    opened.push(open().await.unwrap());
    kafka.stop.cancel();
    for mut stream in opened {
        assert_eq!(stream.next().await, None);
    }
    let refused = open().await.err().unwrap();
    assert!(matches!(refused, RecordStreamError::Stopping), "{refused}");
    let unknown = streams.open("other", StreamStart::Now).await.err().unwrap();
    assert!(matches!(unknown, RecordStreamError::NoTopic), "{unknown}");
}

#[tokio::test]
async fn a_broker_that_does_not_answer_takes_no_place() {
    let kafka = Kafka::start().await;
    kafka.broker.set_reachable(false).await.unwrap();
    let streams = kafka.streams();
    let refused = streams
        .open("prices", StreamStart::Now)
        .await
        .err()
        .unwrap();
    assert!(
        matches!(
            refused,
            RecordStreamError::Kafka(KafkaError::Records { .. })
        ),
        "{refused}"
    );
    assert_eq!(streams.free.available_permits(), STREAMS);
    // One that is open goes on once the broker is back.
    kafka.broker.set_reachable(true).await.unwrap();
    let mut stream = streams.open("prices", StreamStart::Now).await.unwrap();
    kafka.broker.set_reachable(false).await.unwrap();
    kafka.broker.set_reachable(true).await.unwrap();
    kafka.produce(0, "x").await;
    assert_eq!(stream.record().await["value"], "x");
}

#[tokio::test]
async fn external_brokers_have_streams_and_no_commits() {
    let kafka = Kafka::start().await;
    let external = Broker::external(kafka.broker.bootstrap_servers())
        .await
        .unwrap();
    let prices = Topic {
        name: "prices".to_owned(),
        partitions: 2,
    };
    external.create_topics(&[prices]).await.unwrap();
    let streams = RecordStreams::new(&external, kafka.stop.clone());
    let mut stream = streams.open("prices", StreamStart::Now).await.unwrap();
    kafka.produce(1, "x").await;
    assert_eq!(stream.record().await["value"], "x");
    drop(stream);
    let consumer: StreamConsumer = client::consumer_config(&kafka.broker)
        .set("group.id", GROUP)
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition("prices", 1);
    let committed = tokio::task::spawn_blocking(move || {
        let found = consumer.committed_offsets(list, ANSWER).unwrap();
        found.elements()[0].offset()
    });
    assert_eq!(committed.await.unwrap(), Offset::Invalid);
}
