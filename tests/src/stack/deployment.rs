use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// A stack that somebody else has deployed to an emulator of AWS.
#[derive(Debug)]
pub(super) struct Deployment {
    /// The REST API's stage.
    pub url: String,
    /// The name by which the emulator knows the REST API.
    pub host: String,
    pub websocket_url: String,
    /// The broker's address.
    pub kafka: String,
    /// Has the stack's secrets, by their logical ids, in `secrets`.
    pub data_dir: PathBuf,
    /// Where DynamoDB is, and what the emulator, ministack, shows of SES and SNS.
    pub aws: String,
    /// Names of tables and addresses of services, by their logical ids and names.
    names: Value,
}

impl Deployment {
    /// What the file that `E2E_DEPLOYMENT` names says, if it is set: a JSON object.
    pub fn from_environment() -> Option<Result<Self>> {
        let file = std::env::var_os("E2E_DEPLOYMENT")?;
        let read =
            std::fs::read(&file).with_context(|| format!("{} can't be read", file.display()));
        Some(read.and_then(|bytes| Self::read(&serde_json::from_slice(&bytes)?)))
    }

    fn read(described: &Value) -> Result<Self> {
        let text = |key: &str| {
            let found = described[key].as_str().map(ToOwned::to_owned);
            found.with_context(|| format!("{key} is missing"))
        };
        Ok(Self {
            url: text("url")?,
            host: text("host")?,
            websocket_url: text("websocket_url")?,
            kafka: text("kafka")?,
            data_dir: text("data_dir")?.into(),
            aws: text("aws")?,
            names: described["names"].clone(),
        })
    }

    pub fn table<'a>(&'a self, id: &'a str) -> &'a str {
        self.names[id].as_str().unwrap_or(id)
    }

    pub fn service_address(&self, name: &str) -> Result<String> {
        let address = self.names[name].as_str().map(ToOwned::to_owned);
        address.with_context(|| format!("the deployment does not say where {name} is"))
    }

    /// Mails and text messages, those of a recipient oldest first, as the outbox of our emulator has them.
    pub async fn outbox(&self) -> Result<Value> {
        let mails = self.shown("ses/messages", "messages").await?;
        let mails = mails.iter().map(|mail| {
            json!({
                "kind": "email",
                "message_id": mail["MessageId"],
                "to": mail["To"][0],
                "subject": mail["Subject"],
                "text": mail["BodyText"],
            })
        });
        let texts = self.shown("sns/sms-messages", "sms_messages").await?;
        let texts = texts.iter().map(|message| {
            json!({ "kind": "sms", "to": message["PhoneNumber"], "text": message["Message"] })
        });
        Ok(json!({ "messages": mails.chain(texts).collect::<Vec<_>>() }))
    }

    /// What ministack lists at this path under this key, by account or telephone number.
    async fn shown(&self, path: &str, key: &str) -> Result<Vec<Value>> {
        let url = format!("{}/_ministack/{path}", self.aws);
        let shown: Value = reqwest::get(url).await?.error_for_status()?.json().await?;
        let lists = shown[key].as_object().context("messages are listed")?;
        let lists = lists.values().filter_map(Value::as_array);
        Ok(lists.flatten().cloned().collect())
    }
}
