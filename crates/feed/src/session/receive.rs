use std::sync::Arc;

use domain::UserId;

use super::pace::{Pace, pace};
use super::replies::{FeedReplies, Replies};
use super::session_error::SessionError;
use super::subscriber::{MarketAccess, Subscriber};
use crate::authentication::VerifyToken;
use crate::connection::{Authentication, Connection, ConnectionId};
use crate::error::{Causes, Error};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::ports::FeedPorts;
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::subscription::{SubscriptionId, SubscriptionRequest};

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedMessage {
    /// To be authenticated.
    Auth {
        /// An access token.
        token: String,
    },
    /// To be sent prices.
    Subscribe(SubscriptionRequest),
    /// To be sent them no longer.
    Unsubscribe {
        /// Which subscription.
        id: SubscriptionId,
    },
    /// What it is subscribed to.
    List,
    /// Whether anybody is there.
    Ping {
        /// Comes back in the answer.
        id: Option<String>,
    },
}

impl FeedMessage {
    /// The id in the request, for errors about it.
    fn id(&self) -> Option<String> {
        match self {
            Self::Auth { .. } | Self::List => None,
            Self::Subscribe(request) => Some(request.id.to_string()),
            Self::Unsubscribe { id } => Some(id.to_string()),
            Self::Ping { id } => id.clone(),
        }
    }
}

/// Answers the messages of clients.
pub struct Session {
    ports: FeedPorts,
    tokens: Arc<dyn VerifyToken>,
    subscriber: Subscriber,
}

impl Session {
    /// A session with these ports.
    #[must_use]
    pub fn new(ports: FeedPorts, tokens: Arc<dyn VerifyToken>, market: MarketAccess) -> Self {
        Self {
            subscriber: Subscriber::new(&ports, market),
            ports,
            tokens,
        }
    }

    /// Answers one message, which may not have been readable. `counted` is what [`crate::Connections::count_message`] gave.
    /// All that the client is told is sent, but for the last frame, which is returned. There is none if the
    /// connection has ended, or no frame is left.
    pub async fn receive(
        &self,
        connection: &ConnectionId,
        counted: crate::Result<Option<Connection>>,
        message: Result<FeedMessage, MessageError<Refusal>>,
    ) -> Option<Frame> {
        let id = match &message {
            Ok(request) => request.id(),
            Err(error) => error.id.clone(),
        };
        let refusal = match self.answer(connection, counted, message).await {
            Ok(last) => return last,
            Err(SessionError::Refused(refusal)) => refusal,
            Err(SessionError::Failed(error)) => {
                let (connection, error) = (&*connection.0, Causes(&error));
                tracing::error!(connection, %error, "answering a message failed, the client is told to try again");
                Refusal::Unavailable
            }
            Err(SessionError::Gone) => {
                self.ports.forget(connection).await;
                return None;
            }
            Err(SessionError::Ended) => return None,
            Err(SessionError::Unknown) => {
                let refusal = "this connection is no longer known: connect again";
                self.dismiss(connection, Refusal::Unauthenticated(refusal))
                    .await;
                return None;
            }
        };
        let error = Reply::Error(MessageError {
            id,
            reason: refusal,
        });
        let frames = FeedReplies(&*self.ports.encode);
        match self
            .replies(connection, &frames)
            .send_all_but_last(&error)
            .await
        {
            Ok(last) => last,
            Err(error) => {
                let (connection, error) = (&*connection.0, Causes(&error));
                tracing::warn!(connection, %error, "refusing a message failed, the client is not told");
                None
            }
        }
    }

    /// What a client is told whose message could not be answered; what it may have begun is ended.
    pub async fn give_up(
        &self,
        connection: &ConnectionId,
        message: Result<FeedMessage, MessageError<Refusal>>,
    ) -> Option<Frame> {
        if let Ok(FeedMessage::Subscribe(request)) = &message {
            self.ports.abandon(connection, &request.id).await;
        }
        let id = match message {
            Ok(request) => request.id(),
            Err(error) => error.id,
        };
        let reason = Refusal::Unavailable;
        let error = Reply::Error(MessageError { id, reason });
        self.ports.encode.reply(&error).pop()
    }

    async fn answer(
        &self,
        id: &ConnectionId,
        counted: crate::Result<Option<Connection>>,
        message: Result<FeedMessage, MessageError<Refusal>>,
    ) -> Result<Option<Frame>, SessionError> {
        let connection = counted?.ok_or(SessionError::Unknown)?;
        let frames = FeedReplies(&*self.ports.encode);
        let replies = self.replies(id, &frames);
        self.admit(&connection).await?;
        let reply = match message.map_err(|error| error.reason)? {
            FeedMessage::Auth { token } => self.authenticate(&connection, &token).await?,
            FeedMessage::Subscribe(request) => {
                let user = self.user_of(&connection)?;
                return self
                    .subscriber
                    .subscribe(&connection, user, request, &replies)
                    .await;
            }
            FeedMessage::Unsubscribe { id } => {
                self.user_of(&connection)?;
                self.unsubscribe(&connection, id).await?
            }
            FeedMessage::List => {
                self.user_of(&connection)?;
                Reply::Subscriptions(self.ports.subscriptions.subscriptions(id).await?)
            }
            FeedMessage::Ping { id } => Reply::Pong {
                id,
                at_ms: self.ports.clock.now_ms(),
            },
        };
        Ok(replies.send_all_but_last(&reply).await?)
    }

    /// Lets a message pass unless the connection sends too many.
    async fn admit(&self, connection: &Connection) -> Result<(), SessionError> {
        match pace(connection, &*self.ports.connections, &*self.ports.clock).await? {
            Pace::Fine => Ok(()),
            Pace::TooFast => Err(Refusal::RateLimited.into()),
            Pace::FarTooFast => {
                self.dismiss(&connection.id, Refusal::RateLimited).await;
                Err(SessionError::Gone)
            }
        }
    }

    async fn authenticate(
        &self,
        connection: &Connection,
        token: &str,
    ) -> Result<Reply, SessionError> {
        let now_ms = self.ports.clock.now_ms();
        let identity = self
            .tokens
            .verify(token, now_ms)
            .await
            .map_err(|error| match error {
                Error::Unauthenticated(reason) => Refusal::InvalidToken(reason).into(),
                error => SessionError::Failed(error),
            })?;
        match self
            .ports
            .connections
            .authenticate(&connection.id, identity)
            .await?
        {
            Authentication::Done => Ok(Reply::Authenticated {
                user_id: identity.user_id,
                expires_at_ms: identity.expires_at * 1000,
            }),
            Authentication::Already => Err(Refusal::AlreadyAuthenticated.into()),
            Authentication::NoConnection => Err(SessionError::Unknown),
        }
    }

    fn user_of(&self, connection: &Connection) -> Result<UserId, Refusal> {
        let Some(identity) = connection.identity else {
            return Err(Refusal::Unauthenticated("authenticate first, with op auth"));
        };
        if identity.expires_at * 1000 <= self.ports.clock.now_ms() {
            let expired = "the token has expired: authenticate with a new one, with op auth";
            return Err(Refusal::Unauthenticated(expired));
        }
        Ok(identity.user_id)
    }

    async fn unsubscribe(
        &self,
        connection: &Connection,
        id: SubscriptionId,
    ) -> Result<Reply, SessionError> {
        if self
            .ports
            .subscriptions
            .remove_subscription(&connection.id, &id)
            .await?
        {
            Ok(Reply::Unsubscribed { id })
        } else {
            Err(Refusal::UnknownSubscription.into())
        }
    }

    fn replies<'a>(
        &'a self,
        connection: &'a ConnectionId,
        frames: &'a FeedReplies<'a>,
    ) -> Replies<'a> {
        Replies {
            push: &*self.ports.push,
            connection,
            frames,
        }
    }

    /// Tells the client why, and closes and removes the connection.
    async fn dismiss(&self, connection: &ConnectionId, refusal: Refusal) {
        let notice = self.ports.encode.reply(&Reply::Bye(refusal)).pop();
        self.ports.close(connection, notice.as_ref()).await;
    }
}
