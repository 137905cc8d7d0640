//! The open connections, by id.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::connection::Connection;
use super::status::WebSocketStatus;

/// All connections that posts can reach: from the answer of `$connect` until they close.
#[derive(Debug, Default)]
pub(super) struct Registry {
    connections: RwLock<HashMap<String, Arc<Connection>>>,
    accepted: AtomicU64,
    refused: AtomicU64,
    closed_in: AtomicU64,
    closed_out: AtomicU64,
}

impl Registry {
    pub fn insert(&self, connection: &Arc<Connection>) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        let mut connections = self
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        connections.insert(connection.id.clone(), Arc::clone(connection));
    }

    pub fn remove(&self, connection: &Connection) {
        let mut connections = self
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if connections.remove(&connection.id).is_some() {
            let (messages_in, messages_out) = connection.counts();
            self.closed_in.fetch_add(messages_in, Ordering::Relaxed);
            self.closed_out.fetch_add(messages_out, Ordering::Relaxed);
        }
    }

    pub fn get(&self, id: &str) -> Option<Arc<Connection>> {
        self.connections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub fn all(&self) -> Vec<Arc<Connection>> {
        let connections = self
            .connections
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        connections.values().cloned().collect()
    }

    pub fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub fn status(&self) -> WebSocketStatus {
        let mut connections = self.all();
        let (mut messages_in, mut messages_out) = (
            self.closed_in.load(Ordering::Relaxed),
            self.closed_out.load(Ordering::Relaxed),
        );
        for connection in &connections {
            let (received, sent) = connection.counts();
            messages_in += received;
            messages_out += sent;
        }
        connections.sort_by_key(|connection| connection.opened());
        WebSocketStatus {
            open: connections.len(),
            accepted: self.accepted.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            messages_in,
            messages_out,
            connections: connections
                .iter()
                .take(WebSocketStatus::MAX_LISTED)
                .map(|connection| connection.status())
                .collect(),
        }
    }
}
