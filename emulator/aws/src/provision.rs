//! What a template declares, made in another emulator of AWS: tables, secrets and the identities of SES.

use std::error::Error;

use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use emulator_template::REGION;
use emulator_template::model::{Model, Secret};

use crate::dynamodb::{self, DynamoDbError};
use crate::{credentials, secrets};

/// What could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// A table.
    #[error(transparent)]
    Table(#[from] DynamoDbError),
    /// A secret.
    #[error("secret {id} can't be created at {endpoint}")]
    Secret {
        /// Logical id.
        id: String,
        /// Where.
        endpoint: String,
        /// What the client says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// An identity of SES.
    #[error("SES at {endpoint} does not verify {identity}")]
    Identity {
        /// Address or domain.
        identity: String,
        /// Where.
        endpoint: String,
        /// What the client says.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Makes tables, secrets and identities at the URL `endpoint`. What is there already stays as it is, but for indexes that a table lacks.
///
/// # Errors
/// Names the first that can't be made.
pub async fn provision(endpoint: &str, model: &Model) -> Result<(), ProvisionError> {
    dynamodb::create_tables(endpoint, &model.tables).await?;
    create_secrets(endpoint, &model.secrets).await?;
    verify_identities(endpoint, &model.email_identities).await
}

async fn create_secrets(endpoint: &str, declared: &[Secret]) -> Result<(), ProvisionError> {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::from_static(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(credentials())
        .build();
    let client = aws_sdk_secretsmanager::Client::from_conf(config);
    for secret in declared {
        let create = client.create_secret().name(&secret.id);
        let created = create.secret_string(secrets::generate(secret)).send().await;
        let exists = |error: &CreateSecretError| error.is_resource_exists_exception();
        match created {
            Err(error) if !error.as_service_error().is_some_and(exists) => {
                return Err(ProvisionError::Secret {
                    id: secret.id.clone(),
                    endpoint: endpoint.to_owned(),
                    source: error.into(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

async fn verify_identities(endpoint: &str, declared: &[String]) -> Result<(), ProvisionError> {
    let config = aws_sdk_ses::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_ses::config::Region::from_static(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(credentials())
        .build();
    let client = aws_sdk_ses::Client::from_conf(config);
    for identity in declared {
        let failed = |source| ProvisionError::Identity {
            identity: identity.clone(),
            endpoint: endpoint.to_owned(),
            source,
        };
        if identity.contains('@') {
            let verify = client.verify_email_identity().email_address(identity);
            verify.send().await.map_err(|error| failed(error.into()))?;
        } else {
            let verify = client.verify_domain_identity().domain(identity);
            verify.send().await.map_err(|error| failed(error.into()))?;
        }
    }
    Ok(())
}
