mod deleted;
mod faults;
mod newcomers;
mod published;
mod ticking;
mod world;
