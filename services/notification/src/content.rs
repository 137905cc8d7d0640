//! What is told, and how it reads. A kind of notification is one file: what it takes, its subject, its text, its HTML and
//! its text message.
//!
//! Templates escape what they show for HTML. Where plain text shows what somebody else wrote, it says `|safe`. Text
//! messages leave names out and stay within the GSM alphabet, so that one message of 160 characters is enough.

mod price_alert;
mod snapshot_saved;
mod welcome;

use askama::Template;
use notification_proto::v1::content::Template as Wire;

use crate::fields::Fields;
use price_alert::PriceAlert;
use snapshot_saved::SnapshotSaved;
use welcome::Welcome;

/// Declares the kinds of notifications, by their names in the contract.
macro_rules! kinds {
    ($($kind:ident),*) => {
        /// A template with its parameters.
        pub(crate) enum Content {
            $($kind($kind),)*
        }

        impl Content {
            /// Notes in `fields` what is wrong with it.
            pub(crate) fn read(wire: &Wire, fields: &mut Fields) -> Option<Self> {
                match wire {
                    $(Wire::$kind(wire) => $kind::read(wire, fields).map(Self::$kind),)*
                }
            }

            pub(crate) fn mail(&self) -> askama::Result<Mail> {
                match self {
                    $(Self::$kind(kind) => Ok(Mail {
                        subject: kind.as_subject().render()?,
                        text: kind.as_text().render()?,
                        html: Layout { body: &kind.as_html().render()? }.render()?,
                    }),)*
                }
            }

            pub(crate) fn text_message(&self) -> askama::Result<String> {
                match self {
                    $(Self::$kind(kind) => kind.as_sms().render(),)*
                }
            }
        }
    };
}

kinds!(Welcome, SnapshotSaved, PriceAlert);

/// What all emails look like in HTML.
#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    body: &'a str,
}

/// An email without its addresses.
pub(crate) struct Mail {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

#[cfg(test)]
mod tests;
