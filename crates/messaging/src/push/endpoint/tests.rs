use super::*;

fn parse(text: &str) -> Result<PushEndpoint, InvalidEndpoint> {
    text.parse()
}

#[test]
fn the_urls_of_aws_and_of_one_machine_are_read() {
    let aws = parse("https://a1b2.execute-api.eu-central-1.amazonaws.com/live").unwrap();
    assert_eq!(aws.authority, "a1b2.execute-api.eu-central-1.amazonaws.com");
    assert_eq!((aws.scheme, aws.path.as_str()), (Scheme::HTTPS, "/live"));
    let local = parse("http://127.0.0.1:8001/_aws/feed/").unwrap();
    assert_eq!(
        (local.scheme, local.path.as_str()),
        (Scheme::HTTP, "/_aws/feed")
    );
    assert_eq!(parse("http://localhost:1").unwrap().path, "");
    assert_eq!(parse("http://localhost:1/").unwrap().path, "");
}

#[test]
fn what_could_not_be_posted_to_or_signed_is_refused() {
    assert_eq!(parse("not a url"), Err(InvalidEndpoint::NotAbsolute));
    assert_eq!(parse("/live"), Err(InvalidEndpoint::NotAbsolute));
    assert_eq!(
        parse("wss://host/live"),
        Err(InvalidEndpoint::Scheme("wss".into()))
    );
    for url in [
        "https://u:p@host/live",
        "https://host/live?x=1",
        "https://host/live#x",
    ] {
        assert_eq!(parse(url), Err(InvalidEndpoint::Extra), "{url}");
    }
    for url in [
        "https://host//live",
        "https://host/a/../b",
        "https://host/a%20b",
    ] {
        assert_eq!(parse(url), Err(InvalidEndpoint::Path), "{url}");
    }
}
