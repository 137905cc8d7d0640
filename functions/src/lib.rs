//! One Lambda function for each file in `src/bin`. Here is what is too large for such a file.
//!
//! A function decodes, calls one use case and encodes. It holds no rule.

pub mod graphiql;
