//! The stage of the session's tests, on a connection that speaks the protocol of operations.

use crate::answering::Answering;
use crate::connection::{Connection, Connections as _, Protocol};
use crate::fakes::Faults;
use crate::frame::Frame;
use crate::operations::{Control, Operations};
use crate::session::tests::stage::{Event, Stage, connection_id, market};

/// A stage whose connection was or was not initialised.
pub(super) fn stage(is_initialised: bool) -> Stage {
    let (stage, _) = Stage::new(0, Faults::default());
    stage.change(|connection| {
        connection.protocol = Protocol::GraphqlTransportWs;
        connection.is_initialised = is_initialised;
        if !is_initialised {
            connection.identity = None;
        }
    });
    stage
}

pub(super) async fn counted(stage: &Stage) -> Connection {
    let counted = stage.feed.count_message(&connection_id()).await;
    counted.unwrap().expect("a connection")
}

pub(super) fn control(stage: &Stage) -> Control {
    Control::new(stage.feed.ports(), stage.feed.clone())
}

pub(super) fn operations(stage: &Stage) -> Operations {
    operations_beside(stage, Answering::default())
}

/// Operations of which some close connections.
pub(super) fn operations_beside(stage: &Stage, answering: Answering) -> Operations {
    let feed = &stage.feed;
    Operations::new(feed.ports(), feed.clone(), market(feed), answering)
}

/// What the client was sent but for the last frame; `closed` when its connection was closed.
pub(super) fn pushed(stage: &Stage) -> Vec<String> {
    let said = |event| match event {
        Event::Pushed(text) => Some(text),
        Event::Closed => Some("closed".to_owned()),
        Event::Reply(_) | Event::Live(_) => None,
    };
    stage.events().into_iter().filter_map(said).collect()
}

pub(super) fn text(frame: Option<Frame>) -> Option<String> {
    frame.map(|frame| frame.text().trim_end().to_owned())
}
