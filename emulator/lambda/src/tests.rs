use super::*;

const ENDPOINT: &str = "http://127.0.0.1:4566";

fn names(deployed: &[&str]) -> Result<IndexMap<String, String>, LambdaError> {
    let deployed: Vec<String> = deployed.iter().map(|name| (*name).to_owned()).collect();
    names_of(ENDPOINT, "shop", ["Orders", "Mail"], &deployed)
}

#[test]
fn functions_are_called_by_stack_logical_id_and_suffix() {
    let deployed = [
        "shop-Orders-1A2B3C",
        "shop-Mail-9Z8Y",
        "shop-OrdersArchive-77",
        "shop-Orders-Copy-77",
        "shop-Orders-",
        "workshop-Orders-1",
        "Orders",
    ];
    let names = names(&deployed).unwrap();
    assert_eq!(names["Orders"], "shop-Orders-1A2B3C");
    assert_eq!(names["Mail"], "shop-Mail-9Z8Y");
    assert_eq!(names.len(), 2);
}

#[test]
fn what_is_missing_is_named_whole() {
    let error = names(&["shop-Copy-1"]).unwrap_err().to_string();
    assert!(error.contains("Orders, Mail") && error.contains(ENDPOINT));
}

#[test]
fn two_that_may_be_meant_are_named() {
    let error = names(&["shop-Orders-1", "shop-Orders-2", "shop-Mail-1"]).unwrap_err();
    assert!(error.to_string().contains("shop-Orders-1 or shop-Orders-2"));
}

#[test]
fn a_failure_is_told_as_the_function_says_it() {
    let failed = |payload: &str| {
        let output = InvokeOutput::builder()
            .function_error("Unhandled")
            .payload(Blob::new(payload));
        answer("Orders", output.build()).unwrap_err().to_string()
    };
    let said = failed(r#"{"errorType":"Broken","errorMessage":"no stock"}"#);
    assert_eq!(said, "function Orders failed: Broken: no stock");
    assert_eq!(failed("?"), "function Orders failed: Unhandled: ?");
}
