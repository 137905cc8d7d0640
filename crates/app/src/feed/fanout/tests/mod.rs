mod fakes;
mod posting;
mod who_gets_what;

use super::*;
