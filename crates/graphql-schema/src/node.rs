use async_graphql::{ID, Interface};

use crate::alert::Alert;
use crate::snapshot::Snapshot;
use crate::user::User;

/// What has an id that nothing else has, so that a client can ask for it again by that alone: Relay's object identification
/// (<https://relay.dev/graphql/objectidentification.htm>).
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id."))]
pub(crate) enum Node {
    User(User),
    Snapshot(Snapshot),
    Alert(Alert),
}
