//! Secrets Manager: `GetSecretValue` of the template's secrets, whose values are generated once and
//! kept as files in the data directory.
//!
//! A file is read at every request, so a developer rolls a key by editing it.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use emulator_template::model::Secret;
use emulator_template::secret_arn;
use indexmap::IndexMap;
use rand::distr::{Alphanumeric, SampleString};
use serde::Deserialize;
use serde_json::{Value, json};

#[cfg(test)]
mod tests;

/// The template's secrets.
pub struct Secrets {
    /// By logical id.
    files: IndexMap<String, PathBuf>,
}

/// Why secrets can't be kept.
#[derive(Debug, thiserror::Error)]
#[error("secret file {} can't be written or read", .path.display())]
pub struct SecretsError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

impl Secrets {
    /// Generates what has no value yet below `data_dir`.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn open(secrets: &[Secret], data_dir: &Path) -> Result<Self, SecretsError> {
        let dir = data_dir.join("secrets");
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&dir)
            .map_err(|source| SecretsError {
                path: dir.clone(),
                source,
            })?;
        let mut files = IndexMap::new();
        for secret in secrets {
            let path = dir.join(&secret.id);
            create(secret, &path).map_err(|source| SecretsError {
                path: path.clone(),
                source,
            })?;
            files.insert(secret.id.clone(), path);
        }
        Ok(Self { files })
    }

    /// Answers a request of AWS's JSON 1.1 protocol.
    pub(crate) fn answer(&self, headers: &HeaderMap, body: Result<Bytes, String>) -> Response {
        let target = headers
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok())
            .unwrap_or_default();
        if target != "secretsmanager.GetSecretValue" {
            let message = format!("{target:?} is not supported; supported: GetSecretValue");
            return failure("InvalidRequestException", &message);
        }
        let body = match body {
            Ok(body) => body,
            Err(error) => return failure("InvalidRequestException", &error),
        };
        match self.get(&body) {
            Ok(value) => amz_json(StatusCode::OK, &value),
            Err((kind, message)) => failure(kind, &message),
        }
    }

    fn get(&self, body: &Bytes) -> Result<Value, (&'static str, String)> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Input {
            secret_id: String,
            version_stage: Option<String>,
            version_id: Option<String>,
        }
        let input: Input = serde_json::from_slice(body)
            .map_err(|error| ("InvalidParameterException", error.to_string()))?;
        let not_found = || {
            (
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.".to_owned(),
            )
        };
        let current = input.version_stage.as_deref().unwrap_or("AWSCURRENT") == "AWSCURRENT";
        let (id, path) = self
            .files
            .iter()
            .find(|(id, _)| **id == input.secret_id || secret_arn(id) == input.secret_id)
            .filter(|_| current && input.version_id.is_none())
            .ok_or_else(not_found)?;
        let internal = |error: std::io::Error| ("InternalServiceError", error.to_string());
        let value = std::fs::read_to_string(path).map_err(internal)?;
        let modified = std::fs::metadata(path).map_err(internal)?.mtime();
        Ok(json!({
            "ARN": secret_arn(id),
            "Name": id,
            "SecretString": value,
            "VersionId": format!("00000000-0000-0000-0000-{modified:012}"),
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": modified,
        }))
    }
}

fn create(secret: &Secret, path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    // Complete or not there at all: a half-written secret would be kept for ever.
    let partial = path.with_extension("partial");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&partial)?;
    file.write_all(generate(secret).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(partial, path)
}

/// A value as the template wants it.
pub(crate) fn generate(secret: &Secret) -> String {
    let password = Alphanumeric.sample_string(&mut rand::rng(), secret.length);
    let Some((template, key)) = &secret.template else {
        return password;
    };
    let mut object: serde_json::Map<String, Value> =
        serde_json::from_str(template).expect("BUG: the template was checked to be an object");
    object.insert(key.clone(), password.into());
    Value::Object(object).to_string()
}

fn failure(kind: &'static str, message: &str) -> Response {
    let body = json!({"__type": kind, "message": message, "Message": message});
    amz_json(StatusCode::BAD_REQUEST, &body)
}

fn amz_json(status: StatusCode, body: &Value) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    (status, content_type, body.to_string()).into_response()
}
