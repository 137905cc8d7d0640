//! Reads a SAM template into a [`Model`] of what it declares, and reports all that the emulator can't run, with line and
//! resource.
//!
//! It must not start, open or look up anything: text in, model out. Whatever a template says is either understood, or known to
//! mean nothing on one machine (listed by name beside each reader), or an error.

mod apis;
mod arn;
mod conditions;
mod container;
mod events;
mod function;
mod generated;
mod globals;
mod intrinsics;
mod load;
pub mod model;
mod node;
mod parameters;
mod problems;
mod resource;
mod resources;
mod section;
mod table;

pub use arn::{ACCOUNT, REGION, api_id, function_arn, secret_arn};
pub use load::{LoadOptions, load};
pub use model::Model;
pub use problems::{Problem, TemplateErrors};
