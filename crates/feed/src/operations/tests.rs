mod control;
mod network;
mod run;
mod stage;
