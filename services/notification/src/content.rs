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
mod tests {
    use super::*;

    fn at() -> At {
        At::new(prost_types::Timestamp {
            seconds: 1_767_225_605,
            nanos: 999,
        })
    }

    fn alert(name: &str) -> Content {
        Content::PriceAlert(PriceAlert {
            name: Name::parse(name).unwrap(),
            crossing: Crossing::Above,
            threshold: Price::parse("104.00").unwrap(),
            price: Price::parse("104.20").unwrap(),
            at: at(),
        })
    }

    #[test]
    fn an_alert_says_what_happened_when() {
        let mail = alert("Ada").mail().unwrap();
        assert_eq!(mail.subject, "Your share rose to 104.20");
        assert_eq!(
            mail.text,
            "Hello Ada,\n\nyour share rose to 104.20 on 2026-01-01 00:00:05 UTC.\n\
             You asked to be told at 104.00.\n\nFastfusion"
        );
        assert!(mail.html.contains("104.20") && mail.html.contains("2026-01-01 00:00:05 UTC"));
    }

    #[test]
    fn names_are_escaped_in_html_and_left_alone_in_text() {
        let mail = alert("<script>alert('&')</script>").mail().unwrap();
        assert!(!mail.html.contains("<script>"), "{}", mail.html);
        assert!(mail.html.contains("&#60;script&#62;"), "{}", mail.html);
        assert!(mail.text.contains("Hello <script>alert('&')</script>,"));
    }

    #[test]
    fn the_longest_text_message_is_one_message() {
        let highest = Price::MAX;
        let longest = Content::PriceAlert(PriceAlert {
            name: Name::parse("Ada").unwrap(),
            crossing: Crossing::Above,
            threshold: highest,
            price: highest,
            at: at(),
        });
        let text = longest.text_message();
        assert!(text.len() <= 160 && text.is_ascii(), "{text}");
    }

    #[test]
    fn every_template_has_its_subject() {
        let welcome = Content::Welcome(Welcome {
            name: Name::parse("Ada").unwrap(),
            opening_price: Price::parse("100.00").unwrap(),
        });
        let saved = Content::SnapshotSaved(SnapshotSaved {
            name: Name::parse("Ada").unwrap(),
            snapshot_id: "01J<".to_owned(),
            price: Price::parse("99.10").unwrap(),
            at: at(),
        });
        assert_eq!(welcome.mail().unwrap().subject, "Welcome to Fastfusion");
        let mail = saved.mail().unwrap();
        assert_eq!(mail.subject, "Your snapshot at 99.10 is saved");
        assert!(mail.html.contains("01J&#60;"), "{}", mail.html);
    }
}
