use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::Tick;

use crate::audience::AudienceEntry;
use crate::connection::ConnectionId;
use crate::operation::{LiveOperation, OperationKey};
use crate::subscription::SubscriptionId;

/// Stands for a target within one process: cheap to copy, to compare and to index with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TargetId(u32);

/// A subscription that gets the results of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LiveSubscription {
    pub(super) id: SubscriptionId,
    pub(super) operation: LiveOperation,
    /// Tells it from one that had the same id before.
    live_from: Tick,
}

/// Where something can be sent: the raw feed of a connection, which all its raw subscriptions share, or one
/// subscription to an operation.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Target {
    connection: u32,
    subscription: Option<LiveSubscription>,
}

/// The targets that cached shards name.
#[derive(Default)]
pub(super) struct TargetRegistry {
    connections: Interned<ConnectionId>,
    targets: Interned<Arc<Target>>,
}

impl TargetRegistry {
    /// The target of an entry. To be released as often as it is held.
    pub(super) fn hold(&mut self, entry: &AudienceEntry) -> TargetId {
        let subscription = entry.operation.map(|operation| LiveSubscription {
            id: entry.subscription.clone(),
            operation,
            live_from: entry.live_from,
        });
        let target = Target {
            connection: self.connections.hold(entry.connection.clone()),
            subscription,
        };
        TargetId(self.targets.hold(Arc::new(target)))
    }

    pub(super) fn release(&mut self, id: TargetId) {
        let connection = self.targets.key(id.0).connection;
        self.targets.release(id.0);
        self.connections.release(connection);
    }

    /// Where a target's frames go; `None` if nothing may be sent there any more.
    pub(super) fn connection(&self, id: TargetId) -> Option<&ConnectionId> {
        let target = self.targets.open(id.0)?;
        self.connections.open(target.connection)
    }

    /// Which subscription a target is; `None` if it is a raw feed.
    pub(super) fn subscription(&self, id: TargetId) -> Option<&LiveSubscription> {
        self.targets.key(id.0).subscription.as_ref()
    }

    /// Whether two targets are on one connection can be told by this.
    pub(super) fn connection_number(&self, id: TargetId) -> u32 {
        self.targets.key(id.0).connection
    }

    /// Closes all targets of the connection. False if they were.
    pub(super) fn close_connection(&self, id: TargetId) -> bool {
        self.connections.close(self.connection_number(id))
    }

    pub(super) fn close(&self, id: TargetId) {
        self.targets.close(id.0);
    }

    /// The operations of all targets.
    pub(super) fn operations(&self) -> impl Iterator<Item = OperationKey> {
        let targets = self.targets.numbers.keys();
        targets.filter_map(|target| Some(target.subscription.as_ref()?.operation.key))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.connections.held.len(), self.targets.held.len())
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
