use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::{Shard, Tick, UserId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::Result;
use crate::feed::{AudienceEntry, AudienceShard, ConnectionId, ReadAudience, Topic};

/// How many shards are read at a time. A process that has just started reads up to 72.
const READS_IN_FLIGHT: usize = 16;

/// Stands for a connection within one process: cheap to copy, to compare and to index with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Slot(u32);

/// One subscription, seen from what it listens to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listener {
    pub(super) slot: Slot,
    live_from: Tick,
    every: u64,
}

impl Listener {
    pub(super) fn wants(&self, tick: Tick) -> bool {
        tick >= self.live_from && tick.get().is_multiple_of(self.every)
    }
}

/// What this process has read of the audience, indexed by user, so that a batch costs what it touches.
///
/// A shard is trusted only while its version is still the stored one.
#[derive(Default)]
pub(super) struct AudienceCache {
    shards: HashMap<AudienceShard, CachedShard>,
    connections: Connections,
}

#[derive(Default)]
struct CachedShard {
    version: u64,
    by_user: HashMap<UserId, Vec<Listener>>,
    /// Of all users, or of the market.
    whole: Vec<Listener>,
}

impl AudienceCache {
    /// Makes sure of these shards: checks all their versions in one read, then reads those that have
    /// changed. Returns how many it read, and the versions of the alerts of these shards' users.
    pub(super) async fn refresh(
        &mut self,
        shards: &[AudienceShard],
        audience: &dyn ReadAudience,
    ) -> Result<(usize, Vec<(Shard, u64)>)> {
        let versions = audience.versions(shards).await?;
        // A shard whose version is 0 was never written, so there is nothing to read.
        let stale = shards.iter().filter_map(|&shard| {
            let stored = versions.shards.get(&shard).copied().unwrap_or(0);
            let held = self.shards.get(&shard).map_or(0, |held| held.version);
            (stored != held).then_some((shard, stored))
        });
        // The version was read before the shard: if the shard has changed since, the next check finds
        // another version and reads it again.
        let read: Vec<_> = stream::iter(stale)
            .map(async |(shard, version)| {
                let entries = audience.audience(shard).await?;
                Ok::<_, crate::Error>((shard, version, entries))
            })
            .buffer_unordered(READS_IN_FLIGHT)
            .try_collect()
            .await?;
        let reads = read.len();
        for (shard, version, entries) in read {
            self.replace(shard, version, entries);
        }
        Ok((reads, versions.alerts))
    }

    /// Who listens to this user by name.
    pub(super) fn listeners_of(&self, shard: Shard, user: UserId) -> &[Listener] {
        self.shards
            .get(&AudienceShard::Users(shard))
            .and_then(|held| held.by_user.get(&user))
            .map_or(&[], Vec::as_slice)
    }

    /// Who listens to all users.
    pub(super) fn listeners_of_all(&self) -> impl Iterator<Item = &Listener> {
        self.whole(AudienceShard::AllUsers)
    }

    /// Who listens to market summaries.
    pub(super) fn listeners_of_market(&self) -> impl Iterator<Item = &Listener> {
        self.whole(AudienceShard::Market)
    }

    /// Who listens to registrations.
    pub(super) fn listeners_of_registrations(&self) -> impl Iterator<Item = &Listener> {
        self.whole(AudienceShard::Registrations)
    }

    /// The connection's id; `None` if it is known to be gone.
    pub(super) fn connection(&self, slot: Slot) -> Option<&ConnectionId> {
        let connection = &self.connections.held[slot.0 as usize];
        (!connection.gone).then_some(&connection.id)
    }

    /// Never sends anything to this connection again, whatever is stored about it.
    pub(super) fn forget(&mut self, slot: Slot) {
        self.connections.held[slot.0 as usize].gone = true;
    }

    fn whole(&self, shard: impl Fn(u8) -> AudienceShard) -> impl Iterator<Item = &Listener> {
        (0..AudienceShard::LISTENER_SHARDS)
            .filter_map(move |index| self.shards.get(&shard(index)))
            .flat_map(|held| &held.whole)
    }

    fn replace(&mut self, shard: AudienceShard, version: u64, entries: Vec<AudienceEntry>) {
        let mut new = CachedShard {
            version,
            ..CachedShard::default()
        };
        for entry in entries {
            let every = u64::from(entry.every.max(1));
            let mut listener = || Listener {
                slot: self.connections.hold(&entry.connection),
                live_from: entry.live_from,
                every,
            };
            match &entry.topic {
                Topic::Users(users) => {
                    for user in users {
                        new.by_user.entry(*user).or_default().push(listener());
                    }
                }
                Topic::AllUsers
                | Topic::Market
                | Topic::Registrations
                | Topic::Snapshots
                | Topic::Alerts => {
                    new.whole.push(listener());
                }
            }
        }
        // The new one holds its connections before the old one lets go, so that those of both keep
        // their slot, and what is known of it.
        if let Some(old) = self.shards.insert(shard, new) {
            for listener in old.by_user.into_values().flatten().chain(old.whole) {
                self.connections.release(listener.slot);
            }
        }
    }
}

/// The connections that cached shards name, each as often as it is named.
#[derive(Default)]
struct Connections {
    slots: HashMap<ConnectionId, Slot>,
    held: Vec<Connection>,
    free: Vec<Slot>,
}

struct Connection {
    id: ConnectionId,
    listeners: usize,
    gone: bool,
}

impl Connections {
    fn hold(&mut self, id: &ConnectionId) -> Slot {
        match self.slots.entry(id.clone()) {
            Entry::Occupied(slot) => {
                self.held[slot.get().0 as usize].listeners += 1;
                *slot.get()
            }
            Entry::Vacant(vacant) => {
                let connection = Connection {
                    id: id.clone(),
                    listeners: 1,
                    gone: false,
                };
                let slot = self.free.pop().unwrap_or_else(|| {
                    let next = u32::try_from(self.held.len());
                    Slot(next.expect("BUG: four thousand million connections don't fit in memory"))
                });
                match self.held.get_mut(slot.0 as usize) {
                    Some(unused) => *unused = connection,
                    None => self.held.push(connection),
                }
                *vacant.insert(slot)
            }
        }
    }

    fn release(&mut self, slot: Slot) {
        let connection = &mut self.held[slot.0 as usize];
        connection.listeners -= 1;
        if connection.listeners == 0 {
            self.slots.remove(&connection.id);
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(connection: &str, topic: Topic) -> AudienceEntry {
        AudienceEntry {
            connection: ConnectionId(connection.into()),
            subscription: "s".to_owned(),
            topic,
            live_from: Tick(0),
            every: 1,
            operation: None,
        }
    }

    fn ids(cache: &AudienceCache) -> Vec<&str> {
        let listeners = cache.listeners_of_all();
        listeners
            .filter_map(|listener| cache.connection(listener.slot))
            .map(|id| &*id.0)
            .collect()
    }

    #[test]
    fn a_forgotten_connection_stays_forgotten_while_any_shard_names_it() {
        let mut cache = AudienceCache::default();
        let shard = AudienceShard::AllUsers(3);
        cache.replace(
            shard,
            1,
            vec![entry("a", Topic::AllUsers), entry("b", Topic::AllUsers)],
        );
        let slot = cache.connections.slots[&ConnectionId("a".into())];
        cache.forget(slot);
        assert_eq!(ids(&cache), ["b"]);
        // It was removed, but a subscription that it had made just before is stored yet.
        cache.replace(shard, 2, vec![entry("a", Topic::AllUsers)]);
        assert!(ids(&cache).is_empty());
    }

    #[test]
    fn slots_are_used_again_once_nothing_names_their_connection() {
        let mut cache = AudienceCache::default();
        for version in 1..100 {
            let id = format!("connection-{version}");
            let entries = vec![entry(&id, Topic::AllUsers), entry(&id, Topic::AllUsers)];
            cache.replace(AudienceShard::AllUsers(0), version, entries);
            assert_eq!(ids(&cache), [&id, &id]);
        }
        assert!(cache.connections.held.len() <= 2);
        assert_eq!(cache.connections.slots.len(), 1);
    }
}
