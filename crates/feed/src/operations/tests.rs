mod control;
mod run;
mod stage;
