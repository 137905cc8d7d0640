use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use domain::{Price, Shareholder, Tick};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::{PATIENCE, Session, Stack, User};

/// Ticks from now in which a crossing is looked for: not so soon that it could be missed on a slow machine, and
/// soon enough to be waited for.
const SOON: std::ops::RangeInclusive<u64> = 3..=6;

/// An alert that will fire soon.
#[derive(Debug)]
pub struct ComingAlert {
    /// Whose.
    pub user: User,
    /// Its id.
    pub id: String,
    /// The tick at which the price first crosses the threshold.
    pub tick: Tick,
    /// The price at that tick.
    pub price: Price,
}

impl ComingAlert {
    /// Makes an alert of this user on a crossing that the price model foretells; `None` if there is none soon, or
    /// the machine was too slow to make it in time.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn of(
        stack: &Stack,
        session: &Session,
        user: User,
        channel: &str,
    ) -> Result<Option<Self>> {
        let shareholder = stack.price_model().shareholder(user.id);
        let Some((tick, direction)) = record(&shareholder, current_tick()) else {
            return Ok(None);
        };
        let price = shareholder.price_at(tick);
        let mut body = Map::from_iter([("channel".to_owned(), json!(channel))]);
        body.insert(direction.to_owned(), json!(price.to_string()));
        let request = session.request(Method::POST, "/api/v1/users/alerts");
        let request = request.bearer_auth(&user.token).json(&body);
        let answer = session.send(request).await?;
        anyhow::ensure!(answer.status == 201, "making an alert answered {answer:?}");
        let id = answer.body["id"].as_str().context("an alert has an id")?;
        Ok((current_tick() < tick).then(|| Self {
            id: id.to_owned(),
            user,
            tick,
            price,
        }))
    }

    /// Makes such an alert of a new user who is told by email.
    ///
    /// # Errors
    /// If it is refused, or none can be had.
    pub async fn by_email(stack: &Stack, session: &Session) -> Result<Self> {
        for _ in 0..10 {
            let user = session.new_user().await?;
            // The welcome is out of the way then, and the user is known to the ticks.
            stack.mail_to(&user.email, "Welcome").await?;
            if let Some(alert) = Self::of(stack, session, user, "email").await? {
                return Ok(alert);
            }
        }
        anyhow::bail!("nobody's price crosses anything soon")
    }

    /// Waits until the alert is in one of these states, and gives it as it is then.
    ///
    /// # Errors
    /// If that does not happen in time.
    pub async fn becomes(&self, session: &Session, states: &[&str]) -> Result<Value> {
        let url = format!("/api/v1/users/alerts/{}", self.id);
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let answer = session.get(&url, Some(&self.user.token)).await?;
            anyhow::ensure!(answer.status == 200, "the alert answered {answer:?}");
            if states.iter().any(|state| answer.body["state"] == *state) {
                return Ok(answer.body);
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < deadline,
                "the alert stays {}",
                answer.body
            );
            crate::poll_pause().await;
        }
    }
}

/// The current tick.
///
/// # Panics
/// If the clock is before the epoch.
#[must_use]
pub fn current_tick() -> Tick {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    let elapsed = elapsed.expect("the clock is right");
    Tick::at_ms(u64::try_from(elapsed.as_millis()).expect("the clock is right"))
}

/// The first tick soon at which the price is higher, or lower, than at any tick from now on: it crosses what it then
/// is, and did not before.
fn record(shareholder: &Shareholder, now: Tick) -> Option<(Tick, &'static str)> {
    SOON.map(|ticks| now.plus(ticks)).find_map(|tick| {
        let before = now.minus(1).get()..tick.get();
        let before: Vec<_> = before
            .map(|tick| shareholder.price_at(Tick(tick)))
            .collect();
        let price = shareholder.price_at(tick);
        if before.iter().all(|earlier| *earlier < price) {
            Some((tick, "above"))
        } else if before.iter().all(|earlier| *earlier > price) {
            Some((tick, "below"))
        } else {
            None
        }
    })
}
