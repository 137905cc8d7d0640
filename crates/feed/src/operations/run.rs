use std::sync::Arc;

use bytes::Bytes;
use domain::{Network, Tick};

use super::replies::OperationReplies;
use crate::answering::Answering;
use crate::authentication::Authenticated;
use crate::connection::{Connection, ConnectionId, Protocol};
use crate::error::Causes;
use crate::execution::{ExecuteOperations, Executed};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::operation::{LiveOperation, Operation};
use crate::ports::FeedPorts;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::session::{MarketAccess, Pace, Replies, SessionError, Subscriber, pace, send_frames};
use crate::subscription::{Subscription, SubscriptionId, SubscriptionRequest, Watch};
use crate::violation::Violation;

/// The longest message that API Gateway sends, in bytes
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>).
const MAX_MESSAGE_BYTES: usize = 128 * 1024;

/// `subscribe`: a client wants an operation to be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationMessage<R> {
    /// The operation's id, chosen by the client.
    pub id: SubscriptionId,
    /// The operation, as whoever plans it reads it.
    pub request: R,
}

/// How an operation is to be run.
#[derive(Debug)]
pub enum Planned<F> {
    /// Its results come at once, when this is executed.
    Once(F),
    /// Its results come with events.
    Subscription {
        /// What it watches.
        watch: Watch,
        /// The last tick that the client has, if it wants those after it.
        since: Option<Tick>,
        /// Only ticks that this divides; all if it is not given.
        every: Option<u64>,
        /// What is executed for each event.
        operation: Operation,
    },
    /// It can't be executed: a list of GraphQL errors.
    Impossible(Bytes),
}

/// Runs the operations of clients. Kept for the life of the process, since it remembers the users and how fast the store
/// is.
pub struct Operations {
    ports: FeedPorts,
    execute: Arc<dyn ExecuteOperations>,
    subscriber: Subscriber,
    answering: Answering,
}

/// Whether an operation may begin.
#[derive(Debug)]
enum Admission<R> {
    /// It may, on this connection and as this user.
    Welcome(Connection, Authenticated, OperationMessage<R>),
    /// It may not; this is what the client is told, unless that is done already.
    Refused(Option<Frame>),
}

impl Operations {
    /// Runs operations with these ports. Whatever an operation closes connections with shares `answering`.
    #[must_use]
    pub fn new(
        ports: FeedPorts,
        execute: Arc<dyn ExecuteOperations>,
        market: MarketAccess,
        answering: Answering,
    ) -> Self {
        Self {
            subscriber: Subscriber::new(&ports, market),
            ports,
            execute,
            answering,
        }
    }

    /// Runs the operation of a message, which may not have been readable, as `plan` says it is to be run; `plan` is
    /// asked only if the client may run operations, and told who it is, and where if that is known. All that the client is told is sent, but for the last frame, which
    /// is returned, if there is any.
    pub async fn receive<R, P, F>(
        &self,
        connection: &ConnectionId,
        message: Result<OperationMessage<R>, MessageError<Violation>>,
        plan: impl FnOnce(R, Authenticated, Option<Network>) -> P + Send,
    ) -> Option<Frame>
    where
        R: Send,
        P: Future<Output = Planned<F>> + Send,
        F: Future<Output = crate::Result<Executed>> + Send,
    {
        let id = message.as_ref().ok().map(|message| message.id.clone());
        let (connection, identity, message) = match self.admit(connection, message).await {
            Ok(Admission::Welcome(connection, identity, message)) => {
                (connection, identity, message)
            }
            Ok(Admission::Refused(last)) => return last,
            Err(error) => return self.tell(connection, id.as_ref(), error).await,
        };
        let answer = self.answering.begin(&connection.id);
        let last = self.run(&connection, identity, message, plan).await;
        match answer.end() {
            None => last,
            Some(notice) => {
                self.close_after(&connection.id, last, &notice).await;
                None
            }
        }
    }

    /// What a client is told whose operation could not be run; it is ended.
    pub async fn give_up<R>(
        &self,
        connection: &ConnectionId,
        message: Result<OperationMessage<R>, MessageError<Violation>>,
    ) -> Option<Frame> {
        let id = message.ok()?.id;
        self.ports.abandon(connection, &id).await;
        Some(self.ports.encode.refused(&id, &Refusal::Unavailable))
    }

    async fn run<R, P, F>(
        &self,
        connection: &Connection,
        identity: Authenticated,
        message: OperationMessage<R>,
        plan: impl FnOnce(R, Authenticated, Option<Network>) -> P + Send,
    ) -> Option<Frame>
    where
        R: Send,
        P: Future<Output = Planned<F>> + Send,
        F: Future<Output = crate::Result<Executed>> + Send,
    {
        let OperationMessage { id, request } = message;
        let last = match plan(request, identity, connection.network.clone()).await {
            Planned::Once(run) => self.run_once(connection, &id, run).await,
            Planned::Subscription {
                watch,
                since,
                every,
                operation,
            } => {
                let request = SubscriptionRequest::new(id.clone(), watch, since, every);
                self.subscribe(connection, identity, request, &operation)
                    .await
            }
            Planned::Impossible(errors) => return Some(self.ports.encode.error(&id, &errors)),
        };
        match last {
            Ok(last) => last,
            Err(error) => self.tell(&connection.id, Some(&id), error).await,
        }
    }

    /// Sends the last frame of an answer, and closes the connection that it is for: an answer that the function returns
    /// would come too late.
    async fn close_after(&self, connection: &ConnectionId, last: Option<Frame>, notice: &Frame) {
        let last: Vec<Frame> = last.into_iter().collect();
        if let Err(error) = send_frames(&*self.ports.push, connection, &last).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "sending the last message of an operation failed, closing the connection without it");
        }
        self.ports.close(connection, Some(notice)).await;
    }

    /// Counts a message and says whether its operation may begin.
    async fn admit<R>(
        &self,
        id: &ConnectionId,
        message: Result<OperationMessage<R>, MessageError<Violation>>,
    ) -> Result<Admission<R>, SessionError> {
        let counted = self.ports.connections.count_message(id).await?;
        let connection = counted.ok_or(SessionError::Unknown)?;
        if connection.protocol != Protocol::GraphqlTransportWs {
            return Ok(Admission::Refused(self.misrouted()));
        }
        let pace = pace(&connection, &*self.ports.connections, &*self.ports.clock).await?;
        if pace == Pace::FarTooFast {
            return Ok(self.violated(&connection, Violation::RateLimited).await);
        }
        let message = match message {
            Ok(message) => message,
            Err(error) => return Ok(self.violated(&connection, error).await),
        };
        let (true, Some(identity)) = (connection.is_initialised, connection.identity) else {
            let violated = about(&message.id, Violation::Unauthorized);
            return Ok(self.violated(&connection, violated).await);
        };
        if pace == Pace::TooFast {
            return Err(Refusal::RateLimited.into());
        }
        if identity.expires_at * 1000 <= self.ports.clock.now_ms() {
            let frames = self.ports.encode.expired(&message.id);
            send_frames(&*self.ports.push, id, &frames).await?;
            return Ok(Admission::Refused(None));
        }
        Ok(Admission::Welcome(connection, identity, message))
    }

    /// What the raw feed says to a message that has a type.
    fn misrouted(&self) -> Option<Frame> {
        let refusal = "the raw feed's messages have an op, and no type".to_owned();
        let error = Refusal::BadMessage(refusal).into();
        self.ports.encode.reply(&Reply::Error(error)).pop()
    }

    async fn violated<R>(
        &self,
        connection: &Connection,
        error: impl Into<MessageError<Violation>>,
    ) -> Admission<R> {
        Admission::Refused(self.ports.violated(connection, error).await)
    }

    /// Subscribes to an operation, and sends what comes before its first live event. The last frame is returned.
    async fn subscribe(
        &self,
        connection: &Connection,
        identity: Authenticated,
        request: Result<SubscriptionRequest, Refusal>,
        operation: &Operation,
    ) -> Result<Option<Frame>, SessionError> {
        let mut request = request?;
        request.operation = Some(LiveOperation {
            key: operation.key,
            expires_at: identity.expires_at,
        });
        let frames = OperationReplies {
            execute: &*self.execute,
            encode: &*self.ports.encode,
            id: request.id.clone(),
            operation,
        };
        let replies = Replies {
            push: &*self.ports.push,
            connection: &connection.id,
            frames: &frames,
        };
        let now_ms = self.ports.clock.now_ms();
        // First, so that no fan-out finds a subscription to something that it can't look up.
        self.ports
            .subscriptions
            .store_operation(operation, now_ms)
            .await?;
        self.subscriber
            .subscribe(connection, identity.user_id, request, &replies)
            .await
    }

    /// Runs an operation that ends by itself. The last frame is returned; there is none if the client has ended the
    /// operation meanwhile.
    async fn run_once(
        &self,
        connection: &Connection,
        id: &SubscriptionId,
        run: impl Future<Output = crate::Result<Executed>> + Send,
    ) -> Result<Option<Frame>, SessionError> {
        let taken = Subscription {
            id: id.clone(),
            watch: Watch::Nothing,
            every: 1,
            live_from: Tick(0),
            operation: None,
        };
        let subscriptions = &self.ports.subscriptions;
        let added = subscriptions.add_subscription(connection, &taken).await?;
        SessionError::unless_stored(added)?;
        let executed = run.await;
        if !self.release(connection, id).await? {
            return Ok(None);
        }
        match executed? {
            Executed::Results(results) => {
                let next = |result| self.ports.encode.next(id, result);
                let frames: Vec<Frame> = results.iter().map(next).collect();
                if frames.iter().any(|frame| frame.size() > MAX_MESSAGE_BYTES) {
                    return Err(Refusal::ResultTooLarge.into());
                }
                send_frames(&*self.ports.push, &connection.id, &frames).await?;
                Ok(Some(self.ports.encode.complete(id)))
            }
            Executed::Impossible(errors) => Ok(Some(self.ports.encode.error(id, &errors))),
        }
    }

    async fn release(&self, connection: &Connection, id: &SubscriptionId) -> crate::Result<bool> {
        self.ports
            .subscriptions
            .remove_subscription(&connection.id, id)
            .await
    }

    /// What the client is told instead of results. Some of it ends the connection.
    async fn tell(
        &self,
        connection: &ConnectionId,
        id: Option<&SubscriptionId>,
        error: SessionError,
    ) -> Option<Frame> {
        let refused = |refusal: &Refusal| id.map(|id| self.ports.encode.refused(id, refusal));
        match error {
            SessionError::Refused(Refusal::DuplicateSubscription) => {
                let violation = Violation::SubscriberExists(id?.to_string());
                self.ports
                    .close_on_violation(connection, about(id?, violation))
                    .await;
                None
            }
            SessionError::Refused(refusal) => refused(&refusal),
            SessionError::Failed(error) => {
                let (connection, error) = (&*connection.0, Causes(&error));
                tracing::error!(connection, %error, "running an operation failed, the client is told to try again");
                refused(&Refusal::Unavailable)
            }
            SessionError::Gone => {
                self.ports.forget(connection).await;
                None
            }
            SessionError::Unknown => {
                self.ports
                    .close_on_violation(connection, Violation::Unknown)
                    .await;
                None
            }
            SessionError::Ended => self.complete(connection, id?).await,
        }
    }

    /// Completes what the client has ended before it came. Who had ended an earlier operation of this id instead, and
    /// too late, learns that it has to ask again.
    async fn complete(&self, connection: &ConnectionId, id: &SubscriptionId) -> Option<Frame> {
        let cleared = self.ports.subscriptions.clear_end(connection, id).await;
        if let Err(error) = cleared {
            // It is gone in a few seconds anyway.
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "forgetting that an operation was ended failed, the note expires in seconds");
        }
        Some(self.ports.encode.complete(id))
    }
}

fn about(operation: &SubscriptionId, violation: Violation) -> MessageError<Violation> {
    MessageError {
        id: Some(operation.to_string()),
        reason: violation,
    }
}
