use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use domain::PriceModel;
use serde_json::Value;
use tempfile::TempDir;

/// Where a stack's records go.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Broker {
    /// What the variable `E2E_BROKER` says: `embedded` (also if it is not set) or `kafka`.
    #[default]
    FromEnvironment,
    /// The broker inside the emulator.
    Embedded,
    /// An Apache Kafka of its own.
    Kafka,
}

impl Broker {
    fn is_kafka(self) -> Result<bool> {
        match (self, std::env::var("E2E_BROKER").as_deref()) {
            (Self::Kafka, _) | (Self::FromEnvironment, Ok("kafka")) => Ok(true),
            (Self::Embedded, _) | (Self::FromEnvironment, Ok("embedded") | Err(_)) => Ok(false),
            (Self::FromEnvironment, Ok(other)) => {
                bail!("E2E_BROKER is {other:?}: it takes `kafka` or `embedded`")
            }
        }
    }
}

/// How a stack differs from the usual one.
#[derive(Debug, Default)]
pub struct Options {
    /// The broker.
    pub broker: Broker,
    /// Further arguments for the emulator.
    pub arguments: Vec<String>,
    /// Keep the logs of the emulator and its functions to itself.
    pub is_quiet: bool,
    /// Keep state in this directory instead of a temporary one.
    pub data_dir: Option<PathBuf>,
}

/// A running emulator with every function of the template, on free ports.
///
/// It ends with the test process: the emulator watches the pipe that is its standard input.
#[derive(Debug)]
pub struct Stack {
    url: String,
    data_dir: PathBuf,
    emulator: Child,
    _broker: Option<Child>,
    _temporary: TempDir,
}

impl Stack {
    /// The stack that most tests share.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Stack> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Options::default()).expect("the shared stack starts"))
    }

    /// Starts a stack of its own, for tests that would disturb others.
    ///
    /// # Errors
    /// If a binary is missing or the emulator does not get ready.
    pub fn start(options: Options) -> Result<Self> {
        let temporary = temporary_dir()?;
        let data_dir = options
            .data_dir
            .unwrap_or_else(|| temporary.path().join("data"));
        let broker = if options.broker.is_kafka()? {
            Some(start_kafka(temporary.path())?)
        } else {
            None
        };
        let mut command = Command::new(emulator_binary()?);
        command
            .current_dir(workspace())
            .args(["--port", "0", "--stop-on-stdin-close", "--data-dir"])
            .arg(&data_dir)
            .args(&options.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let log = temporary.path().join("emulator.log");
        if options.is_quiet {
            command.stderr(File::create(&log)?);
        }
        if let Some((_, bootstrap)) = &broker {
            command.args(["--kafka", bootstrap]);
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
            emulator,
            _broker: broker.map(|(child, _)| child),
            _temporary: temporary,
        })
    }

    /// The front door, `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The front door for WebSockets, `ws://127.0.0.1:<port>`.
    #[must_use]
    pub fn websocket_url(&self) -> String {
        self.url.replacen("http", "ws", 1)
    }

    /// Where the stack keeps its state.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The emulator's process id.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.emulator.id()
    }

    /// Waits for the emulator to end.
    ///
    /// # Errors
    /// If waiting fails.
    pub fn wait(&mut self) -> Result<std::process::ExitStatus> {
        Ok(self.emulator.wait()?)
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

    /// What `GET /_emulator` says, as JSON.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn status(&self) -> Result<Value> {
        let url = format!("{}/_emulator?format=json", self.url);
        Ok(reqwest::get(url).await?.error_for_status()?.json().await?)
    }

    /// Kills the processes of a function, as a crash would.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn kill_function(&self, name: &str) -> Result<()> {
        let url = format!("{}/_emulator/functions/{name}/kill", self.url);
        reqwest::Client::new()
            .post(url)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
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
        let status = Command::new(workspace().join("scripts/grant-admin.sh"))
            .args([&self.url, email])
            .status()?;
        anyhow::ensure!(status.success(), "scripts/grant-admin.sh failed");
        Ok(())
    }

    /// The address of the stack's Kafka broker.
    ///
    /// # Errors
    /// If the status can't be read.
    pub async fn kafka(&self) -> Result<String> {
        let status = self.status().await?;
        let address = status["endpoints"]["kafka"].as_str();
        Ok(address
            .context("the status names the Kafka broker")?
            .to_owned())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Closing the pipe asks the emulator to stop all it started, then itself.
        drop(self.emulator.stdin.take());
        if let Err(error) = self.emulator.wait() {
            eprintln!("the emulator could not be waited for: {error}");
        }
    }
}

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn emulator_binary() -> Result<PathBuf> {
    // Tests run from target/<profile>/deps, the benchmark from target/<profile>.
    let own = std::env::current_exe()?;
    let candidates = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|dir| dir.join("emulator"));
    let found = candidates.into_iter().find(|candidate| candidate.is_file());
    found.context("the emulator is not built: build the binaries first, as `make test` does")
}

/// Below the build directory: what the shared stack leaves behind goes with `make clean`.
fn temporary_dir() -> Result<TempDir> {
    let parent = workspace().join("target/e2e");
    std::fs::create_dir_all(&parent)?;
    Ok(tempfile::tempdir_in(parent)?)
}

/// Starts a broker that stops when this process ends: a shell waits for the end of its input.
fn start_kafka(dir: &Path) -> Result<(Child, String)> {
    let port = free_port_pair()?;
    let dir = dir.join("kafka");
    let mut child = Command::new("bash")
        .current_dir(workspace())
        .args(["-c", r#"scripts/kafka/run.sh start "$0" "$1" && echo started && cat > /dev/null; scripts/kafka/run.sh stop "$0""#])
        .arg(&dir)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child
        .stdout
        .take()
        .context("the broker's standard output is piped")?;
    for line in BufReader::new(stdout).lines() {
        if line? == "started" {
            return Ok((child, format!("127.0.0.1:{port}")));
        }
    }
    bail!("Kafka did not start: see {}/kafka.log", dir.display())
}

/// A free port whose successor is free as well: the broker takes both.
fn free_port_pair() -> Result<u16> {
    for _ in 0..100 {
        let first = TcpListener::bind("127.0.0.1:0")?;
        let port = first.local_addr()?.port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no two free ports in a row")
}
