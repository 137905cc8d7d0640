mod join;
mod market;
mod messages;
pub(in crate::feed) mod stage;
