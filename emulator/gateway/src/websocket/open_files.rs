//! Open files: each connection is one, and the usual limit of 1,024 is soon reached.

use std::io;

use tracing::warn;

/// What is asked for.
const WANTED: u64 = 32 * 1024;
/// What ten thousand connections and everything else in the process need.
const ENOUGH: u64 = 12 * 1024;

/// Raises the process's limit on open files as far as the system lets it, and warns when ten
/// thousand connections would not fit. Gives the limit that holds.
///
/// # Errors
/// When the limit can't be read or set.
pub(super) fn raise_limit() -> io::Result<u64> {
    let limit = rlimit::increase_nofile_limit(WANTED)?;
    if limit < ENOUGH {
        warn!(
            limit,
            "the limit on open files leaves room for about {} WebSocket connections: raise it with \
             `ulimit -Hn {WANTED}`",
            limit.saturating_sub(200)
        );
    }
    Ok(limit)
}
