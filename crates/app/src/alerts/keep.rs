use std::sync::Arc;

use domain::Tick;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition};

use super::Alerts;
use crate::users::CurrentUser;
use crate::{Error, Result};

/// An alert as a user asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAlert {
    /// What they wait for.
    pub condition: Condition,
    /// How they want to be told.
    pub channel: Channel,
}

/// What users do with their alerts. Every method fails as the port does.
pub struct UserAlerts {
    /// Where alerts are kept.
    pub alerts: Arc<dyn Alerts>,
}

impl UserAlerts {
    /// Makes an alert on the user's own price, armed for every tick that begins after this has returned. `id`
    /// carries the present instant.
    ///
    /// # Errors
    /// [`Error::TooManyAlerts`] if the user has [`Alert::MAX_PER_USER`], [`Error::NoPhone`] if they
    /// want text messages without a telephone number.
    pub async fn create(&self, user: &CurrentUser, new: NewAlert, id: AlertId) -> Result<Alert> {
        let now_ms = id.created_at_ms();
        if new.channel == Channel::Sms && user.profile().phone.is_none() {
            return Err(Error::NoPhone);
        }
        let alert = Alert {
            id,
            user_id: user.id(),
            condition: new.condition,
            channel: new.channel,
            state: AlertState::Armed {
                from: first_tick(now_ms),
            },
        };
        if self.alerts.add_alert(&alert).await? {
            Ok(alert)
        } else {
            Err(Error::TooManyAlerts)
        }
    }

    /// The user's alerts, the oldest first.
    ///
    /// # Errors
    /// As said above.
    pub async fn list(&self, user: &CurrentUser) -> Result<Vec<Alert>> {
        self.alerts.alerts_of(user.id()).await
    }

    /// One of the user's alerts.
    ///
    /// # Errors
    /// [`Error::AlertNotFound`] if the user has none with this id, whoever else has.
    pub async fn show(&self, user: &CurrentUser, id: &str) -> Result<Alert> {
        let found = self.alerts.find_alert(user.id(), parse(id)?).await?;
        found.ok_or(Error::AlertNotFound)
    }

    /// Removes one of the user's alerts. One that fires is not told any more, unless that is under way.
    ///
    /// # Errors
    /// [`Error::AlertNotFound`] if the user has none with this id, whoever else has.
    pub async fn delete(&self, user: &CurrentUser, id: &str) -> Result<()> {
        if self.alerts.remove_alert(user.id(), parse(id)?).await? {
            Ok(())
        } else {
            Err(Error::AlertNotFound)
        }
    }

    /// Arms one of the user's alerts again; one that is armed stays so.
    ///
    /// # Errors
    /// [`Error::AlertNotFound`] if the user has none with this id, [`Error::AlertFiring`] if they are
    /// just being told.
    pub async fn rearm(&self, user: &CurrentUser, id: &str, now_ms: u64) -> Result<Alert> {
        let (user_id, id) = (user.id(), parse(id)?);
        let alert = self.alerts.arm_alert(user_id, id, first_tick(now_ms));
        let alert = alert.await?;
        let alert = alert.ok_or(Error::AlertNotFound)?;
        match alert.state {
            AlertState::Armed { .. } => Ok(alert),
            AlertState::Firing(_) | AlertState::Fired(_) | AlertState::Failed(_) => {
                Err(Error::AlertFiring)
            }
        }
    }
}

/// What is no id is nobody's.
fn parse(id: &str) -> Result<AlertId> {
    AlertId::parse(id).map_err(|_| Error::AlertNotFound)
}

/// The first tick that begins after `now_ms`: crossings of the tick that is current may be on their way yet.
fn first_tick(now_ms: u64) -> Tick {
    Tick::at_ms(now_ms).next()
}
