use super::*;

#[test]
fn rates_are_read_and_nonsense_is_not() {
    let seconds = |text| parse_rate(text).map(|rate| rate.as_secs());
    assert_eq!(seconds("rate(1 minute)"), Some(60));
    assert_eq!(seconds("rate(2 hours)"), Some(7_200));
    assert_eq!(seconds("rate(0 minutes)"), None);
    assert_eq!(seconds("rate(5 seconds)"), None);
    assert_eq!(seconds("cron(0 1 * * ? *)"), None);
}
