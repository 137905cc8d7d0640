use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::Tick;

use crate::session::SubscriptionId;
use crate::{AudienceEntry, ConnectionId, LiveOperation, OperationKey};

/// Stands for an outlet within one process: cheap to copy, to compare and to index with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Slot(u32);

/// A subscription that gets the results of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Subscribed {
    pub(super) id: SubscriptionId,
    pub(super) operation: LiveOperation,
    /// Tells it from one that had the same id before.
    live_from: Tick,
}

/// Where something can be sent: the raw feed of a connection, which all its raw subscriptions share, or one
/// subscription to an operation.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Outlet {
    connection: u32,
    subscribed: Option<Subscribed>,
}

/// The outlets that cached shards name.
#[derive(Default)]
pub(super) struct Outlets {
    connections: Interned<ConnectionId>,
    outlets: Interned<Arc<Outlet>>,
}

impl Outlets {
    /// The outlet of an entry. To be released as often as it is held.
    pub(super) fn hold(&mut self, entry: &AudienceEntry) -> Slot {
        let subscribed = entry.operation.map(|operation| Subscribed {
            id: entry.subscription.clone(),
            operation,
            live_from: entry.live_from,
        });
        let outlet = Outlet {
            connection: self.connections.hold(entry.connection.clone()),
            subscribed,
        };
        Slot(self.outlets.hold(Arc::new(outlet)))
    }

    pub(super) fn release(&mut self, slot: Slot) {
        let connection = self.outlets.key(slot.0).connection;
        self.outlets.release(slot.0);
        self.connections.release(connection);
    }

    /// Where an outlet's frames go; `None` if nothing may be sent there any more.
    pub(super) fn connection(&self, slot: Slot) -> Option<&ConnectionId> {
        let outlet = self.outlets.open(slot.0)?;
        self.connections.open(outlet.connection)
    }

    /// Which subscription an outlet is; `None` if it is a raw feed.
    pub(super) fn subscribed(&self, slot: Slot) -> Option<&Subscribed> {
        self.outlets.key(slot.0).subscribed.as_ref()
    }

    /// Whether two outlets are on one connection can be told by this.
    pub(super) fn connection_number(&self, slot: Slot) -> u32 {
        self.outlets.key(slot.0).connection
    }

    /// Closes all outlets of the connection. False if they were.
    pub(super) fn close_connection(&self, slot: Slot) -> bool {
        self.connections.close(self.connection_number(slot))
    }

    pub(super) fn close(&self, slot: Slot) {
        self.outlets.close(slot.0);
    }

    /// The operations of all outlets.
    pub(super) fn operations(&self) -> impl Iterator<Item = OperationKey> {
        let outlets = self.outlets.numbers.keys();
        outlets.filter_map(|outlet| Some(outlet.subscribed.as_ref()?.operation.key))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.connections.held.len(), self.outlets.held.len())
    }
}

/// Keys with numbers that stand for them as long as somebody holds them.
struct Interned<K> {
    numbers: HashMap<K, u32>,
    held: Vec<Held<K>>,
    free: Vec<u32>,
}

struct Held<K> {
    key: K,
    holders: usize,
    is_closed: AtomicBool,
}

impl<K> Default for Interned<K> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            held: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<K: Clone + Eq + Hash> Interned<K> {
    fn hold(&mut self, key: K) -> u32 {
        match self.numbers.entry(key) {
            Entry::Occupied(number) => {
                self.held[*number.get() as usize].holders += 1;
                *number.get()
            }
            Entry::Vacant(vacant) => {
                let held = Held {
                    key: vacant.key().clone(),
                    holders: 1,
                    is_closed: AtomicBool::new(false),
                };
                let number = self.free.pop().unwrap_or_else(|| {
                    let next = u32::try_from(self.held.len());
                    next.expect("BUG: four thousand million of them don't fit in memory")
                });
                match self.held.get_mut(number as usize) {
                    Some(unused) => *unused = held,
                    None => self.held.push(held),
                }
                *vacant.insert(number)
            }
        }
    }

    fn release(&mut self, number: u32) {
        let held = &mut self.held[number as usize];
        held.holders -= 1;
        if held.holders == 0 {
            self.numbers.remove(&held.key);
            self.free.push(number);
        }
    }

    fn key(&self, number: u32) -> &K {
        &self.held[number as usize].key
    }

    /// `None` if it is closed.
    fn open(&self, number: u32) -> Option<&K> {
        let held = &self.held[number as usize];
        (!held.is_closed.load(Ordering::Relaxed)).then_some(&held.key)
    }

    /// Closes it as long as it is held. False if it was.
    fn close(&self, number: u32) -> bool {
        let held = &self.held[number as usize];
        !held.is_closed.swap(true, Ordering::Relaxed)
    }
}
