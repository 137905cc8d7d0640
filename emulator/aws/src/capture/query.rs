//! AWS's query protocol: forms in, XML out. Of SES it knows `SendEmail`, of SNS `Publish` to a number.

use std::collections::HashMap;
use std::fmt::Display;

use indexmap::IndexMap;

use super::message::{Channel, Message};

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
    Ok(Message {
        kind: Channel::Email,
        to,
        from: Some(need(form, "Source")?),
        subject: Some(need(form, "Message.Subject.Data")?),
        text,
        html,
        attributes: pairs(form, "Tags.member", ".Value"),
    })
}

fn text_message(form: &Form) -> Result<Message, QueryError> {
    if form.contains_key("TopicArn") || form.contains_key("TargetArn") {
        return Err(QueryError {
            code: "InvalidParameter",
            message: "only publishing to a PhoneNumber is supported".to_owned(),
        });
    }
    Ok(Message {
        kind: Channel::Sms,
        to: need(form, "PhoneNumber")?,
        from: None,
        subject: None,
        text: Some(need(form, "Message")?),
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
