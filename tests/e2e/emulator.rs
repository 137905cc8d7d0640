use std::path::Path;
use std::process::Command;
use std::time::Instant;

use e2e::{Options, PATIENCE, Session, Socket, Stack, TopicReader, produce};
use serde_json::{Value, json};

#[tokio::test]
async fn the_status_shows_functions_topics_and_connections() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    socket.next_of("prices").await.unwrap();

    let status = stack.status().await.unwrap();
    let functions = status["functions"].as_array().unwrap();
    let register = functions
        .iter()
        .find(|function| function["name"] == "register")
        .unwrap();
    assert!(register["invocations"].as_u64().unwrap() >= 1, "{register}");
    for figure in ["errors", "cold_starts", "p50_ms", "p99_ms"] {
        assert!(
            register[figure].is_number(),
            "{figure} is missing in {register}"
        );
    }
    let topics = status["topics"].as_array().unwrap();
    assert!(
        topics
            .iter()
            .any(|topic| topic["name"] == "user.price.update"),
        "{topics:?}"
    );
    assert!(
        status["connections"]["open"].as_u64().unwrap() >= 1,
        "{status}"
    );

    let page = reqwest::Client::new()
        .get(format!("{}/_emulator", stack.url()))
        .header("accept", "text/html")
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains("Functions"),
        "{page}"
    );
}

#[tokio::test]
async fn an_unknown_route_is_a_404_problem() {
    let answer = Session::new(Stack::shared())
        .get("/nowhere", None)
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.body["type"].as_str()),
        (404, Some("/problems/not-found"))
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn an_interrupt_leaves_no_process_behind() {
    let mut stack = Stack::start(Options::default()).unwrap();
    Session::new(&stack).new_user().await.unwrap();
    let emulator = stack.process_id();
    let children = children_of(emulator);
    assert!(!children.is_empty(), "functions are running");
    interrupt(emulator);
    let status = stack.wait().unwrap();
    assert!(status.success(), "{status}");
    for child in children {
        assert!(
            !Path::new(&format!("/proc/{child}")).exists(),
            "process {child} is still there"
        );
    }
}

#[tokio::test]
async fn an_outage_of_kafka_does_not_keep_it_from_stopping() {
    let mut stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    stack.kill_at_answer("snapshot-writer").await.unwrap();
    session.save_snapshot(&user).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while errors_of(&stack, "snapshot-writer").await == 0 {
        assert!(Instant::now() < deadline, "snapshot-writer never fails");
        e2e::poll_pause().await;
    }
    stack.set_kafka_reachable(false).await.unwrap();
    interrupt(stack.process_id());
    let status = stack.wait().unwrap();
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn what_was_accepted_is_delivered_before_it_stops() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options {
        data_dir: Some(dir.path().join("data")),
        // A broker of its own keeps records beyond the emulator's end; only the embedded one loses them.
        broker: e2e::Broker::Embedded,
        ..Options::default()
    };
    let mut stack = Stack::start(options()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    let mut accepted = Vec::new();
    for _ in 0..20 {
        accepted.push(session.save_snapshot(&user).await.unwrap());
    }
    // Before that they are on the outbox, and the next start finds them there.
    let wanted = accepted.len();
    let reader = TopicReader::open(&stack, "user.snapshot.requested").await;
    let published = reader.unwrap().read_until(move |all| all.len() == wanted);
    published.await.unwrap();
    interrupt(stack.process_id());
    assert!(stack.wait().unwrap().success());

    let stack = Stack::start(options()).unwrap();
    let session = Session::new(&stack);
    for snapshot in accepted {
        let url = snapshot["status_url"].as_str().unwrap();
        let answer = session.get(url, Some(&user.token)).await.unwrap();
        assert_eq!(answer.body["status"], "saved", "{answer:?}");
    }
}

#[tokio::test]
async fn what_was_accepted_outlasts_a_crash_of_everything() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options {
        data_dir: Some(dir.path().join("data")),
        ..Options::default()
    };
    let mut stack = Stack::start(options()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    // So that Kafka has nothing of it.
    stack.set_kafka_reachable(false).await.unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    signal(stack.process_id(), "KILL");
    stack.wait().unwrap();
    drop(stack);

    let stack = Stack::start(options()).unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    let session = Session::new(&stack);
    session.saved_snapshot(&user, id).await.unwrap();
}

#[tokio::test]
async fn rebalances_lose_nothing_and_repeat_no_effect() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    let status = stack.status().await.unwrap();
    let triggers = status["triggers"].as_array().unwrap();
    let writer = triggers
        .iter()
        .find(|trigger| trigger["topic"] == "user.snapshot.requested")
        .unwrap();
    let partitions = writer["consumers"].as_array().unwrap().len();
    assert!(partitions > 1, "{writer}");
    let mut accepted = Vec::new();
    for consumers in (1..=partitions).cycle().take(20) {
        accepted.push(session.save_snapshot(&user).await.unwrap());
        let trigger = writer["id"].as_str().unwrap();
        stack.rebalance(trigger, consumers).await.unwrap();
    }
    for snapshot in &accepted {
        let id = snapshot["snapshot_id"].as_str().unwrap();
        session.saved_snapshot(&user, id).await.unwrap();
    }
    let url = format!("/analytics/user/{}", user.id);
    let analytics = session.get(&url, Some(&user.token)).await.unwrap();
    assert_eq!(analytics.body["count"], accepted.len(), "{analytics:?}");
}

#[tokio::test]
async fn a_replay_delivers_again_and_has_no_second_effect() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    for _ in 0..3 {
        let asked = session.save_snapshot(&user).await.unwrap();
        let id = asked["snapshot_id"].as_str().unwrap();
        session.saved_snapshot(&user, id).await.unwrap();
    }
    let writer = async || {
        let status = stack.status().await.unwrap();
        let mut triggers = status["triggers"].as_array().unwrap().iter();
        let writer = triggers.find(|trigger| trigger["topic"] == "user.snapshot.requested");
        (writer.unwrap().clone(), status["kafka_embedded"] == true)
    };
    // A snapshot is seen before the batch that saved it is done, and what is not done is not replayed.
    let (trigger, is_embedded) = loop {
        let writer = writer().await;
        if writer.0["lag"] == 0 {
            break writer;
        }
        tokio::task::yield_now().await;
    };
    let delivered = trigger["records"].as_u64().unwrap();
    let replay = async |from: &str| {
        let path = format!(
            "/_emulator/triggers/{}/replay",
            trigger["id"].as_str().unwrap()
        );
        session.post(&path, &json!({ "from": from })).await.unwrap()
    };
    let records = |answer: &e2e::Answer| -> u64 {
        let partitions = answer.body["partitions"].as_array().unwrap().iter();
        let number = |partition: &Value, name: &str| partition[name].as_u64().unwrap();
        partitions
            .map(|partition| number(partition, "until") - number(partition, "from"))
            .sum()
    };
    // A request may be on the topic twice: the outbox is relayed at least once.
    let mut due = delivered;
    let mut has_come = async |replayed: u64| {
        assert!(replayed >= 3, "{replayed}");
        due += replayed;
        while writer().await.0["records"].as_u64().unwrap() < due {
            tokio::task::yield_now().await;
        }
    };
    has_come(records(&replay("beginning").await)).await;
    // All of it is younger than this century.
    let by_time = replay("2000-01-01T00:00:00Z").await;
    match is_embedded {
        true => assert_eq!(by_time.status, 400, "{by_time:?}"),
        false => has_come(records(&by_time)).await,
    }
    let url = format!("/analytics/user/{}", user.id);
    let analytics = session.get(&url, Some(&user.token)).await.unwrap();
    assert_eq!(analytics.body["count"], 3, "{analytics:?}");
}

#[tokio::test]
async fn state_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let options = || Options {
        data_dir: Some(dir.path().join("data")),
        ..Options::default()
    };
    let user = {
        let stack = Stack::start(options()).unwrap();
        Session::new(&stack).new_user().await.unwrap()
    };
    let stack = Stack::start(options()).unwrap();
    let session = Session::new(&stack);
    let answer = session
        .get("/api/v1/users/me", Some(&user.token))
        .await
        .unwrap();
    assert_eq!(
        answer.status, 200,
        "the token and the user outlive the restart: {answer:?}"
    );
    assert_eq!(answer.body["opening_price"], user.registration["price"]);
}

fn interrupt(process: u32) {
    signal(process, "INT");
}

fn signal(process: u32, name: &str) {
    let kill = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// How often a function has failed.
async fn errors_of(stack: &Stack, function: &str) -> u64 {
    let status = stack.status().await.unwrap();
    let functions = status["functions"].as_array().unwrap();
    let found = functions.iter().find(|found| found["name"] == function);
    found.unwrap()["errors"].as_u64().unwrap()
}

/// The children of a running process. Its threads come and go: one that ends meanwhile leaves its children to
/// another.
fn children_of(process: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let lists = tasks
        .map_while(Result::ok)
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// On AWS nothing else tells a client that its message has arrived.
#[tokio::test]
async fn what_a_function_returns_to_a_route_without_a_route_response_is_dropped() {
    let template = std::fs::read_to_string("../template.yaml").unwrap();
    let without = template.replace("AWS::ApiGatewayV2::RouteResponse", "AWS::IAM::Role");
    assert_ne!(without, template);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("template.yaml");
    std::fs::write(&path, without).unwrap();
    let stack = Stack::start(Options {
        arguments: vec!["--template".to_owned(), path.display().to_string()],
        is_quiet: true,
        ..Options::default()
    })
    .unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(&stack, &user.token).await.unwrap();
    let subscribe = json!({"op": "subscribe", "id": "s", "users": "me"});
    socket.send(&subscribe).await.unwrap();
    // What is posted arrives, and of what is returned the log tells.
    socket.next_of("prices").await.unwrap();
    socket
        .send(&json!({"op": "list", "id": "l"}))
        .await
        .unwrap();
    let is_dropped = |line: &str| line.contains("the function's answer is dropped");
    let dropped = || {
        let log = std::fs::read_to_string(stack.log()).unwrap();
        log.lines().filter(|line| is_dropped(line)).count()
    };
    while dropped() < 2 {
        assert_eq!(socket.next().await.unwrap()["type"], "prices");
    }
}

#[tokio::test]
async fn topics_may_have_a_prefix() {
    let stack = Stack::start(Options {
        arguments: vec!["--parameter".to_owned(), "TopicPrefix=blue.".to_owned()],
        ..Options::default()
    })
    .unwrap();
    let status = stack.status().await.unwrap();
    for topic in status["topics"].as_array().unwrap() {
        let name = topic["name"].as_str().unwrap();
        assert!(name.starts_with("blue."), "{status}");
    }
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    let mut socket = Socket::authenticated(&stack, &user.token).await.unwrap();
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    socket.next_of("prices").await.unwrap();
    let snapshot = session.save_snapshot(&user).await.unwrap();
    let id = snapshot["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();
    // A record that can't be used goes to the dead letters of this stack.
    let topic = "blue.user.registered";
    produce(&stack, topic, "key", b"no JSON").await.unwrap();
    let reader = TopicReader::open(&stack, "blue.dead.letter").await.unwrap();
    let letters = reader.read_until(|letters| !letters.is_empty()).await;
    let source = ("source-topic".to_owned(), topic.to_owned());
    let letters = letters.unwrap();
    assert!(letters[0].headers.contains(&source), "{letters:?}");
}
