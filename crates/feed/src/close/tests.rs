use std::sync::Arc;

use super::*;
use crate::connection::KnownConnection;
use crate::fakes::{Behaviour, MemoryFeed, connection};

#[tokio::test]
async fn every_connection_is_told_closed_and_removed_whatever_becomes_of_the_others() {
    let feed = Arc::<MemoryFeed>::default();
    for id in ["stubborn", "open", "dead"] {
        feed.open(id, None);
    }
    let other = KnownConnection {
        id: connection("other"),
        protocol: Protocol::GraphqlTransportWs,
    };
    feed.known().owned.push((None, other));
    feed.behave("stubborn", Behaviour::StaysOpen);
    feed.behave("dead", Behaviour::Gone);
    let erase = EraseConnections {
        connections: Arc::<MemoryFeed>::clone(&feed),
        push: Arc::<MemoryFeed>::clone(&feed),
        notice: CloseNotice {
            raw_feed: Frame::new("bye\n"),
            operations: Frame::new("error\n"),
        },
        answering: Answering::default(),
    };
    let user = UserId::generate(1, &[1; 10]);
    let error = erase.close_all(user).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");

    for (id, notice) in [("open", "bye"), ("other", "error"), ("stubborn", "bye")] {
        assert_eq!(feed.take(id), [notice, "closed"]);
    }
    assert_eq!(feed.take("dead"), ["closed"]);
    // What could not be closed is not removed: so it is found again.
    let mut removed = feed.known().closed.clone();
    removed.sort();
    assert_eq!(removed, ["dead", "open", "other"].map(connection));
}
