use std::sync::Arc;

use crate::authentication::{Authenticated, VerifyToken};
use crate::connection::{Authentication, Connection, ConnectionId};
use crate::error::{Causes, Error, Result};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::ports::FeedPorts;
use crate::session::{Pace, pace};
use crate::subscription::SubscriptionId;
use crate::violation::Violation;

/// What a client says besides its operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlMessage {
    /// `connection_init`.
    Initialise {
        /// An access token, if there is one.
        token: Option<String>,
    },
    /// `ping`.
    Ping {
        /// Comes back in the answer: JSON.
        payload: Option<String>,
    },
    /// `pong`.
    Pong,
    /// `complete`: the client wants no more of an operation.
    Complete {
        /// The operation's id.
        id: SubscriptionId,
    },
}

/// Answers everything but operations.
pub struct Control {
    ports: FeedPorts,
    tokens: Arc<dyn VerifyToken>,
}

/// What keeps a message from being answered.
enum ControlError {
    Violated(MessageError<Violation>),
    Failed(Error),
}

impl From<Error> for ControlError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Violation> for ControlError {
    fn from(violation: Violation) -> Self {
        Self::Violated(violation.into())
    }
}

impl Control {
    /// Answers with these ports.
    #[must_use]
    pub fn new(ports: FeedPorts, tokens: Arc<dyn VerifyToken>) -> Self {
        Self { ports, tokens }
    }

    /// Answers a message on a connection that was counted, if there is anything to answer. One that the protocol does not
    /// allow ends the connection.
    pub async fn receive(
        &self,
        connection: &Connection,
        message: Result<ControlMessage, MessageError<Violation>>,
    ) -> Option<Frame> {
        match self.answer(connection, message).await {
            Ok(answer) => answer,
            Err(ControlError::Violated(error)) => self.ports.violated(connection, error).await,
            // The client tries again: it waits for the acknowledgement, or sees results of what it has ended.
            Err(ControlError::Failed(error)) => {
                let (connection, error) = (&*connection.id.0, Causes(&error));
                tracing::error!(connection, %error, "answering a message failed, the client has to send it again");
                None
            }
        }
    }

    /// Sends a client away whose connection is not known any more. There is nothing to answer.
    pub async fn dismiss(&self, connection: &ConnectionId) -> Option<Frame> {
        self.ports
            .close_on_violation(connection, Violation::Unknown)
            .await;
        None
    }

    async fn answer(
        &self,
        connection: &Connection,
        message: Result<ControlMessage, MessageError<Violation>>,
    ) -> Result<Option<Frame>, ControlError> {
        let pace = pace(connection, &*self.ports.connections, &*self.ports.clock).await?;
        if pace == Pace::FarTooFast {
            return Err(Violation::RateLimited.into());
        }
        match message.map_err(ControlError::Violated)? {
            ControlMessage::Initialise { token } => {
                self.initialise(connection, token.as_deref()).await?;
                Ok(Some(self.ports.encode.connection_ack()))
            }
            ControlMessage::Ping { .. } if pace == Pace::TooFast => Ok(None),
            ControlMessage::Ping { payload } => {
                Ok(Some(self.ports.encode.pong(payload.as_deref())))
            }
            ControlMessage::Pong => Ok(None),
            ControlMessage::Complete { id } => {
                self.end(connection, &id).await?;
                Ok(None)
            }
        }
    }

    async fn initialise(
        &self,
        connection: &Connection,
        token: Option<&str>,
    ) -> Result<(), ControlError> {
        if connection.is_initialised {
            return Err(Violation::TooManyInitialisations.into());
        }
        let identity = self.identify(connection, token).await?;
        match self
            .ports
            .connections
            .initialise(&connection.id, identity)
            .await?
        {
            Authentication::Done => Ok(()),
            Authentication::Already => Err(Violation::TooManyInitialisations.into()),
            Authentication::NoConnection => Err(Violation::Unknown.into()),
        }
    }

    /// Who initialises the connection: the token in the message says, or the one with which it was opened.
    async fn identify(
        &self,
        connection: &Connection,
        token: Option<&str>,
    ) -> Result<Authenticated, ControlError> {
        let now_ms = self.ports.clock.now_ms();
        let Some(token) = token else {
            let opened_by = connection.identity.ok_or(Violation::Forbidden(
                "connection_init needs an access token in its payload",
            ))?;
            return if opened_by.expires_at * 1000 > now_ms {
                Ok(opened_by)
            } else {
                Err(Violation::Forbidden("the token has expired").into())
            };
        };
        let identity = match self.tokens.verify(token, now_ms).await {
            Ok(identity) => identity,
            Err(Error::Unauthenticated(reason)) => return Err(Violation::Forbidden(reason).into()),
            Err(error) => return Err(error.into()),
        };
        match connection.identity {
            Some(opened_by) if opened_by.user_id != identity.user_id => Err(Violation::Forbidden(
                "the connection was opened with another user's token",
            )
            .into()),
            _ => Ok(identity),
        }
    }

    /// Ends an operation. Its message may be handled only after this one: then it ends as soon as it comes.
    async fn end(&self, connection: &Connection, id: &SubscriptionId) -> Result<()> {
        let (store, connection) = (&self.ports.subscriptions, &connection.id);
        if store.remove_subscription(connection, id).await? {
            return Ok(());
        }
        store
            .note_end(connection, id, self.ports.clock.now_ms())
            .await?;
        store.remove_subscription(connection, id).await.map(drop)
    }
}
