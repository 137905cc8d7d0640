use std::sync::Arc;

use domain::alert::{Alert, AlertId, AlertState, Channel, Condition};
use domain::{Tick, UserId};

use super::Alerts;
use crate::users::{Users, authenticate};
use crate::{Error, Result};
use feed::VerifyToken;

/// An alert as a user asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAlert {
    /// What they wait for.
    pub condition: Condition,
    /// How they want to be told.
    pub channel: Channel,
}

/// What users do with their alerts. Every method fails with [`Error::Unauthenticated`] without a valid
/// token, and else as the ports do.
pub struct UserAlerts {
    /// Verifies the caller's token.
    pub tokens: Box<dyn VerifyToken>,
    /// Tells whether the caller still exists, and has a telephone number.
    pub users: Arc<dyn Users>,
    /// Where alerts are kept.
    pub alerts: Arc<dyn Alerts>,
}

impl UserAlerts {
    /// Makes an alert on the caller's own price, armed for every tick that begins after this has returned. `id`
    /// carries the present instant.
    ///
    /// # Errors
    /// [`Error::TooManyAlerts`] if the caller has [`Alert::MAX_PER_USER`], [`Error::NoPhone`] if they
    /// want text messages without a telephone number.
    pub async fn create(&self, token: Option<&str>, new: NewAlert, id: AlertId) -> Result<Alert> {
        let now_ms = id.created_at_ms();
        let user_id = self.caller(token, now_ms).await?;
        let profile = self.users.find_profile(user_id).await?;
        let profile = profile.ok_or(Error::USER_GONE)?;
        if new.channel == Channel::Sms && profile.phone.is_none() {
            return Err(Error::NoPhone);
        }
        let alert = Alert {
            id,
            user_id,
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

    /// The caller's alerts, the oldest first.
    ///
    /// # Errors
    /// As said above.
    pub async fn list(&self, token: Option<&str>, now_ms: u64) -> Result<Vec<Alert>> {
        let user = self.caller(token, now_ms).await?;
        self.alerts.alerts_of(user).await
    }

    /// One of the caller's alerts.
    ///
    /// # Errors
    /// [`Error::AlertNotFound`] if the caller has none with this id, whoever else has.
    pub async fn show(&self, token: Option<&str>, id: &str, now_ms: u64) -> Result<Alert> {
        let user = self.caller(token, now_ms).await?;
        let found = self.alerts.find_alert(user, parse(id)?).await?;
        found.ok_or(Error::AlertNotFound)
    }

    /// Removes one of the caller's alerts. One that fires is not told any more, unless that is under way.
    ///
    /// # Errors
    /// [`Error::AlertNotFound`] if the caller has none with this id, whoever else has.
    pub async fn delete(&self, token: Option<&str>, id: &str, now_ms: u64) -> Result<()> {
        let user = self.caller(token, now_ms).await?;
        if self.alerts.remove_alert(user, parse(id)?).await? {
            Ok(())
        } else {
            Err(Error::AlertNotFound)
        }
    }

    /// Arms one of the caller's alerts again; one that is armed stays so.
    ///
    /// # Errors
    /// [`Error::AlertNotFound`] if the caller has none with this id, [`Error::AlertFiring`] if they are
    /// just being told.
    pub async fn rearm(&self, token: Option<&str>, id: &str, now_ms: u64) -> Result<Alert> {
        let user = self.caller(token, now_ms).await?;
        let id = parse(id)?;
        let alert = self.alerts.arm_alert(user, id, first_tick(now_ms)).await?;
        let alert = alert.ok_or(Error::AlertNotFound)?;
        match alert.state {
            AlertState::Armed { .. } => Ok(alert),
            AlertState::Firing(_) | AlertState::Fired(_) | AlertState::Failed(_) => {
                Err(Error::AlertFiring)
            }
        }
    }

    async fn caller(&self, token: Option<&str>, now_ms: u64) -> Result<UserId> {
        let caller = authenticate(&*self.tokens, token, now_ms).await?;
        Ok(caller.user_id)
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
