mod control;
mod run;
mod world;
