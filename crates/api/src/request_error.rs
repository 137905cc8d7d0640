/// The largest body that is read: many times what any request of ours needs.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Why a request's body is not even looked into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The content type is another one, or there is none.
    #[error("Send the body as application/json (in UTF-8).")]
    UnsupportedMediaType,
    /// The body is compressed.
    #[error("Send the body as it is, without a Content-Encoding.")]
    UnsupportedContentCoding,
    /// More than [`MAX_BODY_BYTES`].
    #[error("The body may have at most {MAX_BODY_BYTES} bytes.")]
    BodyTooLarge,
    /// Not JSON.
    #[error("The body can't be read as JSON: {0}.")]
    MalformedJson(String),
    /// JSON, but not an object.
    #[error("The body must be a JSON object.")]
    NotAnObject,
    /// There are several headers of this name, of which there may be one.
    #[error("Send one {0} header, and no more.")]
    RepeatedHeader(&'static str),
    /// The `Accept` header can't be read, or allows none of the formats that there are.
    #[error("Accept application/json or text/csv.")]
    NotAcceptable,
}
