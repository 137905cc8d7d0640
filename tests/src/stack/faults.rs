//! What tests do to a stack: crashes, and outside parties that fail.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Runs, Stack};

impl Stack {
    /// Kills the processes of a function, as a crash would.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn kill_function(&self, name: &str) -> Result<()> {
        let path = format!("/_emulator/functions/{name}/kill");
        self.post_to_emulator(&path, &Value::Null).await
    }

    /// Kills the process of a function that answers next, in place of its answer: what it did is done, but nobody
    /// heard of it.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn kill_at_answer(&self, name: &str) -> Result<()> {
        let path = format!("/_emulator/functions/{name}/kill-at-answer");
        self.post_to_emulator(&path, &Value::Null).await
    }

    /// Kills the process of a service, as a crash would; it is started again.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn kill_service(&self, name: &str) -> Result<()> {
        let path = format!("/_emulator/services/{name}/kill");
        self.post_to_emulator(&path, &Value::Null).await
    }

    /// Takes the partitions of a Kafka trigger from its consumers and gives them to so many, as AWS does when it scales: what is
    /// in flight is delivered again.
    ///
    /// # Errors
    /// If there is no such trigger, or its topic has fewer partitions.
    pub async fn rebalance(&self, trigger: &str, consumers: usize) -> Result<()> {
        let path = format!("/_emulator/triggers/{trigger}/rebalance");
        let body = json!({ "consumers": consumers });
        self.post_to_emulator(&path, &body).await
    }

    /// Makes the stack's Kafka broker unreachable, or reachable again with all its records.
    ///
    /// # Errors
    /// If the broker does not stop or start.
    pub async fn set_kafka_reachable(&self, reachable: bool) -> Result<()> {
        if let Runs::Emulator {
            broker: Some(broker),
            ..
        } = &self.runs
        {
            return broker.set_reachable(reachable);
        }
        let action = if reachable { "up" } else { "down" };
        let path = format!("/_emulator/kafka/{action}");
        self.post_to_emulator(&path, &Value::Null).await
    }

    /// Says what SES and SNS are to do wrong, for example `{"throttle": 2}`, instead of what was said before.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn set_outbox_faults(&self, faults: &Value) -> Result<()> {
        self.post_to_emulator("/_emulator/outbox/faults", faults)
            .await
    }

    async fn post_to_emulator(&self, path: &str, body: &Value) -> Result<()> {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url));
        request.json(body).send().await?.error_for_status()?;
        Ok(())
    }
}
