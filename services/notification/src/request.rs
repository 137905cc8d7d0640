//! From the wire to what is known to be valid. Every wrong field is named.

use app::FieldError;
use domain::Price;
use domain::user::{Email, Name, Phone};
use notification_proto::v1;
use notification_proto::v1::content::Template;
use prost_types::Timestamp;

use crate::content::{At, Content, Crossing, PriceAlert, SnapshotSaved, Welcome};
use crate::error::{Error, Result};
use crate::notification::{Key, Order, Recipient, hex};

/// The first and last second that people write with four digits of year.
const INSTANTS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const MAX_SNAPSHOT_ID: usize = 64;

/// An email to be sent.
pub(crate) fn email_order(request: &v1::SendEmailNotificationRequest) -> Result<Order> {
    let mut fields = Fields::default();
    let recipient = fields.read("recipient", Email::parse(&request.recipient));
    let print = fingerprint("email", request);
    order(
        fields,
        &request.idempotency_key,
        recipient.map(Recipient::Email),
        request.content.as_ref(),
        print,
    )
}

/// A text message to be sent.
pub(crate) fn sms_order(request: &v1::SendSmsNotificationRequest) -> Result<Order> {
    let mut fields = Fields::default();
    let recipient = fields.read("recipient", Phone::parse(&request.recipient));
    let print = fingerprint("sms", request);
    order(
        fields,
        &request.idempotency_key,
        recipient.map(Recipient::Phone),
        request.content.as_ref(),
        print,
    )
}

/// The key that somebody asks for.
pub(crate) fn key(request: &v1::GetNotificationRequest) -> Result<Key> {
    let mut fields = Fields::default();
    let key = fields.read("idempotency_key", Key::parse(&request.idempotency_key));
    key.ok_or(Error::Invalid(fields.0))
}

fn order(
    mut fields: Fields,
    key: &str,
    recipient: Option<Recipient>,
    content: Option<&v1::Content>,
    fingerprint: String,
) -> Result<Order> {
    let key = fields.read("idempotency_key", Key::parse(key));
    let content = fields.content(content);
    match (key, recipient, content) {
        (Some(key), Some(recipient), Some(content)) if fields.0.is_empty() => Ok(Order {
            key,
            recipient,
            content,
            fingerprint,
        }),
        _ => Err(Error::Invalid(fields.0)),
    }
}

fn fingerprint(kind: &str, request: &impl prost::Message) -> String {
    let mut bytes = kind.as_bytes().to_vec();
    bytes.extend(request.encode_to_vec());
    hex(&bytes)
}

/// The violations found so far.
#[derive(Default)]
struct Fields(Vec<FieldError>);

impl Fields {
    fn read<T, E: std::fmt::Display>(&mut self, field: &str, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.violation(field, error.to_string());
                None
            }
        }
    }

    fn violation(&mut self, field: &str, detail: impl Into<String>) {
        self.0.push(FieldError {
            field: field.to_owned(),
            detail: detail.into(),
        });
    }

    fn content(&mut self, content: Option<&v1::Content>) -> Option<Content> {
        match content.and_then(|content| content.template.as_ref()) {
            None => {
                self.violation(
                    "content.template",
                    "is missing: expected one of the templates",
                );
                None
            }
            Some(Template::Welcome(welcome)) => self.welcome(welcome).map(Content::Welcome),
            Some(Template::SnapshotSaved(saved)) => {
                self.snapshot_saved(saved).map(Content::SnapshotSaved)
            }
            Some(Template::PriceAlert(alert)) => self.price_alert(alert).map(Content::PriceAlert),
        }
    }

    fn welcome(&mut self, welcome: &v1::Welcome) -> Option<Welcome> {
        let name = self.read("content.welcome.name", Name::parse(&welcome.name));
        let price = self.price("content.welcome.opening_price", &welcome.opening_price);
        Some(Welcome {
            name: name?,
            opening_price: price?,
        })
    }

    fn snapshot_saved(&mut self, saved: &v1::SnapshotSaved) -> Option<SnapshotSaved> {
        let name = self.read("content.snapshot_saved.name", Name::parse(&saved.name));
        let price = self.price("content.snapshot_saved.price", &saved.price);
        let at = self.instant("content.snapshot_saved.price_time", saved.price_time);
        let id = saved.snapshot_id.as_str();
        let known = (1..=MAX_SNAPSHOT_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !known {
            self.violation(
                "content.snapshot_saved.snapshot_id",
                "is not an id: expected 1 to 64 visible ASCII characters",
            );
            return None;
        }
        Some(SnapshotSaved {
            name: name?,
            snapshot_id: id.to_owned(),
            price: price?,
            at: at?,
        })
    }

    fn price_alert(&mut self, alert: &v1::PriceAlert) -> Option<PriceAlert> {
        let name = self.read("content.price_alert.name", Name::parse(&alert.name));
        let threshold = self.price("content.price_alert.threshold", &alert.threshold);
        let price = self.price("content.price_alert.price", &alert.price);
        let at = self.instant("content.price_alert.price_time", alert.price_time);
        let crossing = match alert.crossing() {
            v1::Crossing::Above => Some(Crossing::Above),
            v1::Crossing::Below => Some(Crossing::Below),
            v1::Crossing::Unspecified => {
                self.violation(
                    "content.price_alert.crossing",
                    "is unknown: expected CROSSING_ABOVE or CROSSING_BELOW",
                );
                None
            }
        };
        Some(PriceAlert {
            name: name?,
            crossing: crossing?,
            threshold: threshold?,
            price: price?,
            at: at?,
        })
    }

    fn price(&mut self, field: &str, text: &str) -> Option<Price> {
        self.read(field, Price::parse(text))
    }

    fn instant(&mut self, field: &str, instant: Option<Timestamp>) -> Option<At> {
        let Some(instant) = instant else {
            self.violation(field, "is missing: expected an instant");
            return None;
        };
        if !INSTANTS.contains(&instant.seconds) || !(0..1_000_000_000).contains(&instant.nanos) {
            self.violation(field, "is not an instant of the years 1 to 9999");
            return None;
        }
        Some(At::new(instant))
    }
}
