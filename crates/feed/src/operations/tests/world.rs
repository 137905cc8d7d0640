//! The stage of the session's tests, with words for what operations say.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::Result;
use crate::frame::Frame;
use crate::operations::{Control, ControlPorts, EncodeControl, Operations, RunPorts, Violated};
use crate::session::tests::stage::{Event, Stage, World, connection_id, model};
use crate::session::{Connection, HoldConnection as _, Message, Protocol, Refusal, SubscriptionId};
use crate::{
    EncodeOperations, ExecuteOperations, Executed, LiveEvent, Operation, OperationKey,
    StoreOperations,
};

/// Says in few words what is sent.
struct Words;

impl EncodeControl for Words {
    fn acknowledged(&self) -> Message {
        Message("ack".to_owned())
    }

    fn pong(&self, payload: Option<&str>) -> Message {
        Message(format!("pong {}", payload.unwrap_or("-")))
    }

    fn complete(&self, id: &SubscriptionId) -> Message {
        Message(format!("complete {id}"))
    }

    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Message {
        Message(format!("refused {id}: {refusal}"))
    }

    fn violated(&self, Violated { id, violation }: &Violated) -> Message {
        let id = id.as_deref().unwrap_or("-");
        Message(format!("{} {id}", violation.close_code()))
    }
}

impl EncodeOperations for Words {
    fn next(&self, id: &SubscriptionId, result: &Bytes) -> Frame {
        let result = String::from_utf8_lossy(result);
        Frame::new(format!("next {id} {result}"))
    }

    fn error(&self, id: &SubscriptionId, errors: &Bytes) -> Frame {
        let errors = String::from_utf8_lossy(errors);
        Frame::new(format!("error {id} {errors}"))
    }

    fn lost(&self, id: &SubscriptionId) -> Frame {
        Frame::new(format!("lost {id}"))
    }

    fn expired(&self, id: &SubscriptionId) -> Vec<Frame> {
        vec![
            Frame::new(format!("expired {id}")),
            Frame::new(format!("complete {id}")),
        ]
    }
}

/// A result is the ticks that the event is about, and whether it is replayed.
struct Executor;

#[async_trait]
impl ExecuteOperations for Executor {
    async fn execute(&self, _: &Operation, event: &LiveEvent) -> Executed {
        let result = match event {
            LiveEvent::Prices { prices, replay } => {
                let kind = if replay.is_some() { "replayed" } else { "now" };
                format!("{kind} {} {}", prices.tick, prices.prices.len())
            }
            LiveEvent::Market { summary, .. } => format!("market {}", summary.tick),
            other => format!("{other:?}"),
        };
        Executed::Results(vec![result.into()])
    }
}

#[async_trait]
impl StoreOperations for Stage {
    async fn store_operation(&self, _: &Operation, _: u64) -> Result<()> {
        Ok(())
    }
}

pub(super) fn operation() -> Operation {
    Operation {
        key: OperationKey([7; 32]),
        text: "{ it }".to_owned(),
    }
}

pub(super) fn id(text: &str) -> SubscriptionId {
    SubscriptionId::parse(text).unwrap()
}

/// A stage whose connection speaks the protocol, and was or was not initialised.
pub(super) fn stage(is_initialised: bool) -> Arc<Stage> {
    let (stage, _) = Stage::new(0, World::default());
    change(&stage, |connection| {
        connection.protocol = Protocol::GraphqlTransportWs;
        connection.is_initialised = is_initialised;
        if !is_initialised {
            connection.identity = None;
        }
    });
    stage
}

pub(super) fn change(stage: &Stage, change: impl FnOnce(&mut Connection)) {
    change_connection(stage.connection.lock().unwrap().as_mut().unwrap(), change);
}

fn change_connection(connection: &mut Connection, change: impl FnOnce(&mut Connection)) {
    change(connection);
}

pub(super) async fn counted(stage: &Stage) -> Connection {
    let counted = stage.count_message(&connection_id()).await;
    counted.unwrap().expect("a connection")
}

pub(super) fn control(stage: &Arc<Stage>) -> Control {
    Control::new(ControlPorts {
        clock: stage.clone(),
        tokens: stage.clone(),
        connections: stage.clone(),
        subscriptions: stage.clone(),
        audience: stage.clone(),
        push: stage.clone(),
        encode: Arc::new(Words),
    })
}

pub(super) fn operations(stage: &Arc<Stage>) -> Operations {
    let ports = RunPorts {
        clock: stage.clone(),
        connections: stage.clone(),
        subscriptions: stage.clone(),
        operations: stage.clone(),
        audience: stage.clone(),
        users: stage.clone(),
        push: stage.clone(),
        execute: Arc::new(Executor),
        results: Arc::new(Words),
        encode: Arc::new(Words),
    };
    Operations::new(ports, model(), 10)
}

/// What the client was sent but for the last message; `closed` when its connection was closed.
pub(super) fn pushed(stage: &Stage) -> Vec<String> {
    let said = |event| match event {
        Event::Pushed(text) => Some(text),
        Event::Closed => Some("closed".to_owned()),
        Event::Reply(_) | Event::Live(_) => None,
    };
    stage.events().into_iter().filter_map(said).collect()
}

pub(super) fn text(message: Option<Message>) -> Option<String> {
    message.map(|Message(text)| text)
}
