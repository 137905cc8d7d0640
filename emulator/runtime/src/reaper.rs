//! Ends the processes of functions and services even when the emulator itself is killed.
//!
//! A function that waits for work ends when its Runtime API is gone, but one that works for a minute
//! would work on. So a small process beside the emulator holds the list; its standard input closes
//! when the emulator ends, however it ends, and then it kills what is left.

use std::collections::HashSet;
use std::io::{BufRead, PipeWriter, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::spawn::spawn;

#[cfg(test)]
mod tests;

/// The argument that makes the emulator's binary a reaper.
pub const ARGUMENT: &str = "--reap";
/// Before a reaper that ended is started anew, so that one that can't run doesn't spin.
const PAUSE: Duration = Duration::from_millis(200);

/// The emulator's side of the pipe. A thread waits for the reaper's end, to start another.
pub(crate) struct Reaper {
    shared: Arc<Shared>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    finished: Condvar,
}

#[derive(Default)]
struct State {
    /// The input of the reaper that runs.
    told: Option<PipeWriter>,
    running: HashSet<i32>,
    is_finished: bool,
}

impl Reaper {
    /// Starts a reaper from the emulator's executable; without one nothing is watched.
    pub(crate) fn start(executable: Option<&Path>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = match executable {
            Some(executable) => {
                let child = shared.launch(executable)?;
                let (watched, executable) = (Arc::clone(&shared), executable.to_owned());
                let thread = std::thread::Builder::new().name("reaper".to_owned());
                Some(thread.spawn(move || watched.keep_running(child, &executable))?)
            }
            None => None,
        };
        Ok(Self {
            shared,
            thread: Mutex::new(thread),
        })
    }

    pub(crate) fn add(&self, pid: Pid) {
        let pid = pid.as_raw_nonzero().get();
        let mut state = self.shared.state();
        state.running.insert(pid);
        state.tell('+', pid);
    }

    pub(crate) fn remove(&self, pid: Pid) {
        let pid = pid.as_raw_nonzero().get();
        let mut state = self.shared.state();
        state.running.remove(&pid);
        state.tell('-', pid);
    }

    /// Ends the reaper, which kills what still runs.
    pub(crate) fn finish(&self) {
        let mut state = self.shared.state();
        (state.is_finished, state.told) = (true, None);
        drop(state);
        self.shared.finished.notify_all();
        let mut thread = self
            .thread
            .lock()
            .expect("BUG: nothing panics while it holds the thread");
        if thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("BUG: the thread that watches the reaper panicked");
        }
    }
}

impl Shared {
    /// Starts a reaper that knows all that runs. That is in its input before it is started: from its first moment on it can
    /// outlive the emulator. (A pipe holds some thousands of lines without a reader.)
    fn launch(&self, executable: &Path) -> std::io::Result<Child> {
        let (input, told) = std::io::pipe()?;
        let mut state = self.state();
        // Else it is to end, which the end of its input lets it do.
        if !state.is_finished {
            state.told = Some(told);
            for pid in state.running.clone() {
                state.tell('+', pid);
            }
        }
        drop(state);
        let mut command = Command::new(executable);
        command
            .arg(ARGUMENT)
            .stdin(input)
            .stdout(Stdio::null())
            // A terminal's Ctrl-C must not reach it: it has to outlive the emulator.
            .process_group(0);
        spawn(|| command.spawn())
    }

    fn keep_running(&self, child: Child, executable: &Path) {
        let mut child = Some(child);
        loop {
            let ended = child.take().map(|mut child| child.wait());
            let mut state = self.state();
            if state.is_finished {
                return;
            }
            if let Some(status) = ended {
                let status =
                    status.map_or_else(|error| error.to_string(), |status| status.to_string());
                tracing::warn!(status, "the reaper has ended, another is started");
            }
            state.told = None;
            let paused = self
                .finished
                .wait_timeout_while(state, PAUSE, |state| !state.is_finished);
            drop(paused);
            match self.launch(executable) {
                Ok(started) => child = Some(started),
                Err(error) => tracing::debug!(%error, "the reaper can't be started, trying again"),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("BUG: nothing panics while it holds the reaper's state")
    }
}

impl State {
    fn tell(&mut self, sign: char, pid: i32) {
        if let Some(told) = &mut self.told
            && let Err(error) = writeln!(told, "{sign}{pid}")
        {
            // Whoever waits for its end starts another.
            tracing::debug!(%error, "the reaper has ended");
            self.told = None;
        }
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
