use async_trait::async_trait;

use crate::connection::ConnectionId;
use crate::encode::EncodeFrames;
use crate::frame::Frame;
use crate::limits::SEND_BUDGET;
use crate::push::{Push, PushError};
use crate::reply::Reply;

/// Turns replies into frames of the protocol that the client speaks.
#[async_trait]
pub(crate) trait ReplyFrames: Sync {
    async fn frames(&self, reply: &Reply) -> Result<Vec<Frame>, PushError>;
}

/// Replies as the raw feed has them.
pub(super) struct FeedReplies<'a>(pub(super) &'a dyn EncodeFrames);

#[async_trait]
impl ReplyFrames for FeedReplies<'_> {
    async fn frames(&self, reply: &Reply) -> Result<Vec<Frame>, PushError> {
        Ok(self.0.reply(reply))
    }
}

/// Sends replies to one connection. The last frame of the last reply travels as the response to the client's message
/// instead, which costs nothing.
pub(crate) struct Replies<'a> {
    pub(crate) push: &'a dyn Push,
    pub(crate) connection: &'a ConnectionId,
    pub(crate) frames: &'a dyn ReplyFrames,
}

impl Replies<'_> {
    /// Sends one reply, in as many frames as it needs.
    pub(crate) async fn send(&self, reply: &Reply) -> Result<(), PushError> {
        let frames = self.frames.frames(reply).await?;
        send_frames(self.push, self.connection, &frames).await
    }

    /// Sends all frames of a reply but the last, and returns that, if the reply takes any.
    pub(crate) async fn send_all_but_last(
        &self,
        reply: &Reply,
    ) -> Result<Option<Frame>, PushError> {
        let mut frames = self.frames.frames(reply).await?;
        let last = frames.pop();
        send_frames(self.push, self.connection, &frames).await?;
        Ok(last)
    }
}

/// Sends frames one after the other.
pub(crate) async fn send_frames(
    push: &dyn Push,
    connection: &ConnectionId,
    frames: &[Frame],
) -> Result<(), PushError> {
    for frame in frames {
        push.push(connection, frame, SEND_BUDGET).await?;
    }
    Ok(())
}
