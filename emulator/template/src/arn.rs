//! The names that the template's resources have: region, account, ARNs, ids.

/// The region that functions are told they run in.
pub const REGION: &str = "eu-central-1";
/// The account that ARNs name.
pub const ACCOUNT: &str = "123456789012";

/// ARN of a function by its logical id.
#[must_use]
pub fn function_arn(id: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{id}")
}

/// ARN of a secret by its logical id. AWS ends such ARNs in six characters of its own.
#[must_use]
pub fn secret_arn(id: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{id}-local0")
}

/// Id of an API by its logical id.
#[must_use]
pub fn api_id(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// ARN of a topic by its logical id.
pub(crate) fn topic_arn(id: &str) -> String {
    format!("arn:aws:kafka:{REGION}:{ACCOUNT}:topic/local/{id}")
}
