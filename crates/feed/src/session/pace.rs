use crate::clock::Clock;
use crate::connection::{Connection, Connections};
use crate::error::Result;
use crate::limits::{MESSAGE_WINDOW_MS, MESSAGES_PER_WINDOW, MESSAGES_TO_DISCONNECT};

/// How fast a connection sends messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Not too fast.
    Fine,
    /// So fast that the message is not answered as it asks.
    TooFast,
    /// So fast that the connection ends.
    FarTooFast,
}

/// How fast a connection sends. A window is renewed only by the message that would be one too many, so that counting
/// costs one write a message.
pub(crate) async fn pace(
    connection: &Connection,
    connections: &dyn Connections,
    clock: &dyn Clock,
) -> Result<Pace> {
    let count = connection.messages.saturating_sub(connection.window_base);
    if count <= MESSAGES_PER_WINDOW {
        return Ok(Pace::Fine);
    }
    let now_ms = clock.now_ms();
    if now_ms.saturating_sub(connection.window_start_ms) >= MESSAGE_WINDOW_MS {
        let renewed = Connection {
            window_start_ms: now_ms,
            window_base: connection.messages.saturating_sub(1),
            ..connection.clone()
        };
        connections.start_window(&renewed).await?;
        return Ok(Pace::Fine);
    }
    Ok(if count > MESSAGES_TO_DISCONNECT {
        Pace::FarTooFast
    } else {
        Pace::TooFast
    })
}
