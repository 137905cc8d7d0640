mod deleted;
mod faults;
mod newcomers;
mod ticking;
mod world;
