//! AWS's query protocol: forms in, XML out. Of SES it knows `SendEmail`, of SNS `Publish` to a number.

use std::collections::HashMap;
use std::fmt::Display;

use email_address::{EmailAddress, Options};
use indexmap::IndexMap;

use super::message::{Channel, Message};

/// The longest text message that SNS takes, in bytes (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
const MAX_TEXT_MESSAGE: usize = 1_600;
/// The longest name or value of a tag of SES (<https://docs.aws.amazon.com/ses/latest/APIReference/API_MessageTag.html>).
const MAX_TAG: usize = 256;

#[cfg(test)]
mod tests;

/// A call that sends something.
#[derive(Debug)]
pub(super) struct SendRequest {
    pub(super) action: Action,
    pub(super) message: Message,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    SendEmail,
    Publish,
}

/// Why nothing is sent, in AWS's words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QueryError {
    code: &'static str,
    message: String,
}

type Form = HashMap<String, String>;

pub(super) fn read(body: &[u8]) -> Result<SendRequest, QueryError> {
    let form: Form = form_urlencoded::parse(body).into_owned().collect();
    match form.get("Action").map_or("", String::as_str) {
        "SendEmail" => Ok(SendRequest {
            action: Action::SendEmail,
            message: email(&form)?,
        }),
        "Publish" => Ok(SendRequest {
            action: Action::Publish,
            message: text_message(&form)?,
        }),
        other => Err(QueryError {
            code: "InvalidAction",
            message: format!("{other:?} is not supported; supported: SendEmail, Publish"),
        }),
    }
}

fn email(form: &Form) -> Result<Message, QueryError> {
    let mut recipients = ["To", "Cc", "Bcc"]
        .iter()
        .flat_map(|kind| members(form, &format!("Destination.{kind}Addresses.member"), ""));
    let (Some(to), None) = (recipients.next(), recipients.next()) else {
        return Err(QueryError {
            code: "InvalidParameterValue",
            message: "Destination must name one recipient here".to_owned(),
        });
    };
    let (text, html) = (
        form.get("Message.Body.Text.Data").cloned(),
        form.get("Message.Body.Html.Data").cloned(),
    );
    if text.is_none() && html.is_none() {
        return Err(missing("Message.Body"));
    }
    let from = need(form, "Source")?;
    for address in [&to, &from] {
        check_address(address)?;
    }
    let tags = pairs(form, "Tags.member", ".Value");
    if !tags
        .iter()
        .all(|(name, value)| is_tag(name) && is_tag(value))
    {
        return Err(QueryError {
            code: "InvalidParameterValue",
            message: format!(
                "Names and values of tags are 1 to {MAX_TAG} of A-Z, a-z, 0-9, _ and -"
            ),
        });
    }
    Ok(Message {
        kind: Channel::Email,
        to,
        from: Some(from),
        subject: Some(need(form, "Message.Subject.Data")?),
        text,
        html,
        attributes: tags,
    })
}

/// SES takes ASCII alone: local parts that aren't can't be had, domains have A-labels, names are encoded words
/// (<https://docs.aws.amazon.com/ses/latest/APIReference/API_Destination.html>).
fn check_address(address: &str) -> Result<(), QueryError> {
    let options = Options::default().with_required_tld();
    let fault = if address.is_ascii() {
        match EmailAddress::parse_with_options(address, options) {
            Ok(_) => return Ok(()),
            Err(fault) => fault.to_string(),
        }
    } else {
        "it is not ASCII".to_owned()
    };
    Err(QueryError {
        code: "InvalidParameterValue",
        message: format!("{address:?} is no address: {fault}"),
    })
}

fn is_tag(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MAX_TAG).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// E.164: a plus and up to 15 digits, of which the first is no zero (<https://www.itu.int/rec/T-REC-E.164>).
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

fn text_message(form: &Form) -> Result<Message, QueryError> {
    if form.contains_key("TopicArn") || form.contains_key("TargetArn") {
        return Err(QueryError {
            code: "InvalidParameter",
            message: "only publishing to a PhoneNumber is supported".to_owned(),
        });
    }
    let (to, text) = (need(form, "PhoneNumber")?, need(form, "Message")?);
    let invalid = |message| QueryError {
        code: "InvalidParameter",
        message,
    };
    if !is_e164(&to) {
        let fault =
            format!("Invalid parameter: PhoneNumber Reason: {to} is not valid to publish to");
        return Err(invalid(fault));
    }
    if text.len() > MAX_TEXT_MESSAGE {
        return Err(invalid("Invalid parameter: Message too long".to_owned()));
    }
    Ok(Message {
        kind: Channel::Sms,
        to,
        from: None,
        subject: None,
        text: Some(text),
        html: None,
        attributes: pairs(form, "MessageAttributes.entry", ".Value.StringValue"),
    })
}

/// The values of `prefix.1suffix`, `prefix.2suffix` and so on.
fn members(form: &Form, prefix: &str, suffix: &str) -> Vec<String> {
    (1..)
        .map_while(|index| form.get(&format!("{prefix}.{index}{suffix}")).cloned())
        .collect()
}

fn pairs(form: &Form, prefix: &str, value: &str) -> IndexMap<String, String> {
    let mut pairs: IndexMap<String, String> = members(form, prefix, ".Name")
        .into_iter()
        .zip(members(form, prefix, value))
        .collect();
    // Their order says nothing.
    pairs.sort_unstable_keys();
    pairs
}

fn need(form: &Form, name: &str) -> Result<String, QueryError> {
    form.get(name)
        .filter(|value| !value.is_empty())
        .cloned()
        .ok_or_else(|| missing(name))
}

fn missing(name: &str) -> QueryError {
    QueryError {
        code: "InvalidParameterValue",
        message: format!("{name} is missing"),
    }
}

pub(super) fn accepted(action: Action, id: &str) -> String {
    let (name, namespace) = match action {
        Action::SendEmail => ("SendEmail", "http://ses.amazonaws.com/doc/2010-12-01/"),
        Action::Publish => ("Publish", "http://sns.amazonaws.com/doc/2010-03-31/"),
    };
    format!(
        "<{name}Response xmlns=\"{namespace}\"><{name}Result><MessageId>{id}</MessageId></{name}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{name}Response>"
    )
}

pub(super) fn refused(refusal: &QueryError) -> String {
    error(refusal.code, &refusal.message)
}

pub(super) fn unreadable(cause: &dyn Display) -> String {
    error("InvalidParameterValue", &cause.to_string())
}

pub(super) fn throttled() -> String {
    error("Throttling", "Rate exceeded")
}

pub(super) fn failed() -> String {
    error("InternalFailure", "An internal failure occurred")
}

fn error(code: &str, message: &str) -> String {
    let message = message
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>local</RequestId></ErrorResponse>"
    )
}
