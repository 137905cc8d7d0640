//! `AWS::DynamoDB::Table`. Its properties go to DynamoDB as they are, once all of them are known.

use crate::model::{Model, Table};
use crate::node::Node;
use crate::resource::Resource;
use crate::section::Section;

/// Reads one table.
pub(crate) fn read(resource: &Resource<'_>, properties: &Node, model: &mut Model) {
    let section = resource.section("AWS::DynamoDB::Table", properties);
    let attributes = section.need("AttributeDefinitions");
    let key = section.need("KeySchema");
    let indexes = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].map(|kind| section.get(kind));
    let time_to_live = section.get("TimeToLiveSpecification");
    if let Some(node) = section.need("BillingMode")
        && node.text().is_some_and(|mode| mode != "PAY_PER_REQUEST")
    {
        section.problem(node.line, "BillingMode must be PAY_PER_REQUEST");
    }
    section.finish(&[
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "DeletionProtectionEnabled",
        "Tags",
    ]);
    check_list(resource, "AttributeDefinitions", attributes, |entry| {
        entry.need_string("AttributeName");
        check_one_of(&entry, "AttributeType", &["S", "N", "B"]);
        entry.finish(&[]);
    });
    check_key(resource, key);
    for index in indexes {
        check_list(resource, "an index", index, |entry| {
            entry.need_string("IndexName");
            check_key(resource, entry.need("KeySchema"));
            if let Some(node) = entry.need("Projection") {
                let projection = resource.section("Projection", node);
                check_one_of(
                    &projection,
                    "ProjectionType",
                    &["ALL", "INCLUDE", "KEYS_ONLY"],
                );
                projection.list("NonKeyAttributes");
                projection.finish(&[]);
            }
            entry.finish(&[]);
        });
    }
    if let Some(node) = time_to_live {
        let section = resource.section("TimeToLiveSpecification", node);
        section.need_string("AttributeName");
        check_one_of(&section, "Enabled", &["true", "false"]);
        section.finish(&[]);
    }
    model.tables.push(Table {
        name: resource.id.to_owned(),
        properties: properties.json(),
    });
}

fn check_key(resource: &Resource<'_>, node: Option<&Node>) {
    check_list(resource, "KeySchema", node, |entry| {
        entry.need_string("AttributeName");
        check_one_of(&entry, "KeyType", &["HASH", "RANGE"]);
        entry.finish(&[]);
    });
}

fn check_list<'a>(
    resource: &Resource<'a>,
    what: &str,
    node: Option<&'a Node>,
    check: impl Fn(Section<'a>),
) {
    let Some(node) = node else {
        return;
    };
    match node.items() {
        Some(items) => {
            for item in items {
                check(resource.section(what, item));
            }
        }
        None => resource.problem(
            node.line,
            format!("{what} must be a list, not {}", node.kind()),
        ),
    }
}

fn check_one_of(section: &Section<'_>, key: &'static str, allowed: &[&str]) {
    if let Some(value) = section.need_string(key)
        && !allowed.contains(&value.as_str())
    {
        let allowed = allowed.join(", ");
        section.problem(
            section.line(),
            format!("{key} is {value}; allowed: {allowed}"),
        );
    }
}
