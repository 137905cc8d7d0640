//! What Linux says of the processes that are measured.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::Stack;

/// Clock ticks a second in `/proc/<pid>/stat`: Linux gives user space 100 on every architecture
/// (proc(5), `sysconf(_SC_CLK_TCK)`).
const CLOCK_TICKS_PER_SECOND: u64 = 100;

/// The CPU time that `price-fanout` has used, and that of the emulator with its broker and database.
///
/// # Errors
/// If `/proc` can't be read.
pub fn cpu_of_fanout(stack: &Stack) -> Result<(Duration, Duration)> {
    let emulator = stack.process_id();
    Ok((
        cpu_of_children(emulator, "price-fanout")?,
        cpu_of(emulator)?,
    ))
}

/// The CPU time that all children of `parent` with this name have used, in user space and kernel.
///
/// # Errors
/// If `/proc` can't be read.
pub fn cpu_of_children(parent: u32, name: &str) -> Result<Duration> {
    let mut total = 0;
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        // A process may end between the listing and the reading.
        if let Some(Stat {
            parent: found,
            command,
            ticks,
        }) = stat(path)
            && found == parent
            && name.starts_with(&command)
        {
            total += ticks;
        }
    }
    Ok(Duration::from_millis(total * 1000 / CLOCK_TICKS_PER_SECOND))
}

/// The CPU time of one process.
///
/// # Errors
/// If there is no such process.
fn cpu_of(process: u32) -> Result<Duration> {
    let stat = stat(PathBuf::from(format!("/proc/{process}"))).context("the process is gone")?;
    Ok(Duration::from_millis(
        stat.ticks * 1000 / CLOCK_TICKS_PER_SECOND,
    ))
}

struct Stat {
    parent: u32,
    command: String,
    ticks: u64,
}

/// Reads `/proc/<pid>/stat`: the command stands in parentheses, the rest after it by position.
fn stat(process: PathBuf) -> Option<Stat> {
    let text = std::fs::read_to_string(process.join("stat")).ok()?;
    let (before, after) = text.rsplit_once(')')?;
    let command = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        command,
        ticks: number(11)? + number(12)?,
    })
}
