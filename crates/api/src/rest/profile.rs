use app::users::{PhoneChange, PreferencesChange, ProfileChange};
use domain::user::{Name, Phone};
use lambda_http::Request;

use super::Fields;
use crate::problem::Problem;

/// Reads `PATCH /api/v1/users/me`: a JSON merge patch (RFC 7396). What it leaves out stays as it is; only the
/// phone number can be removed, with `null`. A patch that changes nothing is fine.
///
/// # Errors
/// The problem with the request; bad fields are named all at once, those of `notifications` as
/// `notifications.alert` and so on.
pub fn profile_change(request: &Request) -> Result<ProfileChange, Problem> {
    let mut fields = Fields::read_merge_patch(request)?;
    let name = fields.changeable("name", Name::parse);
    let phone = match fields.removable("phone", Phone::parse) {
        None => PhoneChange::Keep,
        Some(None) => PhoneChange::Remove,
        Some(Some(phone)) => PhoneChange::To(phone),
    };
    let preferences = fields.object("notifications", "notifications.", |fields| {
        PreferencesChange {
            snapshot_saved: fields.flag("snapshot_saved"),
            alert: fields.flag("alert"),
        }
    });
    fields.refused(
        "email",
        "can't be changed: an account belongs to its address",
    );
    let change = ProfileChange {
        name,
        phone,
        preferences: preferences.unwrap_or_default(),
    };
    Ok(fields.finish(|| Some(change))?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::test_events::request;
    use super::*;

    fn patch(body: &str) -> Request {
        let headers = [("Content-Type", "application/merge-patch+json")];
        request("PATCH", "/api/v1/users/me", &headers, Some(body))
    }

    fn errors(body: &Value) -> Vec<(String, String)> {
        let problem = profile_change(&patch(&body.to_string())).unwrap_err();
        let problem = serde_json::to_value(&problem).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| (text(&error["field"]), text(&error["detail"])))
            .collect()
    }

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let change = profile_change(&patch("{}")).unwrap();
        assert_eq!(change, ProfileChange::default());
        let change = profile_change(&patch(r#"{"notifications":{"alert":false}}"#)).unwrap();
        let preferences = PreferencesChange {
            alert: Some(false),
            ..Default::default()
        };
        assert_eq!(
            change,
            ProfileChange {
                preferences,
                ..Default::default()
            }
        );
    }

    #[test]
    fn everything_can_be_changed_at_once() {
        let body = json!({
            "name": " Ada King ",
            "phone": "+4930901820",
            "notifications": {"snapshot_saved": true, "alert": false},
        });
        let change = profile_change(&patch(&body.to_string())).unwrap();
        let expected = ProfileChange {
            name: Some(Name::parse("Ada King").unwrap()),
            phone: PhoneChange::To(Phone::parse("+4930901820").unwrap()),
            preferences: PreferencesChange {
                snapshot_saved: Some(true),
                alert: Some(false),
            },
        };
        assert_eq!(change, expected);
    }

    #[test]
    fn only_the_phone_number_can_be_removed() {
        let change = profile_change(&patch(r#"{"phone":null}"#)).unwrap();
        assert_eq!(change.phone, PhoneChange::Remove);
        let body = json!({"name": null, "notifications": {"alert": null}});
        let expected = [
            ("name", "is null: expected a text"),
            ("notifications.alert", "is null: expected true or false"),
        ];
        assert_eq!(
            errors(&body),
            expected.map(|(field, why)| (field.to_owned(), why.to_owned()))
        );
        assert_eq!(
            errors(&json!({"notifications": null}))[0].1,
            "is null: expected an object"
        );
    }

    #[test]
    fn every_bad_field_is_told_at_once() {
        let body = json!({
            "name": "",
            "phone": 7,
            "email": "new@example.com",
            "notifications": {"snapshot_saved": "yes", "sms": true},
            "admin": true,
        });
        let expected = [
            ("name", "is empty: expected 1 to 100 characters"),
            ("phone", "is a number: expected a text"),
            (
                "notifications.snapshot_saved",
                "is a text: expected true or false",
            ),
            (
                "notifications.sms",
                "is not known: expected only snapshot_saved, alert",
            ),
            (
                "email",
                "can't be changed: an account belongs to its address",
            ),
            (
                "admin",
                "is not known: expected only name, phone, notifications",
            ),
        ];
        assert_eq!(
            errors(&body),
            expected.map(|(field, why)| (field.to_owned(), why.to_owned()))
        );
    }

    #[test]
    fn a_patch_may_come_as_plain_json_but_nothing_else_does() {
        for (media_type, accepted) in [
            ("application/json", true),
            ("application/merge-patch+json; charset=utf-8", true),
            ("application/json-patch+json", false),
            ("text/plain", false),
        ] {
            let headers = [("Content-Type", media_type)];
            let request = request("PATCH", "/api/v1/users/me", &headers, Some("{}"));
            assert_eq!(profile_change(&request).is_ok(), accepted, "{media_type}");
        }
        let headers = [("Content-Type", "application/merge-patch+json")];
        let register = request("POST", "/api/v1/users/register", &headers, Some("{}"));
        assert!(Fields::read(&register).is_err());
    }
}
