//! Ends the processes of functions and services even when the emulator itself is killed.
//!
//! A function that waits for work ends when its Runtime API is gone, but one that works for a minute
//! would work on. So a small process beside the emulator holds the list; its standard input closes
//! when the emulator ends, however it ends, and then it kills what is left.

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use rustix::process::{Pid, Signal, kill_process};

#[cfg(test)]
mod tests;

/// The argument that makes the emulator's binary a reaper.
pub const ARGUMENT: &str = "--reap";

/// The emulator's side of the pipe.
pub(crate) struct Reaper(Mutex<Option<(Child, ChildStdin)>>);

impl Reaper {
    /// Starts a reaper from the emulator's executable; without one nothing is watched.
    pub(crate) fn start(executable: Option<&Path>) -> std::io::Result<Self> {
        let Some(executable) = executable else {
            return Ok(Self(Mutex::new(None)));
        };
        let mut child = Command::new(executable)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // A terminal's Ctrl-C must not reach it: it has to outlive the emulator.
            .process_group(0)
            .spawn()?;
        let stdin = child
            .stdin
            .take()
            .ok_or_else(|| std::io::Error::other("the reaper has no standard input"))?;
        Ok(Self(Mutex::new(Some((child, stdin)))))
    }

    pub(crate) fn add(&self, pid: Pid) {
        self.write('+', pid);
    }

    pub(crate) fn remove(&self, pid: Pid) {
        self.write('-', pid);
    }

    /// Ends the reaper once all processes are gone.
    pub(crate) fn finish(&self) {
        let Some((mut child, stdin)) = self.lock().take() else {
            return;
        };
        drop(stdin);
        if let Err(error) = child.wait() {
            tracing::debug!(%error, "the exit status of the reaper is unknown");
        }
    }

    fn write(&self, sign: char, pid: Pid) {
        if let Some((_, stdin)) = self.lock().as_mut()
            && let Err(error) = writeln!(stdin, "{sign}{}", pid.as_raw_nonzero())
        {
            tracing::warn!(%error, "the reaper has ended: should the emulator be killed, end its processes by hand");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Child, ChildStdin)>> {
        self.0
            .lock()
            .expect("BUG: nothing panics while it holds the reaper")
    }
}

/// The reaper's side: reads until the emulator ends, then kills what it did not.
pub fn run(input: impl BufRead) {
    for pid in left_over(input) {
        if let Some(pid) = Pid::from_raw(pid)
            && let Err(error) = kill_process(pid, Signal::KILL)
        {
            eprintln!(
                "process {pid} can't be killed: {error}",
                pid = pid.as_raw_nonzero()
            );
        }
    }
}

fn left_over(input: impl BufRead) -> HashSet<i32> {
    let mut running = HashSet::new();
    for line in input.lines().map_while(Result::ok) {
        if let Some(pid) = line.strip_prefix('+').and_then(|pid| pid.parse().ok()) {
            running.insert(pid);
        } else if let Some(pid) = line.strip_prefix('-').and_then(|pid| pid.parse().ok()) {
            running.remove::<i32>(&pid);
        }
    }
    running
}
