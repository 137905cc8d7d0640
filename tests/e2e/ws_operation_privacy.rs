use e2e::{ComingAlert, Operations, Session, Stack, User};
use serde_json::{Value, json};

use crate::ws_operation::{unique_id, wait_until_stored};

const SAVED: &str = "subscription { onSnapshotSaved { id } }";
const FIRED: &str = "subscription { onAlert { id tick price } }";

/// A connection that is told of its user's snapshots (`saved`) and alerts (`fired`).
struct Listener {
    user: User,
    operations: Operations,
    saved: String,
    fired: String,
}

impl Listener {
    async fn of(stack: &Stack, user: User) -> Self {
        let mut listener = Self {
            operations: Operations::connect(stack, &user.token).await.unwrap(),
            user,
            saved: unique_id("saved"),
            fired: unique_id("fired"),
        };
        for (id, query) in [(&listener.saved, SAVED), (&listener.fired, FIRED)] {
            listener
                .operations
                .subscribe(id, query, json!({}))
                .await
                .unwrap();
        }
        for id in [&listener.saved, &listener.fired] {
            wait_until_stored(stack, id, true).await;
        }
        listener
    }

    /// Saves a snapshot and asserts that it is the next thing that is told, if only more than once.
    async fn assert_told_of_own_snapshot(&mut self, session: &Session) {
        let asked = session.save_snapshot(&self.user).await.unwrap();
        let told = self.operations.socket.next().await.unwrap();
        assert_eq!(told["id"], *self.saved, "{told}");
        assert_eq!(
            told["payload"]["data"]["onSnapshotSaved"]["id"],
            asked["snapshot_id"]
        );
    }
}

async fn admin(stack: &Stack, session: &Session) -> User {
    let mut user = session.new_user().await.unwrap();
    stack.grant_admin(&user.email).unwrap();
    user.token = session.log_in(&user.email, &user.password).await.unwrap();
    user
}

#[tokio::test]
async fn snapshots_and_alerts_of_others_reach_nobody_not_even_admins() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let grace = session.new_user().await.unwrap();
    let root = admin(stack, &session).await;
    let mut others = [
        Listener::of(stack, grace).await,
        Listener::of(stack, root).await,
    ];
    let mut tries = 0..10;
    let (mut ada, alert) = loop {
        tries.next().expect("nobody's price crosses anything soon");
        let user = session.new_user().await.unwrap();
        stack.mail_to(&user.email, "Welcome").await.unwrap();
        let listener = Listener::of(stack, user.clone()).await;
        let alert = ComingAlert::of(stack, &session, user, "email").await;
        if let Some(alert) = alert.unwrap() {
            break (listener, alert);
        }
    };
    ada.assert_told_of_own_snapshot(&session).await;
    let told = ada.operations.next_of(&ada.fired.clone()).await.unwrap();
    let expected =
        json!({"id": alert.id, "tick": alert.tick.get(), "price": alert.price.to_string()});
    assert_eq!(told["payload"], json!({"data": {"onAlert": expected}}));
    for other in &mut others {
        let sent = other.operations.sent_so_far().await.unwrap();
        assert_eq!(sent, Vec::<Value>::new());
        // They do listen.
        other.assert_told_of_own_snapshot(&session).await;
    }
}
