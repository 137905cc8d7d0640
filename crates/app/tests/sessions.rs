use std::sync::Arc;

use app::sessions::*;
use app::users::*;
use app::{Error, Result};
use domain::session::{RefreshClaim, Session, SessionId};
use domain::user::{Email, Name, Password};
use domain::{Network, PriceModel, UserId};
use store::users::DynamoUserStore;
use test_kit::{TestDatabase, TestTokens, current_user, user_id};

const NOW: u64 = 1_767_225_600_000;
const PASSWORD: &str = "correct horse battery";
const ADA: &str = "ada@example.com";

/// A store with Ada, who has registered.
struct Stage {
    store: Arc<DynamoUserStore>,
    sessions: UserSessions,
    ada: UserId,
}

async fn stage() -> Stage {
    let store = Arc::new(TestDatabase::start().await.users());
    let ada = user_id(NOW, 5);
    let registration = Registration {
        name: Name::parse("Ada").unwrap(),
        email: Email::parse(ADA).unwrap(),
        phone: None,
        password: Password::parse(PASSWORD).unwrap(),
    };
    let prices = PriceModel::new(&[1; 32]);
    register_user(&*store, &prices, registration, ada)
        .await
        .unwrap();
    let sessions = UserSessions {
        store: store.clone(),
        users: store.clone(),
        tokens: Arc::new(TestTokens),
    };
    Stage {
        store,
        sessions,
        ada,
    }
}

fn id(n: u8) -> SessionId {
    SessionId::generate(NOW, &[n; 10])
}

impl Stage {
    async fn begin(&self, n: u8) -> RefreshClaim {
        self.sessions.begin(self.ada, id(n), NOW).await.unwrap()
    }

    async fn caller(&self) -> CurrentUser {
        let store = DynamoUserStore::clone(&self.store);
        current_user(store, &self.ada.to_string()).await.unwrap()
    }

    async fn active(&self) -> Vec<SessionId> {
        let sessions = self.sessions.list(&self.caller().await, NOW).await;
        let ids = sessions
            .unwrap()
            .into_iter()
            .map(|session: Session| session.id);
        ids.collect()
    }

    async fn log_in(&self, password: &str) -> Result<LoggedIn> {
        let credentials = Credentials {
            email: Email::parse(ADA).unwrap(),
            password: password.to_owned(),
            network: Network::of([203, 0, 113, 1].into()),
        };
        let store = &*self.store;
        login_user(store, store, &TestTokens, credentials, NOW).await
    }

    async fn change_password(&self, current: &str, kept: Option<SessionId>) -> Result<()> {
        let passwords = ChangePassword {
            users: self.store.clone(),
            attempts: self.store.clone(),
            store: self.store.clone(),
        };
        let wanted = NewPassword {
            current: current.to_owned(),
            new: Password::parse("staple of another battery").unwrap(),
            network: Network::of([203, 0, 113, 2].into()),
            session: kept,
        };
        passwords.change(&self.caller().await, wanted, NOW).await
    }
}

#[tokio::test]
async fn a_session_goes_on_from_token_to_token() {
    let stage = stage().await;
    let mut claim = stage.begin(1).await;
    for counter in 1..4 {
        let refreshed = stage.sessions.refresh(claim, NOW).await.unwrap();
        assert_eq!(refreshed.claim.counter, counter);
        assert_eq!(refreshed.access.token, stage.ada.to_string());
        claim = refreshed.claim;
    }
    assert_eq!(stage.active().await, [id(1)]);
}

#[tokio::test]
async fn tabs_that_refresh_at_once_get_the_same_token() {
    let stage = stage().await;
    let claim = stage.begin(1).await;
    let refresh = || stage.sessions.refresh(claim, NOW);
    let (one, two, three) = tokio::join!(refresh(), refresh(), refresh());
    for refreshed in [one, two, three] {
        assert_eq!(refreshed.unwrap().claim.counter, 1);
    }
}

#[tokio::test]
async fn a_token_that_is_used_again_later_ends_its_session() {
    let stage = stage().await;
    let (stolen, other) = (stage.begin(1).await, stage.begin(2).await);
    let newest = stage.sessions.refresh(stolen, NOW).await.unwrap().claim;
    let later = NOW + 60_000;
    for claim in [stolen, newest] {
        let refused = stage.sessions.refresh(claim, later).await;
        assert!(matches!(refused, Err(Error::SessionEnded)));
    }
    assert!(stage.sessions.refresh(other, later).await.is_ok());
    assert_eq!(stage.active().await, [id(2)]);
}

#[tokio::test]
async fn sessions_are_ended_by_their_token_by_their_id_and_all_at_once() {
    let stage = stage().await;
    let mut claims = Vec::new();
    for n in 1..=4 {
        claims.push(stage.begin(n).await);
    }
    for _ in 0..2 {
        stage.sessions.log_out(claims[0]).await.unwrap();
    }
    assert_eq!(stage.active().await, [id(2), id(3), id(4)]);
    let caller = stage.caller().await;
    let end = async |id: &str| stage.sessions.end_one(&caller, id).await;
    end(&id(2).to_string()).await.unwrap();
    for unknown in [id(2).to_string(), id(9).to_string(), "nonsense".to_owned()] {
        let refused = end(&unknown).await;
        assert!(matches!(refused, Err(Error::SessionNotFound)), "{unknown}");
    }
    for _ in 0..2 {
        stage.sessions.end_all(&caller).await.unwrap();
    }
    assert_eq!(stage.active().await, []);
    let refused = stage.sessions.refresh(claims[3], NOW).await;
    assert!(matches!(refused, Err(Error::SessionEnded)));
}

#[tokio::test]
async fn sessions_go_with_their_user() {
    let stage = stage().await;
    let claim = stage.begin(1).await;
    let deletion = Deletion {
        user_id: stage.ada,
        deleted_at_ms: NOW,
    };
    assert!(stage.store.delete_account(&deletion).await.unwrap());
    assert_eq!(
        stage.store.sessions(stage.ada).await.unwrap(),
        KeptSessions::default()
    );
    let refused = stage.sessions.refresh(claim, NOW).await;
    assert!(matches!(refused, Err(Error::SessionEnded)));
    let refused = stage.sessions.begin(stage.ada, id(2), NOW).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(_))));
    stage.sessions.log_out(claim).await.unwrap();
    assert_eq!(
        stage.store.sessions(stage.ada).await.unwrap(),
        KeptSessions::default()
    );
}

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let stage = stage().await;
    let kept = stage.begin(1).await;
    stage.begin(2).await;
    let changed = stage.change_password(PASSWORD, Some(kept.session));
    changed.await.unwrap();
    assert_eq!(stage.active().await, [id(1)]);
    assert!(stage.log_in("staple of another battery").await.is_ok());
    let refused = stage.log_in(PASSWORD).await;
    assert!(matches!(refused, Err(Error::InvalidCredentials)));
    assert!(stage.sessions.refresh(kept, NOW).await.is_ok());
}

#[tokio::test]
async fn a_wrong_password_changes_nothing_and_is_counted() {
    let stage = stage().await;
    stage.begin(1).await;
    for _ in 0..5 {
        let refused = stage.change_password("a wrong password", None).await;
        assert!(matches!(refused, Err(Error::WrongPassword)), "{refused:?}");
    }
    let refused = stage.change_password(PASSWORD, None).await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
    assert_eq!(stage.active().await, [id(1)]);
    assert!(stage.log_in(PASSWORD).await.is_ok());
}

#[tokio::test]
async fn of_two_changes_of_a_password_one_counts() {
    let stage = stage().await;
    let change = || stage.change_password(PASSWORD, None);
    let (one, two) = tokio::join!(change(), change());
    let done = [&one, &two].into_iter().filter(|changed| changed.is_ok());
    assert_eq!(done.count(), 1, "{one:?} {two:?}");
}
