use app::Result;
use app::sessions::{KeptSessions, PasswordReplacement, SessionStore, Written};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::UserId;
use domain::session::{Session, SessionId, Sessions};
use dynamodb::{IntoWrite as _, number, read, text, write};
use serde::{Deserialize, Serialize};

use super::DynamoUserStore;
use super::items::{key, login_pk, profile_pk};
use crate::fault::fault;

/// All sessions of a user: there are few, and each change is about one of them.
#[derive(Serialize, Deserialize)]
struct SessionsItem {
    pk: String,
    version: u64,
    /// When the last of them has ended.
    expires_at: u64,
    sessions: Vec<SessionEntry>,
}

#[derive(Serialize, Deserialize)]
struct SessionEntry {
    #[serde(with = "crate::attributes::text")]
    id: SessionId,
    counter: u32,
    used_at: u64,
}

pub(super) fn sessions_pk(id: UserId) -> String {
    format!("sessions#{id}")
}

#[async_trait]
impl SessionStore for DynamoUserStore {
    async fn sessions(&self, user: UserId) -> Result<KeptSessions> {
        let item = self.table.get(key(sessions_pk(user))).await;
        let Some(item) = item.map_err(fault)? else {
            return Ok(KeptSessions::default());
        };
        let item: SessionsItem = read("reading sessions", item).map_err(fault)?;
        let session = |entry: SessionEntry| Session {
            id: entry.id,
            counter: entry.counter,
            used_at_ms: entry.used_at,
        };
        Ok(KeptSessions {
            sessions: Sessions::new(item.sessions.into_iter().map(session).collect()),
            version: item.version,
        })
    }

    async fn keep_sessions(&self, user: UserId, sessions: &KeptSessions) -> Result<Written> {
        let profile = self
            .table
            .checking(key(profile_pk(user)))
            .condition_expression("attribute_exists(pk)");
        let writes = [profile.into_write(), self.put_sessions(user, sessions)];
        let refused = self.table.transact(writes).await.map_err(fault)?;
        Ok(match refused {
            None => Written::Done,
            Some(refused) if refused.by(0).is_some() => Written::UserGone,
            Some(_) => Written::Overtaken,
        })
    }

    async fn replace_password(
        &self,
        user: UserId,
        sessions: &KeptSessions,
        password: &PasswordReplacement,
    ) -> Result<Written> {
        // The login goes with the user, so it needs no check of the profile.
        let login = self
            .table
            .updating(key(login_pk(&password.email)))
            .update_expression("SET password_hash = :new")
            .condition_expression("user_id = :user AND password_hash = :seen")
            .expression_attribute_values(":user", text(user.to_string()))
            .expression_attribute_values(":seen", text(&password.seen_hash))
            .expression_attribute_values(":new", text(&password.new_hash));
        let writes = [login.into_write(), self.put_sessions(user, sessions)];
        let refused = self.table.transact(writes).await.map_err(fault)?;
        Ok(match refused {
            None => Written::Done,
            Some(_) => Written::Overtaken,
        })
    }
}

impl DynamoUserStore {
    fn put_sessions(&self, user: UserId, kept: &KeptSessions) -> TransactWriteItem {
        let all = kept.sessions.all();
        let entry = |session: &Session| SessionEntry {
            id: session.id,
            counter: session.counter,
            used_at: session.used_at_ms,
        };
        let item = SessionsItem {
            pk: sessions_pk(user),
            version: kept.version + 1,
            expires_at: all.iter().map(Session::ends_at_ms).max().unwrap_or(0) / 1000,
            sessions: all.iter().map(entry).collect(),
        };
        let put = self.table.putting(write(&item));
        if kept.version == 0 {
            return put
                .condition_expression("attribute_not_exists(pk)")
                .into_write();
        }
        put.condition_expression("version = :seen")
            .expression_attribute_values(":seen", number(kept.version))
            .into_write()
    }
}
