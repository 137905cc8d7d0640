mod deleted;
mod fakes;
mod faults;
mod newcomers;
mod ticking;
