//! Prints the OpenAPI document: `cargo run -q -p api --example openapi > docs/openapi.yaml`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", api::openapi::yaml());
}
