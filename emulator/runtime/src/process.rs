//! Child processes: started, logged, watched until they end, and ended with the emulator however that ends.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, watch};

use crate::logs;
use crate::options::StartError;
use crate::reaper::Reaper;
use crate::spawn::spawn;

/// What a process is started from.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) binary: PathBuf,
    /// Its name in logs.
    pub(crate) name: String,
    /// Index of its colour in logs.
    pub(crate) colour: usize,
    pub(crate) environment: IndexMap<String, String>,
}

/// Starts the processes of functions and services, and sees each to its end.
pub struct Supervisor(Reaper);

impl Supervisor {
    /// `executable` is the emulator's own, which a second process runs that ends all others should the emulator be killed.
    /// Without it, functions end once they miss their Runtime API.
    ///
    /// # Errors
    /// If that process can't be started.
    pub fn start(executable: Option<&Path>) -> Result<Arc<Self>, StartError> {
        let reaper = Reaper::start(executable).map_err(StartError::Reaper)?;
        Ok(Arc::new(Self(reaper)))
    }

    /// Kills what still runs, and ends the second process.
    pub fn finish(&self) {
        self.0.finish();
    }

    pub(crate) fn run(
        self: &Arc<Self>,
        program: &Program,
        variable: Option<(&str, &str)>,
    ) -> std::io::Result<Arc<Process>> {
        // Before it starts: a build in between makes it look older than it is, and so is noticed.
        let build = Build::of(&program.binary);
        let mut command = program.command();
        command
            .envs(variable)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A terminal's Ctrl-C is for the emulator, which stops its processes in order.
            .process_group(0);
        let mut child = spawn(|| command.spawn())?;
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw)
            .ok_or_else(|| std::io::Error::other("the process has no id"))?;
        self.0.add(pid);
        logs::forward(&mut child, &program.name, program.colour);
        let process = Arc::new(Process {
            name: program.name.clone(),
            build,
            pid,
            kill: Notify::new(),
            end: watch::Sender::new(None),
        });
        let (supervisor, watched) = (self.clone(), process.clone());
        tokio::spawn(async move {
            let status = wait(child, &watched).await;
            supervisor.0.remove(pid);
            watched.end.send_replace(Some(status));
        });
        Ok(process)
    }
}

impl Program {
    /// A command with the program's environment and nothing of the emulator's.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// Which build of a binary it is: another one has another time, or lies elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Build {
    modified: (i64, i64),
    inode: u64,
    bytes: u64,
}

impl Build {
    /// `None` while the binary is not there: a linker may be about to write it.
    pub(crate) fn of(binary: &Path) -> Option<Self> {
        let file = std::fs::metadata(binary).ok()?;
        Some(Self {
            modified: (file.mtime(), file.mtime_nsec()),
            inode: file.ino(),
            bytes: file.len(),
        })
    }
}

/// A child process.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    build: Option<Build>,
    pid: Pid,
    kill: Notify,
    /// The exit status.
    end: watch::Sender<Option<String>>,
}

impl Process {
    /// Whether the binary is another than the process was started from.
    pub(crate) fn is_outdated(&self, binary: &Path) -> bool {
        Build::of(binary).is_some_and(|build| self.build != Some(build))
    }

    /// Ends the process at once.
    pub(crate) fn kill(&self) {
        self.kill.notify_one();
    }

    /// Asks the process to end.
    pub(crate) fn terminate(&self) {
        if self.ended().is_none()
            && let Err(error) = kill_process(self.pid, Signal::TERM)
        {
            tracing::debug!(process = self.name, %error, "the process had already ended");
        }
    }

    /// Asks the process to end, and kills it if it takes longer than `grace`.
    pub(crate) async fn stop(&self, grace: Duration) -> String {
        self.terminate();
        match tokio::time::timeout(grace, self.wait()).await {
            Ok(status) => status,
            Err(_elapsed) => {
                tracing::warn!(process = self.name, "did not stop within {grace:?}: killed");
                self.kill();
                self.wait().await
            }
        }
    }

    /// The exit status, if the process has ended.
    pub(crate) fn ended(&self) -> Option<String> {
        self.end.borrow().clone()
    }

    /// Waits for the end of the process; its exit status.
    pub(crate) async fn wait(&self) -> String {
        let mut end = self.end.subscribe();
        let status = end.wait_for(Option::is_some).await;
        let status = status.expect("BUG: a process outlives its status");
        status.clone().unwrap_or_default()
    }
}

async fn wait(mut child: Child, process: &Process) -> String {
    let status = tokio::select! {
        status = child.wait() => status,
        () = process.kill.notified() => {
            if let Err(error) = child.start_kill() {
                tracing::debug!(process = process.name, %error, "the process had already ended");
            }
            child.wait().await
        }
    };
    describe(status)
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => format!("unknown exit status: {error}"),
    }
}
