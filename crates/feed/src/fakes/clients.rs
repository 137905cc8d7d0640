//! The clients' side: what is sent to them, and how they take it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use super::{Behaviour, MemoryFeed, Post};
use crate::connection::ConnectionId;
use crate::frame::Frame;
use crate::push::{Push, PushError};

impl MemoryFeed {
    /// What was sent since this was last asked, sorted by connection.
    pub fn take_posts(&self) -> Vec<(String, String)> {
        let posts = std::mem::take(&mut self.known().posts).into_iter();
        let mut posts: Vec<_> = posts
            .map(|post| (post.to.0.to_string(), post.frame.text()))
            .collect();
        posts.sort_by(|(a, _), (b, _)| a.cmp(b));
        posts
    }

    /// What a connection was sent since this was last asked, line by line.
    pub fn take(&self, id: &str) -> Vec<String> {
        let mut known = self.known();
        let posts = known.posts.drain(..).partition(|post| *post.to.0 == *id);
        let (mine, others): (Vec<Post>, Vec<Post>) = posts;
        known.posts = others;
        let lines: String = mine.iter().map(|post| post.frame.text()).collect();
        lines.lines().map(str::to_owned).collect()
    }

    /// Notes that a frame has arrived.
    pub fn arrived(&self, to: &ConnectionId, frame: &Frame) {
        self.known().posts.push(Post {
            to: to.clone(),
            frame: frame.clone(),
            at: Instant::now(),
        });
    }

    fn attempt(&self, to: &ConnectionId) -> Result<(), Option<PushError>> {
        let mut known = self.known();
        *known.attempts.entry(to.clone()).or_default() += 1;
        let sends: usize = known.attempts.values().sum();
        if let Some((from, error)) = known.faults.send_fails
            && sends >= from
        {
            return Err(Some(error()));
        }
        match known.behaviours.get_mut(to) {
            Some(Behaviour::Gone) => Err(Some(PushError::Gone)),
            Some(Behaviour::Throttles(times)) if *times > 0 => {
                *times -= 1;
                Err(Some(PushError::Throttled))
            }
            Some(Behaviour::Hangs) => Err(None),
            Some(Behaviour::Refuses) => Err(Some(PushError::Failed("forbidden".into()))),
            Some(Behaviour::Throttles(_) | Behaviour::StaysOpen) | None => Ok(()),
        }
    }
}

#[async_trait]
impl Push for MemoryFeed {
    async fn push(
        &self,
        to: &ConnectionId,
        frame: &Frame,
        budget: Duration,
    ) -> Result<(), PushError> {
        let deadline = Instant::now() + budget;
        let send_ms = self.known().faults.send_ms;
        if send_ms > 0 {
            sleep(Duration::from_millis(send_ms)).await;
        }
        loop {
            let error = match self.attempt(to) {
                Ok(()) => {
                    self.arrived(to, frame);
                    return Ok(());
                }
                Err(Some(error @ (PushError::Gone | PushError::Failed(_)))) => return Err(error),
                Err(Some(error)) => error,
                Err(None) => {
                    sleep(Duration::from_secs(1)).await;
                    PushError::Failed("no answer".into())
                }
            };
            let next = Instant::now() + Duration::from_millis(100);
            if next >= deadline {
                return Err(error);
            }
            tokio::time::sleep_until(next).await;
        }
    }

    async fn disconnect(&self, to: &ConnectionId) -> Result<(), PushError> {
        self.arrived(to, &Frame::new("closed"));
        match self.known().behaviours.get(to) {
            Some(Behaviour::StaysOpen) => Err(PushError::Throttled),
            _ => Ok(()),
        }
    }
}
