//! `emulator replay`: what was delivered is delivered again.

use super::topics::produce;
use super::*;

fn replay(emulator: &Emulator, arguments: &[&str]) -> Output {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_emulator"));
    let port = emulator.address.port().to_string();
    replay.args(["replay", "--port", &port]).args(arguments);
    replay.output().unwrap()
}

/// Waits until the trigger has delivered so many records in all.
fn wait_for_records(emulator: &Emulator, records: u64) {
    while emulator.status()["triggers"][0]["records"] != records {
        std::thread::yield_now();
    }
}

#[test]
fn records_are_delivered_again() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(dir.path(), &["--parameter", "Partitions=1"]);
    for key in ["1", "2"] {
        produce(&emulator, key, r#"{"op":"echo"}"#);
    }
    wait_for_records(&emulator, 2);
    for (from, replayed) in [("beginning", 2), ("1", 1), ("7", 0)] {
        let delivered = emulator.status()["triggers"][0]["records"]
            .as_u64()
            .unwrap();
        let output = replay(&emulator, &["--topic", "orders", "--from", from]);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        let first = 2 - replayed;
        let expected = format!(
            "FakeOrder: {replayed} records of orders again\n  partition 0: offsets {first} to 2\n"
        );
        assert_eq!(said, expected);
        wait_for_records(&emulator, delivered + replayed);
    }
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut emulator = Emulator::start(dir.path(), &[]);
    for (arguments, reason) in [
        (
            vec!["--topic", "nothing", "--from", "0"],
            "no trigger reads the topic nothing",
        ),
        (
            vec!["--topic", "orders", "--from", "end"],
            "a replay begins at `beginning`",
        ),
        (
            vec!["--topic", "orders", "--from", "0", "--trigger", "Other"],
            "Other is no trigger of the topic orders: there is FakeOrder",
        ),
    ] {
        let message = said(&replay(&emulator, &arguments));
        assert!(message.contains(reason), "{message}");
    }
    let post = |body: &str| {
        let path = "/_emulator/triggers/FakeOrder/replay";
        emulator.request(&format!("POST {path} HTTP/1.1\r\nHost: localhost"), body)
    };
    for (body, reason) in [
        ("", "say from where"),
        (r#"{"from":"soon"}"#, "a replay begins at"),
        (r#"{"since":"0"}"#, "unknown field"),
    ] {
        let (status, answer) = post(body);
        assert_eq!(status, 400, "{answer}");
        assert!(answer.contains(reason), "{answer}");
    }
    emulator.signal(Signal::TERM);
    emulator.child.wait().unwrap();
    let message = said(&replay(&emulator, &["--topic", "orders", "--from", "0"]));
    assert!(message.contains("no emulator answers at"), "{message}");
}
