//! Connections, subscriptions, the audience and the users.

use std::time::Duration;

use async_trait::async_trait;
use domain::UserId;
use tokio::time::sleep;

use super::{Known, MemoryFeed};
use crate::audience::{AudienceEntry, AudienceShard, Versions};
use crate::authentication::Authenticated;
use crate::clock::Clock as _;
use crate::connection::{
    Authentication, Connection, ConnectionId, Connections, KnownConnection, NewConnection,
};
use crate::error::{Error, Result};
use crate::limits::MAX_SUBSCRIPTIONS;
use crate::operation::{Operation, OperationKey};
use crate::progress::{DeliveryProgress, PartitionPosition, PublishedTick, TrackDelivery};
use crate::session::FindUsers;
use crate::subscription::{Subscription, SubscriptionId};
use crate::subscriptions::{Added, Subscriptions};

fn works(is_broken: bool) -> Result<()> {
    if is_broken {
        return Err(Error::Unavailable {
            what: "the feed",
            source: "out of order".into(),
        });
    }
    Ok(())
}

impl Known {
    /// Takes entries out of the audience; false if there are none such.
    fn remove_entries(&mut self, is_removed: impl Fn(&AudienceEntry) -> bool) -> bool {
        let mut any = false;
        for (version, entries) in self.audience.values_mut() {
            let before = entries.len();
            entries.retain(|entry| !is_removed(entry));
            *version += u64::from(before != entries.len());
            any |= before != entries.len();
        }
        any
    }

    fn claim(
        &mut self,
        id: &ConnectionId,
        identity: Authenticated,
        claim: impl FnOnce(&mut Connection) -> bool,
    ) -> Authentication {
        let Some(connection) = self.connections.get_mut(id) else {
            return Authentication::NoConnection;
        };
        if !claim(connection) {
            return Authentication::Already;
        }
        connection.identity = Some(identity);
        Authentication::Done
    }
}

#[async_trait]
impl Connections for MemoryFeed {
    async fn store_connection(&self, _: &NewConnection) -> Result<()> {
        unreachable!("connections are opened by hand here")
    }

    async fn count_message(&self, id: &ConnectionId) -> Result<Option<Connection>> {
        let mut known = self.known();
        works(known.faults.connections)?;
        let connection = known.connections.get_mut(id);
        Ok(connection.map(|connection| {
            connection.messages += 1;
            connection.clone()
        }))
    }

    async fn start_window(&self, renewed: &Connection) -> Result<()> {
        let id = renewed.id.clone();
        self.known().connections.insert(id, renewed.clone());
        Ok(())
    }

    async fn authenticate(
        &self,
        id: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        Ok(self.known().claim(id, identity, |connection| {
            connection.identity.is_none_or(|held| {
                held.user_id == identity.user_id && held.expires_at < identity.expires_at
            })
        }))
    }

    async fn initialise(
        &self,
        id: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        Ok(self.known().claim(id, identity, |connection| {
            !std::mem::replace(&mut connection.is_initialised, true)
        }))
    }

    async fn connections_of(&self, user: UserId) -> Result<Vec<KnownConnection>> {
        let known = self.known();
        let owned = known.owned.iter();
        let owned = owned.filter(|(owner, _)| owner.is_none_or(|owner| owner == user));
        Ok(owned.map(|(_, connection)| connection.clone()).collect())
    }

    async fn remove_connection(&self, id: &ConnectionId) -> Result<()> {
        let mut known = self.known();
        works(known.faults.connection_removals)?;
        known.closed.push(id.clone());
        if known.connections.remove(id).is_some() {
            known.subscriptions.clear();
        }
        known.remove_entries(|entry| entry.connection == *id);
        Ok(())
    }
}

#[async_trait]
impl Subscriptions for MemoryFeed {
    async fn add_subscription(
        &self,
        connection: &Connection,
        subscription: &Subscription,
    ) -> Result<Added> {
        let store_ms = self.known().faults.store_ms;
        sleep(Duration::from_millis(store_ms)).await;
        let mut known = self.known();
        if !known.connections.contains_key(&connection.id) {
            return Ok(Added::NoConnection);
        }
        if known.ended.contains(&subscription.id) {
            return Ok(Added::Ended);
        }
        if known.subscriptions.contains_key(&subscription.id) {
            return Ok(Added::Duplicate);
        }
        if known.subscriptions.len() as u64 == MAX_SUBSCRIPTIONS {
            return Ok(Added::TooMany);
        }
        let id = subscription.id.clone();
        known.subscriptions.insert(id, subscription.clone());
        Ok(Added::Stored)
    }

    async fn go_live(&self, _: &Connection, _: UserId, live: &Subscription) -> Result<bool> {
        let live_ms = self.known().faults.live_ms;
        sleep(Duration::from_millis(live_ms / 2)).await;
        let is_stored = {
            let mut known = self.known();
            let stored = known.subscriptions.get_mut(&live.id);
            let is_stored = stored.map(|stored| stored.clone_from(live)).is_some();
            if is_stored {
                known.live.insert(live.id.clone());
            }
            is_stored
        };
        sleep(Duration::from_millis(live_ms.div_ceil(2))).await;
        Ok(is_stored)
    }

    async fn remove_subscription(&self, to: &ConnectionId, id: &SubscriptionId) -> Result<bool> {
        let mut known = self.known();
        works(known.faults.subscription_removals)?;
        let is_entry = |entry: &AudienceEntry| (&entry.connection, &entry.subscription) == (to, id);
        let had_entries = known.remove_entries(is_entry);
        known.live.remove(id);
        let is_removed = known.subscriptions.remove(id).is_some() || had_entries;
        if is_removed {
            known.removed.push((to.clone(), id.clone()));
        }
        Ok(is_removed)
    }

    async fn note_end(&self, _: &ConnectionId, id: &SubscriptionId, _: u64) -> Result<()> {
        self.known().ended.push(id.clone());
        Ok(())
    }

    async fn clear_end(&self, _: &ConnectionId, id: &SubscriptionId) -> Result<()> {
        self.known().ended.retain(|ended| ended != id);
        Ok(())
    }

    async fn subscriptions(&self, _: &ConnectionId) -> Result<Vec<Subscription>> {
        Ok(self.known().subscriptions.values().cloned().collect())
    }

    async fn store_operation(&self, operation: &Operation, _: u64) -> Result<()> {
        let (key, text) = (operation.key, operation.text.clone());
        self.known().stored.insert(key, text);
        Ok(())
    }

    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
        let mut known = self.known();
        works(known.faults.operations)?;
        known.reads.push(keys.to_vec());
        let find = |key: &OperationKey| {
            let text = known.stored.get(key)?.clone();
            Some(Operation { key: *key, text })
        };
        Ok(keys.iter().filter_map(find).collect())
    }

    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        let mut known = self.known();
        works(known.faults.audience)?;
        known.version_checks.push(shards.to_vec());
        let version = |shard| Some((shard, known.audience.get(&shard)?.0));
        Ok(shards.iter().copied().filter_map(version).collect())
    }

    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        let mut known = self.known();
        works(known.faults.audience)?;
        known.shard_reads.push(shard);
        let entries = known.audience.get(&shard);
        Ok(entries.map(|(_, all)| all.clone()).unwrap_or_default())
    }
}

#[async_trait]
impl FindUsers for MemoryFeed {
    async fn unknown_users(&self, asked: &[UserId]) -> Result<Vec<UserId>> {
        let known = self.known();
        let unknown = asked.iter().filter(|user| !known.users.contains(user));
        Ok(unknown.copied().collect())
    }

    async fn all_users(&self, limit: usize) -> Result<Option<Vec<UserId>>> {
        // Nobody is there before registering.
        let now_ms = self.now_ms();
        let mut known = self.known();
        known.roster_reads += 1;
        let users = known.users.iter().copied();
        let users: Vec<_> = users
            .filter(|user| user.registered_at_ms() <= now_ms)
            .collect();
        Ok((users.len() <= limit).then_some(users))
    }
}

#[async_trait]
impl TrackDelivery for MemoryFeed {
    async fn record_published(&self, published: &PublishedTick) -> Result<()> {
        let mut known = self.known();
        works(known.faults.progress)?;
        known.progress.published.push(published.clone());
        Ok(())
    }

    async fn record_delivered(&self, delivered: &[PartitionPosition]) -> Result<()> {
        let mut known = self.known();
        works(known.faults.progress)?;
        let kept = &mut known.progress.delivered;
        kept.retain(|at| !delivered.iter().any(|new| new.partition == at.partition));
        kept.extend_from_slice(delivered);
        Ok(())
    }

    async fn progress(&self) -> Result<DeliveryProgress> {
        let known = self.known();
        works(known.faults.progress)?;
        Ok(known.progress.clone())
    }
}
