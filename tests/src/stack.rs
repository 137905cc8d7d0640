mod broker;
mod deployment;
mod faults;
mod paths;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use domain::PriceModel;
use serde_json::Value;
use tempfile::TempDir;

pub use broker::Broker;
use broker::KafkaBroker;
use deployment::Deployment;
use paths::{bin_dir, emulator_binary, temporary_dir, workspace};

/// Partitions of the price topic where it doesn't matter how many they are.
const PRICE_PARTITIONS: u32 = 4;
/// The logs of a quiet stack, in its temporary directory.
const LOG: &str = "emulator.log";

/// How a stack differs from the usual one.
#[derive(Debug, Default)]
pub struct Options {
    /// The broker.
    pub broker: Broker,
    /// Partitions of the price topic; some, unless it matters, as each is consumed by itself.
    pub price_partitions: Option<u32>,
    /// Further arguments for the emulator.
    pub arguments: Vec<String>,
    /// Keep the logs of the emulator and its functions to itself.
    pub is_quiet: bool,
    /// Keep state in this directory instead of a temporary one.
    pub data_dir: Option<PathBuf>,
}

/// Every function of the template: in an emulator of its own on free ports, or deployed by somebody else.
#[derive(Debug)]
pub struct Stack {
    url: String,
    data_dir: PathBuf,
    runs: Runs,
}

#[derive(Debug)]
enum Runs {
    /// It ends with the test process: the emulator watches the pipe that is its standard input.
    Emulator {
        emulator: Child,
        broker: Option<KafkaBroker>,
        temporary: TempDir,
    },
    Deployed(Deployment),
}

impl Stack {
    /// The stack that most tests share: that which `E2E_DEPLOYMENT` describes, or an emulator.
    ///
    /// # Panics
    /// If it can't be started, or is not described as it must be.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Stack> = OnceLock::new();
        SHARED.get_or_init(|| match Deployment::from_environment() {
            Some(deployment) => {
                Self::deployed(deployment.expect("E2E_DEPLOYMENT describes a stack"))
            }
            None => Self::start(Options::default()).expect("the shared stack starts"),
        })
    }

    fn deployed(deployment: Deployment) -> Self {
        Self {
            url: deployment.url.clone(),
            data_dir: deployment.data_dir.clone(),
            runs: Runs::Deployed(deployment),
        }
    }

    /// Starts a stack of its own, for tests that would disturb others.
    ///
    /// # Errors
    /// If a binary is missing or the emulator does not get ready.
    pub fn start(options: Options) -> Result<Self> {
        if Deployment::from_environment().is_some() {
            bail!("a test of a stack of its own can't run on that of E2E_DEPLOYMENT: leave it out")
        }
        let temporary = temporary_dir()?;
        let data_dir = options
            .data_dir
            .unwrap_or_else(|| temporary.path().join("data"));
        let broker = if options.broker.is_kafka()? {
            Some(KafkaBroker::start(temporary.path())?)
        } else {
            None
        };
        let partitions = options.price_partitions.unwrap_or(PRICE_PARTITIONS);
        let mut command = Command::new(emulator_binary()?);
        command
            .current_dir(workspace())
            .args(["--port", "0", "--stop-on-stdin-close", "--data-dir"])
            .arg(&data_dir)
            .args(bin_dir()?)
            .args(["--parameter", &format!("PricePartitions={partitions}")])
            .args(&options.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let log = temporary.path().join(LOG);
        if options.is_quiet {
            command.stderr(File::create(&log)?);
        }
        if let Some(broker) = &broker {
            command.args(["--kafka", &broker.address()]);
        }
        let mut emulator = command.spawn()?;
        let stdout = emulator
            .stdout
            .take()
            .context("the emulator's standard output is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let url = loop {
            let Some(line) = lines.next() else {
                bail!(
                    "the emulator ended before it was ready: {}",
                    emulator.wait()?
                )
            };
            if let Some(url) = line?.strip_prefix("ready ") {
                break url.to_owned();
            }
        };
        Ok(Self {
            url,
            data_dir,
            runs: Runs::Emulator {
                emulator,
                broker,
                temporary,
            },
        })
    }

    /// Where paths of the REST API begin: the front door, `http://127.0.0.1:<port>`, or a stage.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The WebSocket API.
    #[must_use]
    pub fn websocket_url(&self) -> String {
        match &self.runs {
            Runs::Emulator { .. } => self.url.replacen("http", "ws", 1),
            Runs::Deployed(deployment) => deployment.websocket_url.clone(),
        }
    }

    /// The name that requests of the REST API are for, if not that of its URL.
    pub(crate) fn host(&self) -> Option<&str> {
        match &self.runs {
            Runs::Emulator { .. } => None,
            Runs::Deployed(deployment) => Some(&deployment.host),
        }
    }

    /// Where the stack keeps its state.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where a quiet stack keeps the logs of the emulator and its functions, a line each.
    ///
    /// # Panics
    /// If it is deployed.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        let Runs::Emulator { temporary, .. } = &self.runs else {
            panic!("a deployed stack has no log here")
        };
        temporary.path().join(LOG)
    }

    /// The emulator's process id.
    ///
    /// # Panics
    /// If it is deployed.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        let Runs::Emulator { emulator, .. } = &self.runs else {
            panic!("a deployed stack is no process of ours")
        };
        emulator.id()
    }

    /// Waits for the emulator to end.
    ///
    /// # Errors
    /// If waiting fails, or the stack is deployed.
    pub fn wait(&mut self) -> Result<std::process::ExitStatus> {
        let Runs::Emulator { emulator, .. } = &mut self.runs else {
            bail!("a deployed stack is no process of ours")
        };
        Ok(emulator.wait()?)
    }

    /// The price model of this stack, from the secret it generated.
    ///
    /// # Panics
    /// If the secret can't be read.
    #[must_use]
    pub fn price_model(&self) -> PriceModel {
        let secret = std::fs::read(self.data_dir.join("secrets/PriceSecret"))
            .expect("the stack has generated its price secret");
        PriceModel::new(&secret)
    }

    /// By which the functions know the CDN.
    ///
    /// # Panics
    /// If the secret can't be read.
    #[must_use]
    pub fn origin_secret(&self) -> String {
        std::fs::read_to_string(self.data_dir.join("secrets/OriginSecret"))
            .expect("the stack has generated the secret of its origin")
    }

    /// What `GET /_emulator` says, as JSON.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn status(&self) -> Result<Value> {
        let url = format!("{}/_emulator?format=json", self.url);
        Ok(reqwest::get(url).await?.error_for_status()?.json().await?)
    }

    /// Invokes a function with an event, beside what the triggers do.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn invoke(&self, name: &str, event: &Value) -> Result<String> {
        let url = format!("{}/_emulator/functions/{name}/invoke", self.url);
        let answer = reqwest::Client::new().post(url).json(event).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// Makes somebody an admin from their next login on, as an operator does.
    ///
    /// # Errors
    /// If nobody has registered with this address.
    pub fn grant_admin(&self, email: &str) -> Result<()> {
        let elsewhere = match &self.runs {
            Runs::Emulator { .. } => Vec::new(),
            Runs::Deployed(deployment) => vec![&*deployment.aws, deployment.table("UsersTable")],
        };
        let status = Command::new(workspace().join("scripts/grant-admin.sh"))
            .args([&self.url, email])
            .args(elsewhere)
            .status()?;
        anyhow::ensure!(status.success(), "scripts/grant-admin.sh failed");
        Ok(())
    }

    /// The address of the stack's Kafka broker.
    ///
    /// # Errors
    /// If the status can't be read.
    pub async fn kafka(&self) -> Result<String> {
        if let Runs::Deployed(deployment) = &self.runs {
            return Ok(deployment.kafka.clone());
        }
        let status = self.status().await?;
        let address = status["endpoints"]["kafka"].as_str();
        Ok(address
            .context("the status names the Kafka broker")?
            .to_owned())
    }

    /// The URL of the stack's DynamoDB.
    ///
    /// # Errors
    /// If the status can't be read.
    pub(crate) async fn dynamodb(&self) -> Result<String> {
        if let Runs::Deployed(deployment) = &self.runs {
            return Ok(deployment.aws.clone());
        }
        let status = self.status().await?;
        let endpoint = status["endpoints"]["dynamodb"].as_str();
        Ok(endpoint.context("the status names DynamoDB")?.to_owned())
    }

    /// The name of a table, from its logical id.
    pub(crate) fn table<'a>(&'a self, id: &'a str) -> &'a str {
        match &self.runs {
            Runs::Emulator { .. } => id,
            Runs::Deployed(deployment) => deployment.table(id),
        }
    }

    /// The address that a service listens at, `127.0.0.1:<port>`.
    ///
    /// # Errors
    /// If the status can't be read or names no such service.
    pub async fn service_address(&self, name: &str) -> Result<String> {
        if let Runs::Deployed(deployment) = &self.runs {
            return deployment.service_address(name);
        }
        let status = self.status().await?;
        let services = status["services"].as_array().map(Vec::as_slice);
        let found = services
            .unwrap_or_default()
            .iter()
            .find(|service| service["name"] == name);
        let address = found.and_then(|service| service["address"].as_str());
        Ok(address.context("the status names the service")?.to_owned())
    }

    /// A token that the notification service accepts, from the secret that this stack generated.
    ///
    /// # Errors
    /// If the secret can't be read.
    pub fn notification_token(&self) -> Result<String> {
        let secret = std::fs::read_to_string(self.data_dir.join("secrets/NotificationSecret"))?;
        Ok(secret.lines().next().unwrap_or_default().to_owned())
    }

    /// What was sent through SES and SNS, oldest first under `messages`.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn outbox(&self) -> Result<Value> {
        if let Runs::Deployed(deployment) = &self.runs {
            return deployment.outbox().await;
        }
        let url = format!("{}/_emulator/outbox?format=json", self.url);
        Ok(reqwest::get(url).await?.error_for_status()?.json().await?)
    }

    /// What this recipient was sent, oldest first.
    ///
    /// # Errors
    /// If the outbox can't be read.
    pub async fn sent_to(&self, recipient: &str) -> Result<Vec<Value>> {
        let mut outbox = self.outbox().await?;
        let Some(messages) = outbox["messages"].as_array_mut() else {
            bail!("the outbox lists messages: {outbox}")
        };
        messages.retain(|message| message["to"] == recipient);
        Ok(std::mem::take(messages))
    }

    /// Waits until this recipient was sent an email whose subject begins like this, and gives all such.
    ///
    /// # Errors
    /// If none comes in time.
    pub async fn mail_to(&self, recipient: &str, subject: &str) -> Result<Vec<Value>> {
        let deadline = std::time::Instant::now() + crate::PATIENCE;
        loop {
            let mut sent = self.sent_to(recipient).await?;
            sent.retain(|mail| {
                let found = mail["subject"].as_str().unwrap_or_default();
                found.starts_with(subject)
            });
            if !sent.is_empty() {
                return Ok(sent);
            }
            anyhow::ensure!(
                std::time::Instant::now() < deadline,
                "no mail {subject:?} came"
            );
            crate::poll_pause().await;
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let Runs::Emulator { emulator, .. } = &mut self.runs else {
            return;
        };
        // Closing the pipe asks the emulator to stop all it started, then itself.
        drop(emulator.stdin.take());
        if let Err(error) = emulator.wait() {
            eprintln!("the emulator could not be waited for: {error}");
        }
    }
}
