use super::*;

const NOW: u64 = 1_767_225_600_000;
const DAY: u64 = 24 * 3_600_000;

fn id(n: u8) -> SessionId {
    SessionId::generate(NOW, &[n; 10])
}

fn begun() -> Sessions {
    let mut sessions = Sessions::default();
    assert_eq!(sessions.begin(id(1), NOW), 0);
    sessions
}

#[test]
fn each_token_is_followed_by_the_next() {
    let mut sessions = begun();
    for counter in 0..3 {
        let now_ms = NOW + u64::from(counter) * DAY;
        let rotation = sessions.rotate(id(1), counter, now_ms);
        assert_eq!(rotation, Rotation::Next(counter + 1));
    }
}

#[test]
fn a_token_that_is_used_again_at_once_gives_the_same_next_one() {
    let mut sessions = begun();
    assert_eq!(sessions.rotate(id(1), 0, NOW), Rotation::Next(1));
    let before = sessions.clone();
    let last = NOW + Sessions::GRACE_MS;
    assert_eq!(sessions.rotate(id(1), 0, last), Rotation::Repeated(1));
    assert_eq!(sessions, before);
    assert_eq!(sessions.rotate(id(1), 1, last), Rotation::Next(2));
}

#[test]
fn a_token_that_is_used_again_later_ends_its_session_and_no_other() {
    for (counter, later) in [(0, Sessions::GRACE_MS + 1), (7, 0)] {
        let mut sessions = begun();
        sessions.begin(id(2), NOW);
        assert_eq!(sessions.rotate(id(1), 0, NOW), Rotation::Next(1));
        let now_ms = NOW + later;
        let rotation = sessions.rotate(id(1), counter, now_ms);
        assert_eq!(rotation, Rotation::Reused);
        assert_eq!(sessions.rotate(id(1), 1, now_ms), Rotation::Ended);
        assert_eq!(sessions.rotate(id(2), 0, now_ms), Rotation::Next(1));
    }
}

#[test]
fn the_token_before_the_last_is_not_taken_again() {
    let mut sessions = begun();
    for counter in 0..2 {
        assert_eq!(
            sessions.rotate(id(1), counter, NOW),
            Rotation::Next(counter + 1)
        );
    }
    assert_eq!(sessions.rotate(id(1), 0, NOW), Rotation::Reused);
}

#[test]
fn a_session_ends_when_it_is_not_used_and_when_it_is_old() {
    let mut unused = begun();
    let last = NOW + 30 * DAY;
    assert_eq!(unused.active(last - 1).len(), 1);
    assert_eq!(unused.active(last), []);
    assert_eq!(unused.rotate(id(1), 0, last), Rotation::Ended);
    let mut used = begun();
    let days = (0..).map(|n| NOW + n * 29 * DAY);
    let rotated = days.zip(0..).map_while(|(now_ms, counter)| {
        let rotation = used.rotate(id(1), counter, now_ms);
        matches!(rotation, Rotation::Next(_)).then_some(())
    });
    assert_eq!(rotated.count(), 7);
}

#[test]
fn with_one_too_many_the_one_that_was_not_used_for_longest_ends() {
    let mut sessions = Sessions::default();
    for n in 0..20 {
        sessions.begin(id(n), NOW + u64::from(n));
    }
    assert_eq!(sessions.rotate(id(0), 0, NOW + 100), Rotation::Next(1));
    sessions.begin(id(20), NOW + 200);
    assert_eq!(sessions.all().len(), Sessions::MAX);
    assert_eq!(sessions.rotate(id(1), 0, NOW + 200), Rotation::Ended);
    assert_eq!(sessions.rotate(id(0), 1, NOW + 200), Rotation::Next(2));
}

#[test]
fn sessions_are_ended_one_by_one_and_all_but_one() {
    let mut sessions = Sessions::default();
    for n in 0..4 {
        sessions.begin(id(n), NOW);
    }
    assert!(sessions.end(id(0)));
    assert!(!sessions.end(id(0)));
    sessions.end_others(Some(id(2)));
    let ids: Vec<SessionId> = sessions
        .active(NOW)
        .iter()
        .map(|session| session.id)
        .collect();
    assert_eq!(ids, [id(2)]);
    sessions.end_others(None);
    assert_eq!(sessions, Sessions::default());
}

#[test]
fn ids_are_uuids_of_version_7() {
    assert_eq!(id(1).started_at_ms(), NOW);
    assert_eq!(SessionId::parse(&id(1).to_string()), Ok(id(1)));
    for text in ["", "nonsense", "00000000-0000-4000-8000-000000000000"] {
        assert_eq!(SessionId::parse(text), Err(SessionIdError), "{text}");
    }
}
