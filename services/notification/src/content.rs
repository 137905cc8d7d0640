//! What is told, and how it reads.

use askama::Template;
use domain::Price;
use domain::user::Name;

/// A template with its parameters.
pub(crate) enum Content {
    Welcome(Welcome),
    SnapshotSaved(SnapshotSaved),
    PriceAlert(PriceAlert),
}

pub(crate) struct Welcome {
    pub(crate) name: Name,
    pub(crate) opening_price: Price,
}

pub(crate) struct SnapshotSaved {
    pub(crate) name: Name,
    pub(crate) snapshot_id: String,
    pub(crate) price: Price,
    pub(crate) at: At,
}

pub(crate) struct PriceAlert {
    pub(crate) name: Name,
    pub(crate) crossing: Crossing,
    pub(crate) threshold: Price,
    pub(crate) price: Price,
    pub(crate) at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crossing {
    Above,
    Below,
}

impl Crossing {
    fn verb(self) -> &'static str {
        match self {
            Self::Above => "rose",
            Self::Below => "fell",
        }
    }
}

/// An instant as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct At(String);

impl At {
    /// To the second, in UTC. The instant is within the years 1 to 9999.
    pub(crate) fn new(instant: prost_types::Timestamp) -> Self {
        let whole = prost_types::Timestamp {
            nanos: 0,
            ..instant
        };
        Self(whole.to_string().replace('T', " ").replace('Z', " UTC"))
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An email without its addresses.
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Content {
    pub(crate) fn mail(&self) -> Result<Mail, askama::Error> {
        let (subject, text, html) = match self {
            Self::Welcome(welcome) => (
                "Welcome to Fastfusion".to_owned(),
                WelcomeText { it: welcome }.render()?,
                WelcomeHtml { it: welcome }.render()?,
            ),
            Self::SnapshotSaved(snapshot) => (
                format!("Your snapshot at {} is saved", snapshot.price),
                SnapshotSavedText { it: snapshot }.render()?,
                SnapshotSavedHtml { it: snapshot }.render()?,
            ),
            Self::PriceAlert(alert) => (
                format!("Your share {} to {}", alert.crossing.verb(), alert.price),
                PriceAlertText { it: alert }.render()?,
                PriceAlertHtml { it: alert }.render()?,
            ),
        };
        Ok(Mail {
            subject,
            text,
            html,
        })
    }

    /// Without the name, and in the letters of the GSM alphabet: it fits one message of 160.
    pub(crate) fn text_message(&self) -> String {
        match self {
            Self::Welcome(welcome) => format!(
                "Fastfusion: welcome! Your share starts at {} and moves every five seconds.",
                welcome.opening_price
            ),
            Self::SnapshotSaved(snapshot) => format!(
                "Fastfusion: your snapshot is saved: {} on {}.",
                snapshot.price, snapshot.at
            ),
            Self::PriceAlert(alert) => format!(
                "Fastfusion: your share {} to {} (alert at {}) on {}.",
                alert.crossing.verb(),
                alert.price,
                alert.threshold,
                alert.at
            ),
        }
    }
}

#[derive(Template)]
#[template(path = "welcome.txt")]
struct WelcomeText<'a> {
    it: &'a Welcome,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomeHtml<'a> {
    it: &'a Welcome,
}

#[derive(Template)]
#[template(path = "snapshot_saved.txt")]
struct SnapshotSavedText<'a> {
    it: &'a SnapshotSaved,
}

#[derive(Template)]
#[template(path = "snapshot_saved.html")]
struct SnapshotSavedHtml<'a> {
    it: &'a SnapshotSaved,
}

#[derive(Template)]
#[template(path = "price_alert.txt")]
struct PriceAlertText<'a> {
    it: &'a PriceAlert,
}

#[derive(Template)]
#[template(path = "price_alert.html")]
struct PriceAlertHtml<'a> {
    it: &'a PriceAlert,
}

#[cfg(test)]
mod tests;
