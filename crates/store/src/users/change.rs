use app::Result;
use app::directory::NamePlace;
use app::users::{PhoneChange, Profile, ProfileChange};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::UserId;
use dynamodb::{Updated, send, text};

use super::items::{key, profile_pk};
use super::{DynamoUserStore, read_profile};
use crate::fault::fault;

impl DynamoUserStore {
    pub(super) async fn change(
        &self,
        id: UserId,
        change: &ProfileChange,
    ) -> Result<Option<Profile>> {
        let update = self
            .table
            .update(key(profile_pk(id)))
            .condition_expression("attribute_exists(pk)")
            .return_values(ReturnValue::AllNew);
        // Where the user is just being deleted, the next attempt shows it.
        match send(changing(update, id, change)).await.map_err(fault)? {
            Updated::Done(item) => read_profile(item).map(Some),
            Updated::Refused(_) => Ok(None),
        }
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
