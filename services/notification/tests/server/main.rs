//! The server in this process, against an embedded DynamoDB and a captured or scripted SES and SNS.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should panic")]

mod calls;
mod faults;
mod messages;
mod stage;
mod standard_services;
