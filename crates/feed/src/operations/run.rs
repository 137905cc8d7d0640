use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{PriceModel, Tick};

use super::closing::Closing;
use super::replies::{OperationReplies, message};
use super::{EncodeControl, Violated, Violation};
use crate::Authenticated;
use crate::Causes;
use crate::Clock;
use crate::frame::Frame;
use crate::session::{
    Connection, Fault, FindUsers, HoldConnection, Message, Pace, Protocol, Refusal, SEND_BUDGET,
    StoreSubscriptions, Subscriber, Subscription, SubscriptionId, SubscriptionRequest, Watch, pace,
};
use crate::{
    ConnectionId, EncodeOperations, ExecuteOperations, Executed, LiveOperation, Operation,
    PushMessages, ReadAudience, StoreOperations,
};

/// The longest message that API Gateway sends, in bytes
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>).
const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// Everything that running operations needs from outside.
pub struct RunPorts {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// What is known about connections.
    pub connections: Arc<dyn HoldConnection>,
    /// Their subscriptions.
    pub subscriptions: Arc<dyn StoreSubscriptions>,
    /// What these execute.
    pub operations: Arc<dyn StoreOperations>,
    /// Where connections that have ended are removed.
    pub audience: Arc<dyn ReadAudience>,
    /// Who there is to subscribe to.
    pub users: Arc<dyn FindUsers>,
    /// How messages before the last one are sent.
    pub push: Arc<dyn PushMessages>,
    /// What executes subscriptions.
    pub execute: Arc<dyn ExecuteOperations>,
    /// How results are written.
    pub results: Arc<dyn EncodeOperations>,
    /// And all else.
    pub encode: Arc<dyn EncodeControl>,
}

/// Runs the operations of clients. Kept for the life of the process, since it remembers the users and how fast the store
/// is.
pub struct Operations {
    ports: RunPorts,
    closing: Closing,
    subscriber: Subscriber,
}

/// Whether an operation may begin.
#[derive(Debug)]
pub enum Admitted {
    /// It may, on this connection and as this user.
    Welcome(Connection, Authenticated),
    /// Another protocol is spoken on the connection.
    OtherProtocol,
    /// It may not; this is what the client is told, unless that is done already.
    Refused(Option<Message>),
}

impl Operations {
    /// Runs operations with these ports. `everyone_limit` is the largest number of users at which all of them can be
    /// subscribed to.
    #[must_use]
    pub fn new(ports: RunPorts, model: PriceModel, everyone_limit: usize) -> Self {
        let subscriber = Subscriber::new(
            Arc::clone(&ports.clock),
            Arc::clone(&ports.subscriptions),
            Arc::clone(&ports.users),
            model,
            everyone_limit,
        );
        let closing = Closing {
            audience: Arc::clone(&ports.audience),
            push: Arc::clone(&ports.push),
            encode: Arc::clone(&ports.encode),
        };
        Self {
            ports,
            closing,
            subscriber,
        }
    }

    /// Counts a message and says whether its operation may begin. `id` is the operation's, or what is wrong with the
    /// message.
    pub async fn admit(
        &self,
        connection: &ConnectionId,
        id: Result<&SubscriptionId, &Violated>,
    ) -> Admitted {
        match self.check(connection, id).await {
            Ok(admitted) => admitted,
            Err(fault) => Admitted::Refused(self.answer(connection, id.ok(), fault).await),
        }
    }

    async fn check(
        &self,
        id: &ConnectionId,
        operation: Result<&SubscriptionId, &Violated>,
    ) -> Result<Admitted, Fault> {
        let counted = self.ports.connections.count_message(id).await?;
        let connection = counted.ok_or(Fault::Unknown)?;
        if connection.protocol != Protocol::GraphqlTransportWs {
            return Ok(Admitted::OtherProtocol);
        }
        let pace = pace(&connection, &*self.ports.connections, &*self.ports.clock).await?;
        if pace == Pace::FarTooFast {
            return self.violated(id, Violation::RateLimited).await;
        }
        let operation = match operation {
            Ok(operation) => operation,
            Err(violated) => return self.violated(id, violated.clone()).await,
        };
        let (true, Some(identity)) = (connection.is_initialised, connection.identity) else {
            let violated = about(operation, Violation::Unauthorized);
            return self.violated(id, violated).await;
        };
        if pace == Pace::TooFast {
            return Err(Refusal::RateLimited.into());
        }
        if identity.expires_at * 1000 <= self.ports.clock.now_ms() {
            self.post(id, &self.ports.results.expired(operation))
                .await?;
            return Ok(Admitted::Refused(None));
        }
        Ok(Admitted::Welcome(connection, identity))
    }

    /// That an operation can't be executed, with a list of GraphQL errors.
    #[must_use]
    pub fn reject(&self, id: &SubscriptionId, errors: &Bytes) -> Message {
        message(&self.ports.results.error(id, errors))
    }

    /// That an operation is refused.
    #[must_use]
    pub fn refuse(&self, id: &SubscriptionId, refusal: &Refusal) -> Message {
        self.ports.encode.refused(id, refusal)
    }

    async fn violated(
        &self,
        connection: &ConnectionId,
        violated: impl Into<Violated>,
    ) -> Result<Admitted, Fault> {
        self.closing.close(connection, violated).await;
        Ok(Admitted::Refused(None))
    }

    /// Subscribes to an operation, and sends what comes before its first live event. The last message is returned.
    pub async fn subscribe(
        &self,
        connection: &Connection,
        identity: Authenticated,
        mut request: SubscriptionRequest,
        operation: &Operation,
    ) -> Option<Message> {
        let id = request.id.clone();
        request.operation = Some(LiveOperation {
            key: operation.key,
            expires_at: identity.expires_at,
        });
        let replies = OperationReplies {
            push: &*self.ports.push,
            execute: &*self.ports.execute,
            encode: &*self.ports.results,
            id: id.clone(),
            operation,
            replay: Mutex::default(),
        };
        let subscribed = async {
            let now_ms = self.ports.clock.now_ms();
            // First, so that no fan-out finds a subscription to something that it can't look up.
            self.ports
                .operations
                .store_operation(operation, now_ms)
                .await?;
            self.subscriber
                .subscribe(connection, identity.user_id, request, &replies)
                .await
        };
        match subscribed.await {
            Ok(last) => last,
            Err(fault) => self.answer(&connection.id, Some(&id), fault).await,
        }
    }

    /// Runs an operation that ends by itself. The last message is returned; there is none if the client has ended the
    /// operation meanwhile.
    pub async fn run_once(
        &self,
        connection: &Connection,
        identity: Authenticated,
        id: &SubscriptionId,
        run: impl Future<Output = crate::Result<Executed>> + Send,
    ) -> Option<Message> {
        match self.run(connection, identity, id, run).await {
            Ok(last) => last,
            Err(fault) => self.answer(&connection.id, Some(id), fault).await,
        }
    }

    async fn run(
        &self,
        connection: &Connection,
        identity: Authenticated,
        id: &SubscriptionId,
        run: impl Future<Output = crate::Result<Executed>> + Send,
    ) -> Result<Option<Message>, Fault> {
        let taken = Subscription {
            id: id.clone(),
            watch: Watch::Nothing,
            every: 1,
            live_from: Tick(0),
            operation: None,
        };
        let user = identity.user_id;
        let subscriptions = &self.ports.subscriptions;
        let added = subscriptions
            .add_subscription(connection, user, &taken)
            .await?;
        Fault::unless_stored(added)?;
        let executed = run.await;
        if !self.release(connection, id).await? {
            return Ok(None);
        }
        match executed? {
            Executed::Results(results) => {
                let next = |result| self.ports.results.next(id, result);
                let frames: Vec<Frame> = results.iter().map(next).collect();
                if frames.iter().any(|frame| frame.size() > MAX_MESSAGE_BYTES) {
                    return Err(Refusal::ResultTooLarge.into());
                }
                self.post(&connection.id, &frames).await?;
                Ok(Some(self.ports.encode.complete(id)))
            }
            Executed::Impossible(errors) => Ok(Some(self.reject(id, &errors))),
        }
    }

    async fn release(&self, connection: &Connection, id: &SubscriptionId) -> crate::Result<bool> {
        self.ports
            .subscriptions
            .remove_subscription(&connection.id, id)
            .await
    }

    async fn post(&self, connection: &ConnectionId, frames: &[Frame]) -> Result<(), Fault> {
        for frame in frames {
            let body = frame.body();
            self.ports.push.push(connection, &body, SEND_BUDGET).await?;
        }
        Ok(())
    }

    /// What the client is told instead of results. Some of it ends the connection.
    async fn answer(
        &self,
        connection: &ConnectionId,
        id: Option<&SubscriptionId>,
        fault: Fault,
    ) -> Option<Message> {
        let refused = |refusal: &Refusal| id.map(|id| self.ports.encode.refused(id, refusal));
        match fault {
            Fault::Refused(Refusal::DuplicateSubscription) => {
                let text = id.map(ToString::to_string);
                let violation = Violation::SubscriberExists(text.clone().unwrap_or_default());
                let violated = Violated {
                    id: text,
                    violation,
                };
                self.closing.close(connection, violated).await;
                None
            }
            Fault::Refused(refusal) => refused(&refusal),
            Fault::Failed(error) => {
                let (connection, error) = (&*connection.0, Causes(&error));
                tracing::error!(connection, %error, "an operation was not run");
                refused(&Refusal::Unavailable)
            }
            Fault::Gone => {
                self.closing.forget(connection).await;
                None
            }
            Fault::Unknown => {
                self.closing.close(connection, Violation::Unknown).await;
                None
            }
            Fault::Ended => self.complete(connection, id?).await,
        }
    }

    /// Completes what the client has ended before it came. Who had ended an earlier operation of this id instead, and
    /// too late, learns that it has to ask again.
    async fn complete(&self, connection: &ConnectionId, id: &SubscriptionId) -> Option<Message> {
        let cleared = self.ports.subscriptions.clear_end(connection, id).await;
        if let Err(error) = cleared {
            // It is gone in a few seconds anyway.
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "could not forget the end of an operation");
        }
        Some(self.ports.encode.complete(id))
    }
}

fn about(operation: &SubscriptionId, violation: Violation) -> Violated {
    Violated {
        id: Some(operation.to_string()),
        violation,
    }
}
