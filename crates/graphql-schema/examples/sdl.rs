//! Prints the schema: `cargo run -q -p graphql-schema --example sdl > docs/schema.graphql`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", graphql_schema::sdl());
}
