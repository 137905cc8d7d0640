use clap::Parser;
use indexmap::IndexMap;

use super::*;

fn service(name: &str, port: u16) -> Service {
    Service {
        name: name.to_owned(),
        port,
        environment: IndexMap::new(),
        health_check: Vec::new(),
    }
}

fn args(arguments: &[&str]) -> Args {
    Args::parse_from(["emulator"].iter().chain(arguments))
}

#[tokio::test]
async fn a_held_port_is_nobody_elses() {
    let services = [service("push-mail", 8002)];
    let any = args(&["--port", "0"]);
    let taken = take(&any, &services).unwrap();
    let address = taken[0].address;
    assert_ne!(address.port(), 0);
    let url = ("PushMailUrl".to_owned(), format!("http://{address}"));
    assert_eq!(urls(&any, &taken), [url]);
    // The service can listen there, once.
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let argument = format!("push-mail={}", address.port());
    let error = take(&args(&["--service-port", &argument]), &services)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("is not free for push-mail"),
        "{error}"
    );
    drop(listener);
}

#[test]
fn a_port_for_nothing_is_refused() {
    let error = take(&args(&["--service-port", "mail=1"]), &[])
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "--service-port names mail: the template has no such service"
    );
}

#[test]
fn a_service_that_runs_elsewhere_takes_no_port_and_is_told_of() {
    let services = [service("mail", 8002), service("sms", 8003)];
    let args = args(&["--port", "0", "--service-url", "mail=http://mail:8002"]);
    let taken = take(&args, &services).unwrap();
    let names: Vec<_> = taken.iter().map(|port| port.service.as_str()).collect();
    assert_eq!(names, ["sms"]);
    let urls = urls(&args, &taken);
    let sms = format!("http://{}", taken[0].address);
    let told = [("SmsUrl", sms.as_str()), ("MailUrl", "http://mail:8002")];
    assert_eq!(
        urls,
        told.map(|(name, url)| (name.to_owned(), url.to_owned()))
    );
    assert!(summary(&args, &taken).ends_with("mail http://mail:8002 (elsewhere)"));
    let error = take(&args, &services[1..]).err().unwrap().to_string();
    assert_eq!(
        error,
        "--service-url names mail: the template has no such service"
    );
}
