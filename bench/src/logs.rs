//! What `price-fanout` says of the batches that it sends.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::Stack;

/// What one batch of prices came to.
#[derive(Debug, Clone, Copy)]
pub struct Batch {
    /// Prices in it.
    pub records: u64,
    /// Connections that it held something for.
    pub connections: u64,
    /// Operations that were executed, once for each event.
    pub executions: u64,
    /// Frames that were sent.
    pub posts: u64,
    /// Bytes of these frames.
    pub bytes: u64,
    /// What executing and posting took.
    pub posting: Duration,
    /// What all of it took.
    pub took: Duration,
}

/// Reads the logs of a quiet stack as they are written.
#[derive(Debug)]
pub struct FanoutLog {
    path: PathBuf,
    read_bytes: u64,
    is_shown: bool,
}

impl FanoutLog {
    /// The logs of this stack. `is_shown`: what is read is shown as well.
    pub fn of(stack: &Stack, is_shown: bool) -> Self {
        Self {
            path: stack.log(),
            read_bytes: 0,
            is_shown,
        }
    }

    /// The batches of prices that were logged since the last call.
    ///
    /// # Errors
    /// If the logs can't be read, or a line is not what `price-fanout` logs.
    pub fn read(&mut self) -> Result<Vec<Batch>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read_bytes))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // The last line may be half written.
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(end.map_or(0, |end| end + 1));
        self.read_bytes += bytes.len() as u64;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|line| {
            line.contains("batch fanned out") && line.contains(r#"topic="user.price.update""#)
        });
        lines
            .map(|line| {
                if self.is_shown {
                    eprintln!("{line}");
                }
                batch(line).with_context(|| format!("it can't be read: {line}"))
            })
            .collect()
    }
}

fn batch(line: &str) -> Option<Batch> {
    let field = |name: &str| {
        let mut words = line.split_whitespace();
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    };
    let number = |name| field(name)?.parse().ok();
    let millis = |name| {
        let seconds = field(name)?.parse::<f64>().ok()? / 1e3;
        Duration::try_from_secs_f64(seconds).ok()
    };
    Some(Batch {
        records: number("records")?,
        connections: number("connections")?,
        executions: number("executions")?,
        posts: number("posts")?,
        bytes: number("bytes")?,
        posting: millis("posting_ms")?,
        took: millis("duration_ms")?,
    })
}
