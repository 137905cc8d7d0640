use domain::Network;

use super::stage::{operations, stage};
use crate::execution::Executed;
use crate::fakes::subscription_id as id;
use crate::operations::{OperationMessage, Planned};
use crate::session::tests::stage::connection_id;

type Once = std::future::Ready<crate::Result<Executed>>;

#[tokio::test]
async fn who_plans_is_told_where_the_connection_was_opened() {
    let stage = stage(true);
    let network = Network::of([203, 0, 113, 1].into());
    let connection = connection_id();
    {
        let mut known = stage.feed.known();
        let opened = known.connections.get_mut(&connection).unwrap();
        opened.network = Some(network.clone());
    }
    let message = OperationMessage {
        id: id("s"),
        request: (),
    };
    let plan = |(), _, told| {
        assert_eq!(told, Some(network.clone()));
        std::future::ready(Planned::<Once>::Impossible("[]".into()))
    };
    let last = operations(&stage)
        .receive(&connection, Ok(message), plan)
        .await;
    assert!(last.is_some());
}
