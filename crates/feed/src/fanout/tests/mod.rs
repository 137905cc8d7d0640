mod fakes;
mod operations;
mod posting;
mod who_gets_what;

use super::*;
