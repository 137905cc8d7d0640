use super::super::test_events::request;
use super::*;

fn chosen(accept: &str) -> Result<Format, RequestError> {
    format(&request("GET", "/", &[("Accept", accept)], None))
}

#[test]
fn a_client_gets_what_it_prefers() {
    for (accept, expected) in [
        ("*/*", Format::Json),
        ("application/json", Format::Json),
        ("application/*", Format::Json),
        ("text/csv", Format::Csv),
        ("Text/CSV", Format::Csv),
        ("text/csv; charset=utf-8", Format::Csv),
        ("text/*", Format::Csv),
        ("text/csv, application/json", Format::Csv),
        ("application/json;q=0.5, text/csv;q=0.4", Format::Json),
        ("application/json;q=0.4, text/csv;q=0.5", Format::Csv),
        ("application/json;q=0, */*", Format::Csv),
        ("text/html, text/csv;q=0.9, */*;q=0.1", Format::Csv),
        ("text/html, application/xml;q=0.9, */*;q=0.8", Format::Json),
        // What java.net.HttpURLConnection sends by default.
        (
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            Format::Json,
        ),
        ("*", Format::Json),
        ("", Format::Json),
        (" , ", Format::Json),
        ("text/csv;charset=latin1", Format::Csv),
        ("text/csv; header=present; q=.5", Format::Csv),
        ("text/csv;profile=\"a,b\"", Format::Csv),
        ("json, text/csv", Format::Csv),
        ("text/csv;, ;;, /, text/", Format::Csv),
        ("text/csv;q=much", Format::Csv),
        ("text/csv;q=0.5, application/json;Q=7", Format::Json),
        ("text/csv ; q = 0.4 , application/json;q=.3", Format::Csv),
    ] {
        assert_eq!(chosen(accept), Ok(expected), "{accept}");
    }
}

#[test]
fn what_we_do_not_have_is_refused() {
    for accept in [
        "text/html",
        "text/csv;q=0",
        "json",
        "image/*",
        "text /csv",
        "*/csv",
        ";q=1",
        "text/csv;q=0.0, application/json;q=-1",
    ] {
        assert_eq!(chosen(accept), Err(RequestError::NotAcceptable), "{accept}");
    }
}

#[test]
fn without_a_header_there_is_json() {
    let mut event = super::super::test_events::event("GET", "/", &[], None);
    event["headers"] = serde_json::json!({});
    event["multiValueHeaders"] = serde_json::json!({});
    let request = super::super::test_events::decode(&event);
    assert_eq!(request.headers().get(ACCEPT), None);
    assert_eq!(format(&request), Ok(Format::Json));
}
