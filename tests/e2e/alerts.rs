use e2e::{
    Answer, ComingAlert, Options, Session, Socket, Stack, TopicReader, User, current_tick, produce,
};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::openapi::assert_matches;

const ALERTS: &str = "/api/v1/users/alerts";

async fn ask(session: &Session, user: &User, method: Method, path: &str) -> Answer {
    let request = session.request(method, path).bearer_auth(&user.token);
    session.send(request).await.unwrap()
}

async fn create(session: &Session, user: &User, body: &Value) -> Answer {
    let request = session.request(Method::POST, ALERTS);
    let request = request.bearer_auth(&user.token).json(body);
    session.send(request).await.unwrap()
}

/// An alert that will fire soon, and a connection of its user who watches their own prices.
async fn watched_alert(stack: &Stack, session: &Session) -> (ComingAlert, Socket) {
    for _ in 0..10 {
        let user = session.new_user().await.unwrap();
        stack.mail_to(&user.email, "Welcome").await.unwrap();
        let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
        socket.subscribe("s", json!({"users": "me"})).await.unwrap();
        let alert = ComingAlert::of(stack, session, user, "email").await;
        if let Some(alert) = alert.unwrap() {
            return (alert, socket);
        }
    }
    panic!("nobody's price crosses anything soon")
}

/// Waits for two ticks that begin after now, and makes sure that nothing else comes meanwhile, but for what was `told`: another
/// process that takes up an alert tells it again.
async fn nothing_but_prices(socket: &mut Socket, told: Option<&Value>) {
    let last = current_tick().plus(2).get();
    loop {
        let frame = socket.next().await.unwrap();
        if told == Some(&frame) {
            continue;
        }
        assert_eq!(frame["type"], "prices", "something was pushed: {frame}");
        let ticks = frame["ticks"].as_array().unwrap();
        if ticks.iter().any(|tick| tick["tick"].as_u64() >= Some(last)) {
            return;
        }
    }
}

#[tokio::test]
async fn an_alert_is_made_shown_listed_and_deleted_by_its_user_alone() {
    let session = Session::new(Stack::shared());
    let (user, stranger) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let body = json!({"above": "999999.00", "channel": "email"});
    let made = create(&session, &user, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_matches("Alert", &made.body);
    let id = made.body["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("alerts/{id}"));
    assert_eq!(made.body["above"], "999999.00");
    assert_eq!(made.body["state"], "armed");

    let url = format!("{ALERTS}/{id}");
    let rearm = format!("{url}/rearm");
    for (method, path) in [
        (Method::GET, &url),
        (Method::DELETE, &url),
        (Method::POST, &rearm),
    ] {
        let answer = ask(&session, &stranger, method, path).await;
        let found = (answer.status, answer.body["type"].as_str());
        assert_eq!(found, (404, Some("/problems/alert-not-found")), "{path}");
    }
    let shown = ask(&session, &user, Method::GET, &url).await;
    assert_eq!((shown.status, &shown.body), (200, &made.body));
    let armed = ask(&session, &user, Method::POST, &rearm).await;
    assert_eq!((armed.status, &armed.body), (200, &made.body));
    let listed = session.get(ALERTS, Some(&user.token)).await.unwrap();
    assert_eq!(listed.body, json!({"alerts": [made.body]}));
    let deleted = ask(&session, &user, Method::DELETE, &url).await;
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    let listed = session.get(ALERTS, Some(&user.token)).await.unwrap();
    assert_eq!(listed.body, json!({"alerts": []}));
    assert_eq!(session.get(ALERTS, None).await.unwrap().status, 401);
}

#[tokio::test]
async fn twenty_is_the_most_however_many_are_asked_for_at_once() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let body = json!({"below": "0.01", "channel": "email"});
    let creating = (0..25).map(async |_| anyhow::Ok(create(&session, &user, &body).await));
    let answers = try_join_all(creating).await.unwrap();
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status != 201)
        .collect();
    // Requests that meet in the database may be told to come again.
    for answer in &refused {
        assert!([409, 503].contains(&answer.status), "{answer:?}");
    }
    assert!(made <= 20, "{made} were made");
    for _ in made..20 {
        assert_eq!(create(&session, &user, &body).await.status, 201);
    }
    let answer = create(&session, &user, &body).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    assert_eq!(answer.body["type"], "/problems/too-many-alerts");
    let listed = session.get(ALERTS, Some(&user.token)).await.unwrap();
    assert_eq!(listed.body["alerts"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn an_alert_by_text_message_needs_a_telephone_number() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let sms = json!({"below": "1.00", "channel": "sms"});
    let answer = create(&session, &user, &sms).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("PATCH /api/v1/users/me"), "{detail}");
}

#[tokio::test]
async fn a_crossing_fires_once_by_email_and_on_the_socket() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (alert, mut socket) = watched_alert(stack, &session).await;
    let user = &alert.user;
    let frame = socket.next_of("alert").await.unwrap();
    assert_eq!(frame["alert"]["id"], alert.id);
    assert_eq!(frame["alert"]["tick"], alert.tick.get());
    assert_eq!(frame["alert"]["price"], alert.price.to_string());

    let fired = alert.becomes(&session, &["fired"]).await.unwrap();
    assert_eq!(fired["crossed"]["tick"], alert.tick.get());
    assert_eq!(fired["crossed"]["price"], alert.price.to_string());
    let mails = stack.mail_to(&user.email, "Your share").await.unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let subject = mails[0]["subject"].as_str().unwrap();
    assert!(subject.ends_with(&alert.price.to_string()), "{subject}");

    // The record comes again, and a later one after it.
    let tick = alert.tick;
    let reader = TopicReader::open(stack, "user.price.update").await.unwrap();
    let key = user.id.to_string();
    let is_it = {
        let key = key.clone();
        move |record: &e2e::Record| record.key == key && record.json()["tick"] == tick.get()
    };
    let records = reader.read_until({
        let is_it = is_it.clone();
        move |records| records.iter().any(&is_it)
    });
    let records = records.await.unwrap();
    let record = records.into_iter().find(|record| is_it(record)).unwrap();
    for _ in 0..3 {
        produce(stack, "user.price.update", &key, &record.value)
            .await
            .unwrap();
    }
    nothing_but_prices(&mut socket, None).await;
    let mails = stack.mail_to(&user.email, "Your share").await.unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");

    let rearm = format!("{ALERTS}/{}/rearm", alert.id);
    let armed = ask(&session, user, Method::POST, &rearm).await;
    assert_eq!((armed.status, &armed.body["state"]), (200, &json!("armed")));
    assert!(armed.body.get("crossed").is_none(), "{armed:?}");
}

#[tokio::test]
async fn an_alert_reaches_a_telephone() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let mut tries = 0..10;
    let (phone, alert) = loop {
        let number = tries.next().expect("nobody's price crosses anything soon");
        let digits = uuid::Uuid::now_v7().as_u128() % 10_000_000_000;
        let phone = format!("+999{number}{digits:010}");
        let user = session
            .new_user_with(json!({"phone": phone}))
            .await
            .unwrap();
        if let Some(alert) = ComingAlert::of(stack, &session, user, "sms").await.unwrap() {
            break (phone, alert);
        }
    };
    alert.becomes(&session, &["fired"]).await.unwrap();
    let texts = stack.sent_to(&phone).await.unwrap();
    assert_eq!(texts.len(), 1, "{texts:?}");
    let text = texts[0]["text"].as_str().unwrap();
    assert!(text.contains(&alert.price.to_string()), "{text}");
}

#[tokio::test]
async fn a_killed_notification_service_delivers_once_after_its_restart() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let (alert, mut socket) = watched_alert(&stack, &session).await;
    let user = &alert.user;
    let throttled = stack.outbox().await.unwrap()["throttled"].clone();
    let down = json!({"throttle": 1_000_000});
    stack.set_outbox_faults(&down).await.unwrap();
    // The connection is told at once, and prices go on.
    let told = socket.next_of("alert").await.unwrap();
    assert_eq!(told["alert"]["id"], alert.id);
    alert.becomes(&session, &["firing"]).await.unwrap();
    socket.next_of("prices").await.unwrap();
    let rearm = format!("{ALERTS}/{}/rearm", alert.id);
    let refused = ask(&session, user, Method::POST, &rearm).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert_ne!(stack.outbox().await.unwrap()["throttled"], throttled);

    stack.kill_service("notification").await.unwrap();
    stack.set_outbox_faults(&json!({})).await.unwrap();
    alert.becomes(&session, &["fired"]).await.unwrap();
    let mails = stack.mail_to(&user.email, "Your share").await.unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");
    nothing_but_prices(&mut socket, Some(&told)).await;
    let mails = stack.mail_to(&user.email, "Your share").await.unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");
}
