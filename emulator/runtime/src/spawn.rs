use std::sync::{Mutex, PoisonError};

/// Held while a process is started: until it has become its program it holds the emulator's sockets.
static STARTING: Mutex<()> = Mutex::new(());

/// Runs this while no process is being started: a socket that it closes is closed everywhere, so its port is free at once.
pub fn while_none_starts<T>(run: impl FnOnce() -> T) -> T {
    let _none_starts = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    run()
}

/// Starts a process that holds nothing of the emulator's.
pub(crate) fn spawn<C>(start: impl FnOnce() -> std::io::Result<C>) -> std::io::Result<C> {
    while_none_starts(|| {
        keep_descriptors();
        start()
    })
}

/// Keeps the emulator's file descriptors from the process that is started next. librdkafka opens its sockets without
/// close-on-exec: a process that inherited the embedded broker's would keep them open when the broker has closed them, and no
/// client would learn of it.
fn keep_descriptors() {
    const FIRST_AFTER_STANDARD_STREAMS: i32 = 3;
    close_fds::set_fds_cloexec_threadsafe(FIRST_AFTER_STANDARD_STREAMS, &[]);
}
