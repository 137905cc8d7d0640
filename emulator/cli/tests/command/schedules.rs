//! Schedules invoke asynchronously: what becomes of events that a function can't take, or fails on.

use std::time::{Duration, Instant};

use super::*;

/// An emulator whose two schedules invoke the function with this event at once, and its log.
fn scheduled(
    dir: &Path,
    event: &Value,
    concurrency: u32,
) -> (Emulator, impl Iterator<Item = String> + use<>) {
    let mut command = command(dir);
    command
        .args(["--parameter", &format!("Input={event}")])
        .args(["--parameter", &format!("Concurrency={concurrency}")])
        .stderr(Stdio::piped());
    let mut emulator = Emulator::spawn(&mut command);
    let log = BufReader::new(emulator.child.stderr.take().unwrap());
    (emulator, log.lines().map(Result::unwrap))
}

#[test]
fn an_event_that_finds_every_process_busy_waits_for_one() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let event = json!({"op": "call", "address": listener.local_addr().unwrap().to_string()});
    let started = Instant::now();
    let (emulator, _log) = scheduled(dir.path(), &event, 1);
    let (first, _) = listener.accept().unwrap();
    while emulator.status()["functions"][0]["throttles"] == 0 {
        std::thread::yield_now();
    }
    drop(first);
    listener.accept().unwrap();
    // Before the schedules are due again.
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn an_event_that_fails_is_retried_only_as_often_as_declared() {
    let dir = tempfile::tempdir().unwrap();
    let (_emulator, mut log) = scheduled(dir.path(), &json!({"op": "fail"}), 10);
    let dropped = log.find(|line| line.contains("a scheduled event is dropped"));
    let dropped = dropped.unwrap();
    assert!(
        dropped.contains("all attempts failed (1)") && dropped.contains("asked to fail"),
        "{dropped}"
    );
}
