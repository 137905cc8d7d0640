use super::*;

fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap()
}

#[test]
fn an_erasure_says_how_many_are_done_and_fails_if_one_failed() {
    let report = |failed| ErasureReport {
        finished: 2,
        waiting: 1,
        failed,
    };
    let body = ErasedBody::try_from(report(0)).unwrap();
    assert_eq!(json(&body), r#"{"finished":2,"waiting":1}"#);
    let error = ErasedBody::try_from(report(1)).unwrap_err().to_string();
    assert!(error.starts_with("1 deleted users"), "{error}");
}

#[test]
fn a_minute_of_ticks_says_how_many_and_why_it_ended() {
    let body = |ticks, ended| json(&TicksBody::from(Report { ticks, ended }));
    assert_eq!(
        body(12, Ended::TakenOver),
        r#"{"ticks":12,"ended":"taken_over"}"#
    );
    assert_eq!(
        body(0, Ended::Deadline),
        r#"{"ticks":0,"ended":"deadline"}"#
    );
}
