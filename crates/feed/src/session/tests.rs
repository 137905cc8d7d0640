mod join;
mod market;
mod messages;
pub(crate) mod stage;
