use super::*;

fn texts(notice: CloseNotice) -> [String; 2] {
    [notice.raw_feed, notice.operations].map(|frame| frame.text())
}

#[test]
fn a_notice_is_a_message_of_each_protocol() {
    assert_eq!(
        texts(account_deleted()),
        [
            r#"{"type":"bye","code":"unauthenticated","message":"your account was deleted"}"#,
            r#"{"id":"connection","type":"error","payload":[{"message":"Forbidden: the user was deleted","extensions":{"code":"FORBIDDEN","closeCode":4403}}]}"#,
        ]
    );
    assert_eq!(
        texts(authentication_timeout()),
        [
            r#"{"type":"bye","code":"unauthenticated","message":"no valid token came in time"}"#,
            r#"{"payload":{"extensions":{"closeCode":4408,"code":"CONNECTION_INITIALISATION_TIMEOUT"},"message":"Connection initialisation timeout"},"type":"ping"}"#,
        ]
    );
}
