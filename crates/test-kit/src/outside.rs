use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::notifications::{Notification, NotificationError, Notifications};
use app::{Error, Publish, Result};
use async_trait::async_trait;
use domain::Snapshot;

/// What a part that is out of order fails with.
#[must_use]
pub fn outage() -> Error {
    Error::Unavailable {
        what: "it",
        source: "out of order".into(),
    }
}

/// A topic: what was published, or that the broker is down.
#[derive(Debug, Clone, Default)]
pub struct TestPublisher(Arc<Mutex<Published>>);

#[derive(Debug, Default)]
struct Published {
    snapshots: Vec<Snapshot>,
    is_down: bool,
}

impl TestPublisher {
    /// Takes the broker down, or brings it up.
    pub fn set_down(&self, is_down: bool) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_down = is_down;
    }

    /// What was published.
    #[must_use]
    pub fn snapshots(&self) -> Vec<Snapshot> {
        let published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        published.snapshots.clone()
    }
}

#[async_trait]
impl Publish<Snapshot> for TestPublisher {
    async fn publish(&self, snapshot: &Snapshot) -> Result<()> {
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if published.is_down {
            return Err(outage());
        }
        published.snapshots.push(*snapshot);
        Ok(())
    }
}

/// How the notification service answers.
type Answer = Box<dyn FnMut(&Notification) -> Result<(), NotificationError> + Send>;

/// The notification service: what it accepted, and how it answers. It accepts everything unless told otherwise.
#[derive(Clone, Default)]
pub struct TestNotifications(Arc<Mutex<Service>>);

#[derive(Default)]
struct Service {
    asked: usize,
    accepted: Vec<Notification>,
    answer: Option<Answer>,
}

impl TestNotifications {
    /// Has the service answer like this from now on.
    pub fn answer(
        &self,
        answer: impl FnMut(&Notification) -> Result<(), NotificationError> + Send + 'static,
    ) {
        self.service().answer = Some(Box::new(answer));
    }

    /// What it accepted.
    #[must_use]
    pub fn accepted(&self) -> Vec<Notification> {
        self.service().accepted.clone()
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.service().asked
    }

    fn service(&self) -> std::sync::MutexGuard<'_, Service> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifications for TestNotifications {
    async fn send(
        &self,
        notification: &Notification,
        _: Duration,
    ) -> Result<(), NotificationError> {
        let mut service = self.service();
        service.asked += 1;
        if let Some(answer) = &mut service.answer {
            answer(notification)?;
        }
        service.accepted.push(notification.clone());
        Ok(())
    }
}
