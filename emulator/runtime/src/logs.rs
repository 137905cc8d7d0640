//! The output of functions and services on the emulator's standard error, line by line, with the name before it.

use std::io::{IsTerminal, Write};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;

/// ANSI colours that can be read on light and on dark terminals.
const COLOURS: [u8; 6] = [36, 35, 34, 33, 32, 31];
/// A line is cut here, so that a function without line breaks can't fill the memory.
const MAX_LINE: usize = 256 * 1024;

/// Forwards both streams of a process until they end.
pub(crate) fn forward(child: &mut Child, name: &str, colour: usize) {
    let prefix = prefix(name, colour, std::io::stderr().is_terminal());
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(forward_stream(stdout, prefix.clone()));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(forward_stream(stderr, prefix));
    }
}

fn prefix(name: &str, colour: usize, terminal: bool) -> String {
    if terminal {
        let code = COLOURS[colour % COLOURS.len()];
        format!("\x1b[{code}m{name:>13}\x1b[0m | ")
    } else {
        format!("{name:>13} | ")
    }
}

async fn forward_stream(stream: impl AsyncRead + Unpin, prefix: String) {
    let mut reader = BufReader::new(stream);
    let mut line = prefix.clone().into_bytes();
    loop {
        let available = match reader.fill_buf().await {
            Ok([]) => break,
            Ok(available) => available,
            Err(error) => {
                tracing::debug!(%error, "the output of a process can't be read any more");
                break;
            }
        };
        let (used, ended) = match available.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (available.len(), false),
        };
        line.extend_from_slice(&available[..used]);
        reader.consume(used);
        if ended || line.len() > MAX_LINE {
            write_line(&mut line, &prefix);
        }
    }
    if line.len() > prefix.len() {
        write_line(&mut line, &prefix);
    }
}

fn write_line(line: &mut Vec<u8>, prefix: &str) {
    if line.last() != Some(&b'\n') {
        line.push(b'\n');
    }
    // In one piece, so that lines of different functions don't mix. Nobody is left to be told when
    // standard error is closed.
    if std::io::stderr().write_all(line).is_err() {
        tracing::trace!("standard error is closed");
    }
    line.clear();
    line.extend_from_slice(prefix.as_bytes());
}
