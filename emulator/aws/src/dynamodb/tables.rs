//! From a table's CloudFormation properties to a table that exists.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, IndexStatus, KeySchemaElement, KeyType, LocalSecondaryIndex,
    Projection, ProjectionType, ScalarAttributeType, TableDescription, TableStatus,
    TimeToLiveSpecification,
};
use emulator_template::model::Table;
use serde::Deserialize;
use tracing::info;

use super::error::{DynamoDbError, table_error};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<Key>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
    #[serde(default)]
    local_secondary_indexes: Vec<Index>,
    time_to_live_specification: Option<TimeToLive>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Index {
    index_name: String,
    key_schema: Vec<Key>,
    projection: IndexProjection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IndexProjection {
    projection_type: String,
    #[serde(default)]
    non_key_attributes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: String,
    enabled: bool,
}

/// Creates a table, or gives one that exists the indexes that it lacks.
pub(super) async fn ensure(client: &Client, table: &Table) -> Result<(), DynamoDbError> {
    let properties: Properties = serde_json::from_value(table.properties.clone())
        .map_err(|error| table_error(table, &error))?;
    let described = client.describe_table().table_name(&table.name).send().await;
    match described {
        Ok(output) => {
            if let Some(description) = output.table() {
                let added = add_indexes(client, table, &properties, description).await?;
                compare(table, &properties, added.as_ref().unwrap_or(description))?;
            }
        }
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            create(client, table, &properties).await?;
        }
        Err(error) => return Err(table_error(table, &error)),
    }
    ensure_time_to_live(client, table, &properties).await
}

async fn create(
    client: &Client,
    table: &Table,
    properties: &Properties,
) -> Result<(), DynamoDbError> {
    request(client, table, properties)
        .map_err(|error| table_error(table, &error))?
        .send()
        .await
        .map_err(|error| table_error(table, &error))?;
    settled(client, table).await.map(drop)
}

/// The table once neither it nor an index is being made: the embedded one is there at once, others take a moment.
async fn settled(
    client: &Client,
    table: &Table,
) -> Result<Option<TableDescription>, DynamoDbError> {
    loop {
        let described = client.describe_table().table_name(&table.name).send().await;
        let described = described.map_err(|error| table_error(table, &error))?.table;
        let is_settled = described.as_ref().is_none_or(|described| {
            let indexes = described.global_secondary_indexes().iter();
            let is_ready =
                |status: Option<&IndexStatus>| status.is_none_or(|s| s == &IndexStatus::Active);
            described
                .table_status()
                .is_none_or(|s| s == &TableStatus::Active)
                && indexes.map(|index| index.index_status()).all(is_ready)
        });
        if is_settled {
            return Ok(described);
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Adds the indexes that the template has and the table lacks, one after the other, as DynamoDB asks for and CloudFormation
/// does. Gives the table as it is then; nothing if it lacks none.
async fn add_indexes(
    client: &Client,
    table: &Table,
    properties: &Properties,
    existing: &TableDescription,
) -> Result<Option<TableDescription>, DynamoDbError> {
    let existing = existing.global_secondary_indexes().iter();
    let names: Vec<_> = existing.filter_map(|index| index.index_name()).collect();
    let mut changed = None;
    for index in &properties.global_secondary_indexes {
        if names.contains(&index.index_name.as_str()) {
            continue;
        }
        let adding = adding(client, table, properties, index);
        let adding = adding.map_err(|error| table_error(table, &error))?.send();
        adding.await.map_err(|error| table_error(table, &error))?;
        changed = settled(client, table).await?;
        info!(
            table = table.name,
            index = index.index_name,
            "the table has a new index"
        );
    }
    Ok(changed)
}

fn adding(
    client: &Client,
    table: &Table,
    properties: &Properties,
    index: &Index,
) -> Result<UpdateTableFluentBuilder, BuildError> {
    let is_key = |attribute: &&Attribute| {
        let mut keys = index.key_schema.iter();
        keys.any(|key| key.attribute_name == attribute.attribute_name)
    };
    let attributes = properties.attribute_definitions.iter().filter(is_key);
    let create = CreateGlobalSecondaryIndexAction::builder()
        .index_name(&index.index_name)
        .set_key_schema(Some(key_schema(&index.key_schema)?))
        .projection(projection(&index.projection))
        .build()?;
    Ok(client
        .update_table()
        .table_name(&table.name)
        .set_attribute_definitions(Some(attributes.map(definition).collect::<Result<_, _>>()?))
        .global_secondary_index_updates(
            GlobalSecondaryIndexUpdate::builder().create(create).build(),
        ))
}

fn definition(attribute: &Attribute) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder()
        .attribute_name(&attribute.attribute_name)
        .attribute_type(ScalarAttributeType::from(attribute.attribute_type.as_str()))
        .build()
}

fn request(
    client: &Client,
    table: &Table,
    properties: &Properties,
) -> Result<CreateTableFluentBuilder, BuildError> {
    let mut request = client
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest);
    for attribute in &properties.attribute_definitions {
        request = request.attribute_definitions(definition(attribute)?);
    }
    request = request.set_key_schema(Some(key_schema(&properties.key_schema)?));
    for index in &properties.global_secondary_indexes {
        request = request.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(&index.index_name)
                .set_key_schema(Some(key_schema(&index.key_schema)?))
                .projection(projection(&index.projection))
                .build()?,
        );
    }
    for index in &properties.local_secondary_indexes {
        request = request.local_secondary_indexes(
            LocalSecondaryIndex::builder()
                .index_name(&index.index_name)
                .set_key_schema(Some(key_schema(&index.key_schema)?))
                .projection(projection(&index.projection))
                .build()?,
        );
    }
    Ok(request)
}

fn key_schema(keys: &[Key]) -> Result<Vec<KeySchemaElement>, BuildError> {
    keys.iter()
        .map(|key| {
            KeySchemaElement::builder()
                .attribute_name(&key.attribute_name)
                .key_type(KeyType::from(key.key_type.as_str()))
                .build()
        })
        .collect()
}

fn projection(projection: &IndexProjection) -> Projection {
    Projection::builder()
        .projection_type(ProjectionType::from(projection.projection_type.as_str()))
        .set_non_key_attributes(projection.non_key_attributes.clone())
        .build()
}

async fn ensure_time_to_live(
    client: &Client,
    table: &Table,
    properties: &Properties,
) -> Result<(), DynamoDbError> {
    let Some(declared) = &properties.time_to_live_specification else {
        return Ok(());
    };
    let described = client
        .describe_time_to_live()
        .table_name(&table.name)
        .send()
        .await
        .map_err(|error| table_error(table, &error))?;
    let active = described
        .time_to_live_description()
        .filter(|ttl| {
            ttl.time_to_live_status()
                .is_some_and(|s| s.as_str() == "ENABLED")
        })
        .and_then(|ttl| ttl.attribute_name());
    // DynamoDB refuses to set what is set already.
    if declared.enabled == (active == Some(declared.attribute_name.as_str())) {
        return Ok(());
    }
    let specification = TimeToLiveSpecification::builder()
        .attribute_name(&declared.attribute_name)
        .enabled(declared.enabled)
        .build()
        .map_err(|error| table_error(table, &error))?;
    client
        .update_time_to_live()
        .table_name(&table.name)
        .time_to_live_specification(specification)
        .send()
        .await
        .map_err(|error| table_error(table, &error))?;
    Ok(())
}

fn compare(
    table: &Table,
    properties: &Properties,
    existing: &TableDescription,
) -> Result<(), DynamoDbError> {
    let declared = shape(properties);
    let mut found = vec![("key".to_owned(), existing_keys(existing.key_schema()))];
    for index in existing.global_secondary_indexes() {
        let name = index.index_name().unwrap_or_default().to_owned();
        found.push((name, existing_keys(index.key_schema())));
    }
    for index in existing.local_secondary_indexes() {
        let name = index.index_name().unwrap_or_default().to_owned();
        found.push((name, existing_keys(index.key_schema())));
    }
    found.sort();
    if declared == found {
        return Ok(());
    }
    Err(DynamoDbError::Changed {
        table: table.name.clone(),
        difference: format!("the template has {declared:?}, the table {found:?}"),
    })
}

/// The key and the indexes with their keys, by name.
fn shape(properties: &Properties) -> Vec<(String, String)> {
    let keys = |keys: &[Key]| {
        let keys = keys
            .iter()
            .map(|key| format!("{} {}", key.attribute_name, key.key_type));
        keys.collect::<Vec<_>>().join(", ")
    };
    let mut shape = vec![("key".to_owned(), keys(&properties.key_schema))];
    let global = properties.global_secondary_indexes.iter();
    for index in global.chain(&properties.local_secondary_indexes) {
        shape.push((index.index_name.clone(), keys(&index.key_schema)));
    }
    shape.sort();
    shape
}

fn existing_keys(keys: &[KeySchemaElement]) -> String {
    let keys = keys
        .iter()
        .map(|key| format!("{} {}", key.attribute_name(), key.key_type().as_str()));
    keys.collect::<Vec<_>>().join(", ")
}
