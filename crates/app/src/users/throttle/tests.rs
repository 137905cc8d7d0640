use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;

const NOW: u64 = 1_767_225_600_000;

/// Attempts in memory: a database would take minutes for the hundred thousands of them.
#[derive(Default)]
struct Memory(Mutex<HashMap<AttemptKey, Attempts>>);

#[async_trait]
impl LoginAttempts for Memory {
    async fn attempts(&self, key: &AttemptKey) -> Result<Option<Attempts>> {
        Ok(self.0.lock().unwrap().get(key).copied())
    }

    async fn record_attempts(&self, changes: &[RecordedAttempt]) -> Result<bool> {
        let changes = changes.iter();
        let new = changes.map(|change| (change.key.clone(), change.new));
        self.0.lock().unwrap().extend(new);
        Ok(true)
    }
}

fn network(last: u8) -> Network {
    Network::of([203, 0, 113, last].into())
}

/// One attempt with a wrong password as far as the limits go, without the cost of hashing.
async fn fail(memory: &Memory, network: Network, now_ms: u64) -> Result<()> {
    admit(memory, "ada@example.com", network, now_ms)
        .await
        .map(drop)
}

fn wait_secs(result: Result<()>) -> u64 {
    match result {
        Ok(()) => 0,
        Err(Error::TooManyAttempts { retry_after_secs }) => retry_after_secs,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn each_failure_doubles_the_wait_up_to_a_minute_and_an_hour_forgets() {
    let memory = Memory::default();
    let mut now_ms = NOW;
    let mut waits = Vec::new();
    for _ in 0..14 {
        waits.push(wait_secs(fail(&memory, network(1), now_ms).await));
        if let Some(wait) = waits.last().filter(|wait| **wait > 0) {
            now_ms += wait * 1000;
            fail(&memory, network(1), now_ms - 1).await.unwrap_err();
            fail(&memory, network(1), now_ms).await.unwrap();
        }
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(
        wait_secs(fail(&memory, network(1), now_ms + 3_600_000).await),
        0
    );
}

#[tokio::test]
async fn a_stranger_at_one_address_never_keeps_the_owner_out() {
    let memory = Memory::default();
    // Every 100 ms for three hours, whatever the answers.
    for step in 0..3 * 36_000 {
        let now_ms = NOW + step * 100;
        wait_secs(fail(&memory, network(66), now_ms).await);
        if step % 4999 == 0 {
            // The owner, each time from somewhere new.
            let owner = Network::of([198, 51, (step / 4999) as u8, 1].into());
            let admitted = admit(&memory, "ada@example.com", owner, now_ms).await;
            admitted.unwrap_or_else(|error| panic!("step {step}: {error}"));
        }
    }
}

#[tokio::test]
async fn an_attack_from_everywhere_is_slowed_but_not_for_networks_of_the_owner() {
    let memory = Memory::default();
    let email = "ada@example.com";
    let admitted = admit(&memory, email, network(1), NOW).await.unwrap();
    admitted.succeeded(&memory, NOW).await.unwrap();
    let mut guesses = 0_u64;
    for step in 0..36_000_u32 {
        let now_ms = NOW + u64::from(step) * 100;
        let bot = Network::of(step.to_be_bytes().into());
        let wait = wait_secs(fail(&memory, bot, now_ms).await);
        assert!(wait <= 60, "{wait}");
        guesses += u64::from(wait == 0);
        if step % 1000 == 0 {
            let admitted = admit(&memory, email, network(1), now_ms).await.unwrap();
            admitted.succeeded(&memory, now_ms).await.unwrap();
        }
    }
    assert!(
        (100..=170).contains(&guesses),
        "{guesses} guesses in an hour"
    );
}

#[tokio::test]
async fn clocks_that_differ_keep_nobody_out() {
    let memory = Memory::default();
    for early_ms in 0..5 {
        fail(&memory, network(1), NOW - early_ms).await.unwrap();
    }
    assert_eq!(wait_secs(fail(&memory, network(1), NOW - 1000).await), 1);
    assert_eq!(
        wait_secs(fail(&memory, network(1), NOW - 10_000_000).await),
        0
    );
}
