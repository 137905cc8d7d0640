//! What a price costs.
fn main() {}
