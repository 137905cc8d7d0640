use app::Result;
use app::directory::NamePlace;
use app::users::{PhoneChange, Profile, ProfileChange};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::UserId;

use super::DynamoUserStore;
use super::items::{Item, profile_key, text};
use crate::fault::{ATTEMPTS, exhausted, fault, is_conflict, pause};

impl DynamoUserStore {
    pub(super) async fn change(
        &self,
        id: UserId,
        change: &ProfileChange,
    ) -> Result<Option<Profile>> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(profile_key(id)))
            .condition_expression("attribute_exists(pk)")
            .return_values(ReturnValue::AllNew);
        let update = changing(update, id, change);
        for attempt in 1..=ATTEMPTS {
            match update.clone().send().await {
                Ok(output) => {
                    let item = Item(output.attributes.unwrap_or_default());
                    return item.to_profile().map(Some);
                }
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
                {
                    return Ok(None);
                }
                // The user is just being deleted: the next try shows it.
                Err(error) if is_conflict(&error) => pause(attempt).await,
                Err(error) => return Err(fault(error).into()),
            }
        }
        Err(exhausted("another transaction holds the profile").into())
    }
}

/// Adds what a change sets and removes. A change of nothing is an update without an expression, which
/// gives the item as it is.
fn changing(
    mut update: UpdateItemFluentBuilder,
    id: UserId,
    change: &ProfileChange,
) -> UpdateItemFluentBuilder {
    let (mut sets, mut removes) = (Vec::new(), Vec::new());
    let preferences = change.preferences;
    let name = change.name.as_ref().map(|name| text(name.as_str()));
    let place = change.name.as_ref().map(|name| NamePlace::of(name, id));
    let phone = match &change.phone {
        PhoneChange::Keep => None,
        PhoneChange::Remove => {
            update = update.expression_attribute_names("#phone", "phone");
            removes.push("#phone");
            None
        }
        PhoneChange::To(phone) => Some(text(phone.as_str())),
    };
    for (name, value) in [
        ("name", name),
        (
            "name_initial",
            place.as_ref().map(|place| text(place.initial())),
        ),
        (
            "name_place",
            place.as_ref().map(|place| text(place.as_str())),
        ),
        ("phone", phone),
        (
            "wants_snapshot_saved",
            preferences.snapshot_saved.map(AttributeValue::Bool),
        ),
        ("wants_alert", preferences.alert.map(AttributeValue::Bool)),
    ] {
        if let Some(value) = value {
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
            sets.push(format!("#{name} = :{name}"));
        }
    }
    let mut clauses = Vec::new();
    if !sets.is_empty() {
        clauses.push(format!("SET {}", sets.join(", ")));
    }
    if !removes.is_empty() {
        clauses.push(format!("REMOVE {}", removes.join(", ")));
    }
    update.set_update_expression((!clauses.is_empty()).then(|| clauses.join(" ")))
}
