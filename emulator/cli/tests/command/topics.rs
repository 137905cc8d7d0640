//! `/_emulator/topics`: offsets, and records as server-sent events.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::*;

const STREAMS: usize = 8;

/// An open stream of records.
struct Events(BufReader<TcpStream>);

impl Events {
    /// The status, and the stream if that is 200.
    fn open(emulator: &Emulator, topic: &str, query: &str) -> (u16, Self) {
        let mut stream = TcpStream::connect(emulator.address).unwrap();
        let path = format!("/_emulator/topics/{topic}/records{query}");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(answer.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status == 200 {
            assert!(head.contains("content-type: text/event-stream"), "{head}");
            assert!(head.contains("cache-control: no-store"), "{head}");
        }
        (status, Self(answer))
    }

    fn record(&mut self) -> Value {
        let mut lines = self.0.by_ref().lines().map(Result::unwrap);
        let data = lines.find_map(|line| line.strip_prefix("data: ").map(str::to_owned));
        serde_json::from_str(&data.expect("the stream goes on")).unwrap()
    }
}

/// Produces to partition 0 of `orders`.
pub(super) fn produce(emulator: &Emulator, key: &str, value: &str) {
    let (_, status) = emulator.request("GET /_emulator HTTP/1.1\r\nHost: localhost", "");
    let status: Value = serde_json::from_str(&status).unwrap();
    let producer: BaseProducer = ClientConfig::new()
        .set(
            "bootstrap.servers",
            status["endpoints"]["kafka"].as_str().unwrap(),
        )
        .create()
        .unwrap();
    let record = BaseRecord::to("orders")
        .partition(0)
        .key(key)
        .payload(value);
    producer.send(record).map_err(|(error, _)| error).unwrap();
    producer.flush(Duration::from_secs(10)).unwrap();
}

#[test]
fn topics_have_offsets_and_their_records_are_streamed() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    produce(&emulator, "1", "old");
    let (status, mut new) = Events::open(&emulator, "orders", "");
    assert_eq!(status, 200);
    produce(&emulator, "2", r#"{"op":"echo"}"#);
    let record = new.record();
    assert_eq!(record["topic"], "orders");
    assert_eq!(
        (&record["partition"], &record["offset"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        (&record["key"], &record["value"]),
        (&json!("2"), &json!(r#"{"op":"echo"}"#))
    );
    assert!(record["timestamp_ms"].as_i64().unwrap() > 0);
    assert_eq!(record["headers"], json!([]));
    let (_, mut all) = Events::open(&emulator, "orders", "?from=beginning");
    assert_eq!(
        [
            all.record()["offset"].clone(),
            all.record()["offset"].clone()
        ],
        [0, 1]
    );

    let (status, topics) =
        emulator.request("GET /_emulator/topics HTTP/1.1\r\nHost: localhost", "");
    assert_eq!(status, 200);
    let partition = |id, high| json!({ "id": id, "low": 0, "high": high });
    let partitions = [partition(0, 2), partition(1, 0), partition(2, 0)];
    let expected = json!({ "topics": [{ "name": "orders", "partitions": partitions }] });
    assert_eq!(serde_json::from_str::<Value>(&topics).unwrap(), expected);
}

#[test]
fn streams_are_few_and_places_of_clients_that_left_are_free_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &[]);
    let mut open: Vec<_> = (0..STREAMS)
        .map(|_| Events::open(&emulator, "orders", ""))
        .collect();
    assert!(open.iter().all(|(status, _)| *status == 200));
    assert_eq!(Events::open(&emulator, "orders", "").0, 429);
    drop(open.pop());
    // On a silent topic, too.
    let again = loop {
        let (status, stream) = Events::open(&emulator, "orders", "");
        if status == 200 {
            break stream;
        }
        assert_eq!(status, 429);
    };
    open.push((200, again));
    // They don't hold up its end.
    emulator.signal(Signal::TERM);
    for (_, mut events) in open {
        let mut rest = Vec::new();
        events.0.read_to_end(&mut rest).unwrap();
        assert!(rest.ends_with(b"0\r\n\r\n"), "the answer ends in order");
    }
    assert!(emulator.child.wait().unwrap().success());
}

#[test]
fn what_is_no_stream_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &[]);
    for (path, host, refused, reason) in [
        ("/topics/other/records", "localhost", 404, "no such topic"),
        (
            "/topics/orders/records?from=end",
            "localhost",
            400,
            "beginning",
        ),
        ("/topics/orders/records?since=1", "localhost", 400, "since"),
        (
            "/topics/orders",
            "localhost",
            404,
            "/_emulator/topics/{topic}/records",
        ),
        (
            "/topics/orders/records",
            "evil.example",
            403,
            "--allow-host",
        ),
        (
            "/topics",
            "localhost\r\nOrigin: https://evil.example",
            403,
            "--allow-host",
        ),
    ] {
        let head = format!("GET /_emulator{path} HTTP/1.1\r\nHost: {host}");
        let (status, answer) = emulator.request(&head, "");
        assert_eq!(status, refused, "{path} {answer}");
        assert!(answer.contains(reason), "{path} {answer}");
    }
}
