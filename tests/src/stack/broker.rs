use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use uuid::Uuid;

use super::workspace;

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
    pub(super) fn is_kafka(self) -> Result<bool> {
        match (self, std::env::var("E2E_BROKER").as_deref()) {
            (Self::Kafka, _) | (Self::FromEnvironment, Ok("kafka")) => Ok(true),
            (Self::Embedded, _) | (Self::FromEnvironment, Ok("embedded") | Err(_)) => Ok(false),
            (Self::FromEnvironment, Ok(other)) => {
                bail!("E2E_BROKER is {other:?}: it takes `kafka` or `embedded`")
            }
        }
    }
}

/// An Apache Kafka, and the shell that stops it.
#[derive(Debug)]
pub(super) struct KafkaBroker {
    _shell: Child,
    dir: PathBuf,
    port: u16,
}

impl KafkaBroker {
    /// Starts a broker that stops when this process ends: a shell waits for the end of its input.
    pub(super) fn start(dir: &Path) -> Result<Self> {
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
                return Ok(Self {
                    _shell: child,
                    dir,
                    port,
                });
            }
        }
        bail!("Kafka did not start: see {}/kafka.log", dir.display())
    }

    /// Where it listens.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops it, or starts it again with all its records.
    pub(super) fn set_reachable(&self, reachable: bool) -> Result<()> {
        let action = if reachable { "start" } else { "stop" };
        let status = Command::new(workspace().join("scripts/kafka/run.sh"))
            .arg(action)
            .arg(&self.dir)
            .arg(self.port.to_string())
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "run.sh {action}: {status}");
        Ok(())
    }
}

/// A free port whose successor is free as well: the broker takes both, seconds later. So they lie below those that
/// the system gives to whoever asks for any port (from 32768, or 49152).
fn free_port_pair() -> Result<u16> {
    for _ in 0..100 {
        let random = u16::from_ne_bytes(std::array::from_fn(|i| Uuid::now_v7().as_bytes()[14 + i]));
        let port = 20_000 + random % 12_000;
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free(port) && is_free(port + 1) {
            return Ok(port);
        }
    }
    bail!("no two free ports in a row")
}
