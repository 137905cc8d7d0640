use std::sync::Arc;

use domain::{PriceModel, UserId};

use super::pace::{Pace, pace};
use super::replies::{FeedReplies, Replies};
use super::request_error::RequestError;
use super::roster::FindUsers;
use super::subscriber::Subscriber;
use crate::authentication::VerifyToken;
use crate::clock::Clock;
use crate::close::close;
use crate::connection::{Authentication, Connection, ConnectionId, Connections};
use crate::encode::EncodeFeed;
use crate::error::{Causes, Error};
use crate::frame::Frame;
use crate::push::Push;
use crate::refusal::{Refusal, Refused};
use crate::reply::Reply;
use crate::subscription::{SubscriptionId, SubscriptionRequest, Subscriptions};

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
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

impl Request {
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

/// Everything that a session needs from outside.
pub struct SessionPorts {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// What verifies tokens.
    pub tokens: Arc<dyn VerifyToken>,
    /// What is known about connections.
    pub connections: Arc<dyn Connections>,
    /// Their subscriptions.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// Who there is to subscribe to.
    pub users: Arc<dyn FindUsers>,
    /// How frames before the last one are sent.
    pub push: Arc<dyn Push>,
    /// The wire format.
    pub encode: Arc<dyn EncodeFeed>,
}

/// Answers the messages of clients.
pub struct Session {
    ports: SessionPorts,
    subscriber: Subscriber,
}

impl Session {
    /// A session. `everyone_limit` is the largest number of users at which `*` can be subscribed to.
    #[must_use]
    pub fn new(ports: SessionPorts, model: PriceModel, everyone_limit: usize) -> Self {
        let subscriber = Subscriber::new(
            Arc::clone(&ports.clock),
            Arc::clone(&ports.subscriptions),
            Arc::clone(&ports.users),
            model,
            everyone_limit,
        );
        Self { ports, subscriber }
    }

    /// Answers one message, which may not have been readable. `counted` is what [`Connections::count_message`] gave.
    /// All that the client is told is sent, but for the last frame, which is returned. There is none if the
    /// connection has ended.
    pub async fn receive(
        &self,
        connection: &ConnectionId,
        counted: crate::Result<Option<Connection>>,
        message: Result<Request, Refused>,
    ) -> Option<Frame> {
        let id = match &message {
            Ok(request) => request.id(),
            Err(refused) => refused.id.clone(),
        };
        let refusal = match self.answer(connection, counted, message).await {
            Ok(last) => return last,
            Err(RequestError::Refused(refusal)) => refusal,
            Err(RequestError::Failed(error)) => {
                let (connection, error) = (&*connection.0, Causes(&error));
                tracing::error!(connection, %error, "answering a message failed, the client is told to try again");
                Refusal::Unavailable
            }
            Err(RequestError::Gone) => {
                self.forget(connection).await;
                return None;
            }
            Err(RequestError::Ended) => return None,
            Err(RequestError::Unknown) => {
                let refusal = "this connection is no longer known: connect again";
                self.dismiss(connection, Refusal::Unauthenticated(refusal))
                    .await;
                return None;
            }
        };
        let refused = Reply::Refused(Refused { id, refusal });
        let frames = FeedReplies(&*self.ports.encode);
        match self
            .replies(connection, &frames)
            .send_all_but_last(&refused)
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

    async fn answer(
        &self,
        id: &ConnectionId,
        counted: crate::Result<Option<Connection>>,
        message: Result<Request, Refused>,
    ) -> Result<Option<Frame>, RequestError> {
        let connection = counted?.ok_or(RequestError::Unknown)?;
        let frames = FeedReplies(&*self.ports.encode);
        let replies = self.replies(id, &frames);
        self.admit(&connection).await?;
        let reply = match message.map_err(|refused| refused.refusal)? {
            Request::Auth { token } => self.authenticate(&connection, &token).await?,
            Request::Subscribe(request) => {
                let user = self.user_of(&connection)?;
                return self
                    .subscriber
                    .subscribe(&connection, user, request, &replies)
                    .await;
            }
            Request::Unsubscribe { id } => {
                self.user_of(&connection)?;
                self.unsubscribe(&connection, id).await?
            }
            Request::List => {
                self.user_of(&connection)?;
                Reply::Subscriptions(self.ports.subscriptions.subscriptions(id).await?)
            }
            Request::Ping { id } => Reply::Pong {
                id,
                at_ms: self.ports.clock.now_ms(),
            },
        };
        Ok(replies.send_all_but_last(&reply).await?)
    }

    /// Lets a message pass unless the connection sends too many.
    async fn admit(&self, connection: &Connection) -> Result<(), RequestError> {
        match pace(connection, &*self.ports.connections, &*self.ports.clock).await? {
            Pace::Fine => Ok(()),
            Pace::TooFast => Err(Refusal::RateLimited.into()),
            Pace::FarTooFast => {
                self.dismiss(&connection.id, Refusal::RateLimited).await;
                Err(RequestError::Gone)
            }
        }
    }

    async fn authenticate(
        &self,
        connection: &Connection,
        token: &str,
    ) -> Result<Reply, RequestError> {
        let now_ms = self.ports.clock.now_ms();
        let identity =
            self.ports
                .tokens
                .verify(token, now_ms)
                .await
                .map_err(|error| match error {
                    Error::Unauthenticated(reason) => Refusal::InvalidToken(reason).into(),
                    error => RequestError::Failed(error),
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
            Authentication::NoConnection => Err(RequestError::Unknown),
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
    ) -> Result<Reply, RequestError> {
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
        let farewell = self.ports.encode.reply(&Reply::Bye(refusal)).pop();
        let (push, connections) = (&*self.ports.push, &*self.ports.connections);
        if let Err(error) = close(push, connections, connection, farewell.as_ref()).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "closing a connection failed, it ends with its next message or expires");
        }
    }

    /// Removes what is stored about a connection that has ended. What fails here is removed by the
    /// fan-out, or expires.
    async fn forget(&self, connection: &ConnectionId) {
        if let Err(error) = self.ports.connections.remove_connection(connection).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "removing a connection failed, the fan-out removes it or it expires");
        }
    }
}
