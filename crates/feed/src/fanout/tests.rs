mod operations;
mod posting;
mod stage;
mod who_gets_what;

use super::*;
