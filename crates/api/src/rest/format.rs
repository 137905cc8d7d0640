//! JSON or CSV: what a client accepts, and tables as CSV.

use std::str::FromStr as _;

use headers_accept::Accept;
use http::header::ACCEPT;
use lambda_http::Request;
use mediatype::names::{APPLICATION, CSV, JSON, TEXT};
use mediatype::{MediaType, MediaTypeBuf};
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
/// [`RequestError::NotAcceptable`] if it allows neither.
pub fn format(request: &Request) -> Result<Format, RequestError> {
    let Some(accept) = accepted(request)? else {
        return Ok(Format::Json);
    };
    // In the order in which we prefer them where a client has no preference.
    match accept.negotiate(&[MediaType::new(APPLICATION, JSON), MediaType::new(TEXT, CSV)]) {
        Some(chosen) if chosen.ty == TEXT => Ok(Format::Csv),
        Some(_) => Ok(Format::Json),
        None => Err(RequestError::NotAcceptable),
    }
}

/// What the `Accept` headers say; nothing if there are none, or empty ones: anything will do then.
///
/// They are read as leniently as they are written. What is no media range is passed over, `*` is `*/*`, and parameters
/// but `q` don't count, since no type that we have comes in several variants.
///
/// # Errors
/// [`RequestError::NotAcceptable`] if nothing in them is a media range.
pub(crate) fn accepted(request: &Request) -> Result<Option<Accept>, RequestError> {
    let values = request.headers().get_all(ACCEPT).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    // Types and the name of `q` are the same in any case.
    let header = values.join(",").to_ascii_lowercase();
    if header.trim_matches([' ', '\t', ',']).is_empty() {
        return Ok(None);
    }
    let ranges: Vec<_> = header.split(',').filter_map(media_range).collect();
    if ranges.is_empty() {
        return Err(RequestError::NotAcceptable);
    }
    let accept = Accept::from_str(&ranges.join(","));
    accept.map(Some).map_err(|_| RequestError::NotAcceptable)
}

/// The media range of an element and its quality, written as RFC 9110 has them.
fn media_range(element: &str) -> Option<String> {
    let mut parts = element.split(';').map(str::trim);
    let range = match parts.next()? {
        "*" => "*/*",
        range => range,
    };
    MediaTypeBuf::from_str(range).ok()?;
    if range.starts_with("*/") && range != "*/*" {
        return None;
    }
    let parameters = parts.filter_map(|parameter| parameter.split_once('='));
    let quality = parameters
        .filter(|(name, _)| name.trim_end() == "q")
        .find_map(|(_, value)| value.trim_start().parse().ok())
        .filter(|quality: &f32| !quality.is_nan())
        .map_or(1.0, |quality| quality.clamp(0.0, 1.0));
    Some(format!("{range};q={quality:.3}"))
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
