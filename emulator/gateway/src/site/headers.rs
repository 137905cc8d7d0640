//! The headers of a site's answers, from a JSON file: an object of names and values.

use std::path::{Path, PathBuf};

use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, TRANSFER_ENCODING, VARY,
};
use indexmap::IndexMap;
use serde_json::Value;

/// What each answer has of its own.
const OWN: [HeaderName; 10] = [
    CACHE_CONTROL,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    ETAG,
    LAST_MODIFIED,
    TRANSFER_ENCODING,
    VARY,
];

/// Headers that all answers of a site have.
#[derive(Debug, Clone, Default)]
pub struct SiteHeaders(HeaderMap);

/// Why a file of headers is refused.
#[derive(Debug, thiserror::Error)]
pub enum SiteHeadersError {
    /// The file is missing or can't be read.
    #[error("the site's headers in {} were not read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It is no JSON object.
    #[error("the site's headers in {} are no JSON object of names and values", file.display())]
    NoObject {
        /// The file.
        file: PathBuf,
        /// What is wrong, and where.
        #[source]
        source: serde_json::Error,
    },
    /// One of the headers is wrong.
    #[error("the site's headers in {}: {name:?} {reason}", file.display())]
    Header {
        /// The file.
        file: PathBuf,
        /// Name of the header.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl SiteHeaders {
    /// Reads the file.
    ///
    /// # Errors
    /// If it can't be read, or one of its headers can't be sent.
    pub fn read(file: &Path) -> Result<Self, SiteHeadersError> {
        let text =
            std::fs::read_to_string(file).map_err(|source| SiteHeadersError::Unreadable {
                file: file.to_owned(),
                source,
            })?;
        let declared: IndexMap<String, Value> =
            serde_json::from_str(&text).map_err(|source| SiteHeadersError::NoObject {
                file: file.to_owned(),
                source,
            })?;
        let mut headers = HeaderMap::new();
        for (name, value) in declared {
            add(&mut headers, &name, &value).map_err(|reason| SiteHeadersError::Header {
                file: file.to_owned(),
                name,
                reason,
            })?;
        }
        Ok(Self(headers))
    }

    /// Adds them to those of an answer.
    pub(super) fn add_to(&self, answer: &mut HeaderMap) {
        answer.extend(self.0.clone());
    }
}

fn add(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), &'static str> {
    let name: HeaderName = name.parse().map_err(|_| "is no name of a header")?;
    let value = value.as_str().ok_or("must have a string for its value")?;
    let value = HeaderValue::from_str(value)
        .map_err(|_| "has a character in its value that no header may have")?;
    if OWN.contains(&name) {
        return Err("differs from answer to answer, so the server sets it");
    }
    match headers.insert(name, value) {
        Some(_) => Err("is there twice"),
        None => Ok(()),
    }
}
