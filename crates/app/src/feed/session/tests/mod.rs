mod join;
mod market;
mod messages;
mod stage;
