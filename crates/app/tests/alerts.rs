mod delivering;
mod firing;
mod keeping;
mod outages;
mod world;
