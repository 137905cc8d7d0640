//! The end-to-end tests: files mirror routes and triggers.

mod health;
