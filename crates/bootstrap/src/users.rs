//! What finds, deletes and erases users.

use std::sync::Arc;

use api::close_notice;
use app::sessions::{ChangePassword, UserSessions};
use app::users::{Authenticator, DeleteUser, EraseEverywhere, EraseUser, EraseUsers};
use feed::{Answering, EraseConnections};
use messaging::push::PushClient;
use store::feed::DynamoAlerts;
use store::snapshots::DynamoSnapshots;
pub use store::users::DynamoUserStore;

use crate::clients::Clients;
use crate::clock::SystemClock;
use crate::config::Tables;
use crate::live;
use crate::secrets::TokenKeys;

/// The users table: profiles, logins, sessions and failed attempts.
#[must_use]
pub fn store(clients: &Clients, tables: &Tables) -> DynamoUserStore {
    DynamoUserStore::new(clients.dynamodb(), tables.users.clone())
}

/// Verifies tokens of users who still exist.
#[must_use]
pub fn authenticator(clients: &Clients, tables: &Tables, tokens: Arc<TokenKeys>) -> Authenticator {
    Authenticator {
        users: Arc::new(store(clients, tables)),
        tokens: Box::new(tokens),
    }
}

/// Begins, continues and ends sessions, with tokens that `tokens` issues.
#[must_use]
pub fn user_sessions(clients: &Clients, tables: &Tables, tokens: Arc<TokenKeys>) -> UserSessions {
    let store = Arc::new(store(clients, tables));
    UserSessions {
        store: Arc::<DynamoUserStore>::clone(&store),
        users: store,
        tokens: Arc::new(tokens),
    }
}

/// Changes passwords.
#[must_use]
pub fn change_password(clients: &Clients, tables: &Tables) -> ChangePassword {
    let store = Arc::new(store(clients, tables));
    ChangePassword {
        users: Arc::<DynamoUserStore>::clone(&store),
        attempts: Arc::<DynamoUserStore>::clone(&store),
        store,
    }
}

/// Deletes users. Their connections that are `answering` are closed once they have answered.
#[must_use]
pub fn delete_user(
    clients: &Clients,
    tables: &Tables,
    push: PushClient,
    answering: Answering,
) -> DeleteUser {
    DeleteUser {
        users: Arc::new(store(clients, tables)),
        places: erasers(clients, tables, push, answering),
    }
}

/// Finishes the erasure of deleted users.
#[must_use]
pub fn erase_users(clients: &Clients, tables: &Tables, push: PushClient) -> EraseUsers {
    EraseUsers {
        clock: Arc::new(SystemClock),
        users: Arc::new(store(clients, tables)),
        places: erasers(clients, tables, push, Answering::default()),
    }
}

/// One for every place but the users table where something is kept of users.
fn erasers(
    clients: &Clients,
    tables: &Tables,
    push: PushClient,
    answering: Answering,
) -> Box<dyn EraseUser> {
    let feed = live::store(clients, tables);
    let connections = EraseConnections {
        connections: Arc::new(feed.clone()),
        push: Arc::new(push),
        notice: close_notice::account_deleted(),
        answering,
    };
    let snapshots = DynamoSnapshots::new(clients.dynamodb(), tables.snapshots.clone());
    Box::new(EraseEverywhere(vec![
        Box::new(connections),
        Box::new(DynamoAlerts::new(feed)),
        Box::new(snapshots),
    ]))
}
