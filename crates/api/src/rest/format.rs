//! JSON or CSV: what a client accepts, and tables as CSV.

use std::str::FromStr as _;

use headers_accept::Accept;
use http::header::ACCEPT;
use lambda_http::Request;
use mediatype::names::{APPLICATION, CHARSET, CSV, JSON, TEXT};
use mediatype::{MediaType, Value};
use serde::Serialize;

use super::RequestError;

/// A format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `text/csv` (RFC 4180) in UTF-8, with a header row.
    Csv,
}

/// What can be had as CSV too.
pub trait Table {
    /// The table: a header row, then one row each. No cell holds text that a user wrote, and none begins
    /// with a character that a spreadsheet takes for a formula.
    fn to_csv(&self) -> String;

    /// The query that asks for the next part of the table, if there is one.
    fn next_query(&self) -> Option<String>;
}

/// Chooses the format that the `Accept` header prefers (RFC 9110, 12.5.1): JSON without a preference.
///
/// # Errors
/// [`RequestError::NotAcceptable`] if it allows neither, or can't be read.
pub fn format(request: &Request) -> Result<Format, RequestError> {
    let Some(accept) = accepted(request)? else {
        return Ok(Format::Json);
    };
    // In the order in which we prefer them where a client has no preference. It may name the charset.
    let utf_8 = [(CHARSET, Value::new("utf-8").expect("BUG: it is a token"))];
    let available = [
        MediaType::new(APPLICATION, JSON),
        MediaType::new(TEXT, CSV),
        MediaType::from_parts(TEXT, CSV, None, &utf_8),
    ];
    match accept.negotiate(&available) {
        Some(chosen) if chosen.ty == TEXT => Ok(Format::Csv),
        Some(_) => Ok(Format::Json),
        None => Err(RequestError::NotAcceptable),
    }
}

/// What the `Accept` headers say, if there are any.
///
/// # Errors
/// [`RequestError::NotAcceptable`] if they can't be read.
pub(crate) fn accepted(request: &Request) -> Result<Option<Accept>, RequestError> {
    let mut values = request.headers().get_all(ACCEPT).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let mut accept = first.to_str().unwrap_or_default().to_owned();
    for value in values {
        accept.push(',');
        accept.push_str(value.to_str().unwrap_or_default());
    }
    // Types, parameters and charsets are the same in any case.
    let accept = Accept::from_str(&accept.to_ascii_lowercase());
    accept.map(Some).map_err(|_| RequestError::NotAcceptable)
}

/// Rows under a header, with the line ends that RFC 4180 wants.
pub(super) fn csv<T: Serialize>(header: &[&str], rows: &[T]) -> String {
    const BUG: &str = "BUG: rows are flat, and memory takes all";
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(header).expect(BUG);
    for row in rows {
        writer.serialize(row).expect(BUG);
    }
    let bytes = writer.into_inner().expect(BUG);
    String::from_utf8(bytes).expect("BUG: every cell is UTF-8")
}

#[cfg(test)]
mod tests;
