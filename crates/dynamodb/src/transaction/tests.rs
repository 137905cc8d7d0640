use super::*;

fn cancelled(codes: &[&str]) -> Vec<CancellationReason> {
    let reason = |code: &&str| CancellationReason::builder().code(*code).build();
    codes.iter().map(reason).collect()
}

#[test]
fn a_failed_condition_is_told_before_a_conflict() {
    let refused = Refused::of(&cancelled(&["ConditionalCheckFailed", "None"])).unwrap();
    assert!(refused.by(0).is_some() && refused.by(1).is_none());
    let both = cancelled(&["TransactionConflict", "ConditionalCheckFailed"]);
    let refused = Refused::of(&both).unwrap();
    assert!(refused.by(0).is_none() && refused.by(1).is_some() && !may_pass(&both));
}

#[test]
fn conflicts_and_busy_tables_pass_and_nothing_else_does() {
    for passing in PASSING {
        let reasons = cancelled(&["None", passing]);
        assert!(may_pass(&reasons) && Refused::of(&reasons).is_none());
    }
    let wrong = cancelled(&["ValidationError", "None"]);
    assert!(!may_pass(&wrong) && Refused::of(&wrong).is_none());
}
