use std::collections::HashMap;

use e2e::{Options, Stack};
use serde_json::Value;

#[tokio::test]
async fn the_site_has_the_headers_of_its_file_and_the_apis_have_not() {
    let stack = Stack::start(Options {
        arguments: vec!["--site".to_owned(), "dashboard/dist".to_owned()],
        ..Options::default()
    })
    .unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../dashboard/headers.json");
    let declared = std::fs::read_to_string(file).unwrap();
    let declared: HashMap<String, String> = serde_json::from_str(&declared).unwrap();
    assert!(declared["Content-Security-Policy"].starts_with("default-src 'none'; "));
    // Whether the dashboard is built or not.
    for path in ["/", "/users/me", "/assets/none.js"] {
        let url = format!("{}{path}", stack.url());
        let answer = reqwest::get(url).await.unwrap();
        for (name, value) in &declared {
            let sent = answer
                .headers()
                .get(name)
                .map(|sent| sent.to_str().unwrap());
            assert_eq!(sent, Some(value.as_str()), "{path}: {name}");
        }
    }
    for path in [
        "/api/v2",
        "/analytics",
        "/health/none",
        "/.well-known/none",
        "/_emulator/none",
    ] {
        let url = format!("{}{path}", stack.url());
        let request = reqwest::Client::new()
            .get(url)
            .header("accept", "text/html");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let headers = answer.headers();
        assert!(!headers.contains_key("content-security-policy"), "{path}");
        let problem: Value = answer.json().await.unwrap();
        assert!(problem.is_object(), "{path}: {problem}");
    }
}
