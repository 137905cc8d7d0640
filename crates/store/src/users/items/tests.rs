use dynamodb::{number, read};

use super::*;

#[test]
fn what_cannot_be_read_is_named_without_its_value() {
    let mut item = Item::from([
        ("pk".to_owned(), text("email#ada@example.com")),
        ("user_id".to_owned(), text("somebody")),
        ("password_hash".to_owned(), number(1)),
    ]);
    let causes = |item: &Item| {
        let error = read::<LoginItem>("reading a login", item.clone()).err();
        let error = crate::fault::fault(error.expect("this is no login"));
        app::Causes(&error).to_string()
    };
    for attribute in ["user_id", "password_hash"] {
        let causes = causes(&item);
        let expected = "internal error: reading a login: attribute ";
        assert!(causes.starts_with(expected), "{causes}");
        assert!(!causes.contains("somebody"), "{causes}");
        item.remove(attribute);
    }
    assert!(causes(&item).contains("missing field"));
}
