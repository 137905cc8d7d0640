use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection,
};
use saphyr::{LoadableYamlNode as _, Yaml};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// Creates the tables that `template.yaml` declares, each under its logical name.
pub(super) async fn create_tables(client: &Client) {
    let template = Yaml::load_from_str(TEMPLATE).expect("YAML");
    let resources = template[0]["Resources"].as_mapping().expect("resources");
    for (name, resource) in resources {
        if resource["Type"].as_str() == Some("AWS::DynamoDB::Table") {
            create_table(client, text(name), &resource["Properties"]).await;
        }
    }
}

async fn create_table(client: &Client, name: &str, properties: &Yaml<'_>) {
    let attributes = list(&properties["AttributeDefinitions"]).map(|attribute| {
        AttributeDefinition::builder()
            .attribute_name(text(&attribute["AttributeName"]))
            .attribute_type(text(&attribute["AttributeType"]).into())
            .build()
            .expect("an attribute")
    });
    let indexes = properties
        .as_mapping_get("GlobalSecondaryIndexes")
        .map(|indexes| list(indexes).map(index).collect());
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.collect()))
        .set_key_schema(Some(key_schema(properties)))
        .set_global_secondary_indexes(indexes)
        .send()
        .await
        .expect("a table");
}

fn index(index: &Yaml<'_>) -> GlobalSecondaryIndex {
    let projection = &index["Projection"];
    let more = projection
        .as_mapping_get("NonKeyAttributes")
        .map(|names| list(names).map(|name| text(name).to_owned()).collect());
    let projection = Projection::builder()
        .projection_type(text(&projection["ProjectionType"]).into())
        .set_non_key_attributes(more)
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(text(&index["IndexName"]))
        .set_key_schema(Some(key_schema(index)))
        .projection(projection)
        .build()
        .expect("an index")
}

fn key_schema(of: &Yaml<'_>) -> Vec<KeySchemaElement> {
    let key = |key: &Yaml<'_>| {
        KeySchemaElement::builder()
            .attribute_name(text(&key["AttributeName"]))
            .key_type(text(&key["KeyType"]).into())
            .build()
            .expect("a key")
    };
    list(&of["KeySchema"]).map(key).collect()
}

fn list<'a>(node: &'a Yaml<'a>) -> impl Iterator<Item = &'a Yaml<'a>> {
    node.as_sequence().expect("a list").iter()
}

fn text<'a>(node: &'a Yaml<'_>) -> &'a str {
    node.as_str().expect("a string")
}
