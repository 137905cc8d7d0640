use domain::Tick;
use serde_json::json;

use super::world::{ADMIN, World, user};

#[tokio::test]
async fn what_is_private_is_shown_to_nobody_else_not_even_to_admins() {
    let world = World::of(3).await;
    let shown = async |caller, number| {
        let of = format!(
            "{{ user(id: \"{}\") {{ email phone notifications {{ alert }} alerts {{ id }}
                snapshots {{ nodes {{ id }} }} analytics {{ count }} prices {{ firstTick }} }} }}",
            user(number)
        );
        let answer = world.json(Some(caller), &of).await;
        let codes = world.codes(Some(caller), &of).await;
        (answer["data"]["user"].clone(), codes)
    };
    let forbidden = |count| json!(vec!["FORBIDDEN"; count]);
    // Prices are public, the past ones too.
    let prices = json!({"firstTick": Tick::at_ms(user(3).registered_at_ms()).get()});
    let public = json!({
        "email": null, "phone": null, "notifications": null, "alerts": null,
        "snapshots": null, "analytics": null, "prices": prices,
    });
    for caller in [2, ADMIN] {
        assert_eq!(shown(caller, 3).await, (public.clone(), forbidden(6)));
    }
    for caller in [ADMIN, 2] {
        let own = json!({
            "email": format!("{}@example.com", user(caller)), "phone": null, "notifications": {"alert": true}, "alerts": [],
            "snapshots": {"nodes": []}, "analytics": {"count": 0}, "prices": prices,
        });
        assert_eq!(shown(caller, caller).await, (own, json!([])));
    }
}

#[tokio::test]
async fn whoever_registers_another_user_does_not_get_to_see_what_is_theirs_alone() {
    let register = "mutation { register(input: {name: \"Bob\", email: \"bob@example.com\", password: \"correct horse battery\"}) { alerts { id } snapshots { nodes { id } } analytics { count } } }";
    for (caller, code) in [
        (Some(ADMIN), "FORBIDDEN"),
        (Some(2), "FORBIDDEN"),
        (None, "UNAUTHENTICATED"),
    ] {
        let world = World::of(2).await;
        assert_eq!(world.codes(caller, register).await, json!(vec![code; 3]));
    }
}
