use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{PriceModel, Shareholder, Tick, UserId};

/// Every shareholder that this process ticks, in memory.
#[derive(Debug)]
pub struct Roster {
    model: PriceModel,
    members: Vec<Member>,
    positions: HashMap<UserId, u32>,
    /// Who was deleted. They never come back, whatever is read from an index that lags behind.
    deleted: HashSet<UserId>,
    /// The first tick that is published from this roster.
    starts_at: Tick,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    shareholder: Shareholder,
    /// The first tick published for this shareholder from this roster, if not the roster's first.
    covered_from: Option<Tick>,
}

impl Roster {
    /// An empty roster.
    #[must_use]
    pub fn new(model: PriceModel) -> Self {
        Self {
            model,
            members: Vec::new(),
            positions: HashMap::new(),
            deleted: HashSet::new(),
            starts_at: Tick(0),
        }
    }

    /// How many shareholders there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Everybody.
    pub fn shareholders(&self) -> impl Iterator<Item = &Shareholder> {
        self.members.iter().map(|member| &member.shareholder)
    }

    /// Adds shareholders who are covered from the roster's first tick on. Those already known stay as they
    /// are.
    pub fn extend(&mut self, users: impl IntoIterator<Item = UserId>) {
        for user_id in users {
            self.position_of(user_id, None);
        }
    }

    /// Removes users who were deleted, for good. Returns how many of them were shareholders until now.
    pub fn remove(&mut self, users: impl IntoIterator<Item = UserId>) -> usize {
        let known = self.members.len();
        for user_id in users {
            self.deleted.insert(user_id);
            let Some(position) = self.positions.remove(&user_id) else {
                continue;
            };
            self.members.swap_remove(position as usize);
            if let Some(moved) = self.members.get(position as usize) {
                self.positions.insert(moved.shareholder.user_id(), position);
            }
        }
        known - self.members.len()
    }

    /// Says which tick is the first to be published from this roster.
    pub(super) fn start_at(&mut self, tick: Tick) {
        self.starts_at = tick;
    }

    /// Makes sure that a shareholder is a member whose ticks from `owed_from` to `last`, all over, are
    /// covered; what is missing of them is returned, to be published. `None` if the user was deleted.
    pub(super) fn admit(
        &mut self,
        user_id: UserId,
        owed_from: Tick,
        last: Tick,
    ) -> Option<Admission> {
        let known = self.members.len();
        let position = self.position_of(user_id, Some(last.next()))?;
        let member = &mut self.members[position];
        let first = owed_from.max(member.shareholder.first_published_tick());
        let covered_from = member.covered_from.unwrap_or(self.starts_at);
        member.covered_from = Some(covered_from.min(first));
        Some(Admission {
            shareholder: member.shareholder,
            owed: first..covered_from.min(last.next()),
            is_new: position == known,
        })
    }

    /// Where a user is in the roster, from now on if not before; nowhere if they were deleted.
    fn position_of(&mut self, user_id: UserId, covered_from: Option<Tick>) -> Option<usize> {
        if let Some(&position) = self.positions.get(&user_id) {
            return Some(position as usize);
        }
        if self.deleted.contains(&user_id) {
            return None;
        }
        let position = self.members.len();
        let shareholder = self.model.shareholder(user_id);
        self.members.push(Member {
            shareholder,
            covered_from,
        });
        let number = u32::try_from(position).expect("BUG: 2^32 shareholders don't fit memory");
        self.positions.insert(user_id, number);
        Some(position)
    }
}

/// A shareholder who came in between two ticks.
pub(super) struct Admission {
    pub(super) shareholder: Shareholder,
    /// The ticks that are over and were not published for this shareholder; may be empty.
    pub(super) owed: Range<Tick>,
    /// Whether the roster has just met the shareholder.
    pub(super) is_new: bool,
}

/// The roster, whoever holds it. No holder leaves it half changed, so a poisoned lock is as good as any.
pub(super) fn lock(roster: &Mutex<Roster>) -> MutexGuard<'_, Roster> {
    roster.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
