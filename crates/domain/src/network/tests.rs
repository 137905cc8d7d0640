use super::*;

#[test]
fn networks_are_ipv4_addresses_and_halves_of_ipv6_addresses() {
    let of = |address: &str| Network::of(address.parse().unwrap()).to_string();
    assert_eq!(of("203.0.113.7"), "203.0.113.7");
    assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
    assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::"));
}

#[test]
fn what_is_written_is_read_again() {
    for address in ["203.0.113.7", "2001:db8:1:2:3:4:5:6", "0.0.0.0", "::"] {
        let network = Network::of(address.parse().unwrap());
        assert_eq!(network.to_string().parse(), Ok(network));
    }
    assert!("here".parse::<Network>().is_err());
}
