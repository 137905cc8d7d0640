mod deleted;
mod faults;
mod newcomers;
mod published;
mod snapshots;
mod ticking;
mod world;
