use std::collections::{HashMap, HashSet};

use domain::{Shard, Tick, UserId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::targets::{LiveSubscription, TargetId, TargetRegistry};
use crate::audience::{AlertVersions, AudienceEntry, AudienceShard, Interest};
use crate::connection::ConnectionId;
use crate::error::Result;
use crate::operation::OperationKey;
use crate::subscriptions::Subscriptions;

/// How many shards are read at a time. A process that has just started reads up to 72.
const READS_IN_FLIGHT: usize = 16;

/// One subscription, seen from what it listens to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listener {
    pub(super) target: TargetId,
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
    targets: TargetRegistry,
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
        subscriptions: &dyn Subscriptions,
    ) -> Result<(usize, AlertVersions)> {
        let versions = subscriptions.versions(shards).await?;
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
                let entries = subscriptions.audience(shard).await?;
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

    /// Where a target's frames go; `None` if nothing may be sent there any more.
    pub(super) fn connection(&self, target: TargetId) -> Option<&ConnectionId> {
        self.targets.connection(target)
    }

    /// Which subscription to an operation a target is; `None` if it is a raw feed.
    pub(super) fn subscription(&self, target: TargetId) -> Option<&LiveSubscription> {
        self.targets.subscription(target)
    }

    /// On how many connections these targets are.
    pub(super) fn count_connections(&self, targets: impl Iterator<Item = TargetId>) -> usize {
        let numbers = targets.map(|target| self.targets.connection_number(target));
        numbers.collect::<HashSet<_>>().len()
    }

    /// Never sends anything to this target's connection again, whatever is stored about it. False if that is
    /// known.
    pub(super) fn forget_connection(&self, target: TargetId) -> bool {
        self.targets.close_connection(target)
    }

    /// Never sends anything to this target again, whatever is stored about it.
    pub(super) fn forget(&self, target: TargetId) {
        self.targets.close(target);
    }

    /// The operations that somebody has subscribed to.
    pub(super) fn operations(&self) -> HashSet<OperationKey> {
        self.targets.operations().collect()
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
                target: self.targets.hold(&entry),
                live_from: entry.live_from,
                every,
            };
            match &entry.interest {
                Interest::Users(users) => {
                    for user in users {
                        new.by_user.entry(*user).or_default().push(listener());
                    }
                }
                Interest::AllUsers
                | Interest::Market
                | Interest::Registrations
                | Interest::Snapshots
                | Interest::Alerts => {
                    new.whole.push(listener());
                }
            }
        }
        // The new one holds its targets before the old one lets go, so that those of both keep their target,
        // and what is known of it.
        if let Some(old) = self.shards.insert(shard, new) {
            for listener in old.by_user.into_values().flatten().chain(old.whole) {
                self.targets.release(listener.target);
            }
        }
    }
}

#[cfg(test)]
mod tests;
