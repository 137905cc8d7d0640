use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::connection::ConnectionId;
use crate::frame::Frame;

/// The connections on which a message is being answered in this process. What answers it may have their user deleted:
/// then they are closed once the answer is sent, and not before. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Answering(Arc<Mutex<HashMap<ConnectionId, Option<Frame>>>>);

/// A message on a connection that is being answered, until this is dropped.
#[derive(Debug)]
pub(crate) struct Answer {
    answering: Answering,
    connection: ConnectionId,
}

impl Answering {
    pub(crate) fn begin(&self, connection: &ConnectionId) -> Answer {
        self.all().insert(connection.clone(), None);
        Answer {
            answering: self.clone(),
            connection: connection.clone(),
        }
    }

    /// Leaves closing a connection, after this notice, to whoever answers a message on it. `false` if nobody does.
    pub(crate) fn postpone_close(&self, connection: &ConnectionId, notice: &Frame) -> bool {
        match self.all().get_mut(connection) {
            Some(postponed) => {
                *postponed = Some(notice.clone());
                true
            }
            None => false,
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ConnectionId, Option<Frame>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    /// Ends the answer. With a notice, the connection is to be closed now.
    pub(crate) fn end(self) -> Option<Frame> {
        self.answering.all().remove(&self.connection).flatten()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.answering.all().remove(&self.connection);
    }
}
