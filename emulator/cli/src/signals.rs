//! Requests to stop: signals, and the end of standard input.

use std::io::Read;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// Signals and, where asked for, the end of standard input.
pub(crate) struct Stop {
    signals: Signals,
    is_signalled: bool,
    stdin: Option<oneshot::Receiver<()>>,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    pub(crate) fn listen(stdin: bool) -> std::io::Result<Self> {
        Ok(Self {
            signals: Signals {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup: signal(SignalKind::hangup())?,
            },
            is_signalled: false,
            stdin: stdin.then(watch_stdin),
        })
    }

    /// Waits for the first of them.
    pub(crate) async fn wait(&mut self) {
        let stdin = async {
            match &mut self.stdin {
                // A sender that is dropped means the same: standard input can't be read any more.
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.signals.next() => self.is_signalled = true,
            () = stdin => {}
        }
    }

    /// Waits for the signal that is one too many: the second. Whoever ends standard input, by ending itself, may have sent a
    /// signal as well, and that is the first.
    pub(crate) async fn wait_for_another(&mut self) {
        if !self.is_signalled {
            self.signals.next().await;
            self.is_signalled = true;
        }
        self.signals.next().await;
    }
}

impl Signals {
    /// Waits for a signal.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// On a thread of its own: a read of standard input can't be interrupted, and the runtime would wait
/// for one of its threads when it ends.
fn watch_stdin() -> oneshot::Receiver<()> {
    let (closed, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        let mut stdin = std::io::stdin().lock();
        while matches!(stdin.read(&mut buffer), Ok(read) if read > 0) {}
        drop(closed);
    });
    receiver
}
