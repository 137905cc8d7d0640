//! From the wire to what is known to be valid. Every wrong field is named.

use domain::user::{Email, Phone};
use notification_proto::v1;

use crate::content::Content;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::notification::{Key, Order, Recipient, hex};

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
    key.ok_or(Error::Invalid(fields.violations))
}

fn order(
    mut fields: Fields,
    key: &str,
    recipient: Option<Recipient>,
    content: Option<&v1::Content>,
    fingerprint: String,
) -> Result<Order> {
    let key = fields.read("idempotency_key", Key::parse(key));
    let content = match content.and_then(|content| content.template.as_ref()) {
        Some(template) => Content::read(template, &mut fields),
        None => {
            let expected = "is missing: expected one of the templates";
            fields.violation("content.template", expected);
            None
        }
    };
    match (key, recipient, content) {
        (Some(key), Some(recipient), Some(content)) if fields.violations.is_empty() => Ok(Order {
            key,
            recipient,
            content,
            fingerprint,
        }),
        _ => Err(Error::Invalid(fields.violations)),
    }
}

fn fingerprint(kind: &str, request: &impl prost::Message) -> String {
    let mut bytes = kind.as_bytes().to_vec();
    bytes.extend(request.encode_to_vec());
    hex(&bytes)
}
