/// The root certificates that endpoints of AWS chain to, in PEM.
pub(crate) const AMAZON_ROOTS: &str = include_str!("../../../certs/amazon-roots.pem");
