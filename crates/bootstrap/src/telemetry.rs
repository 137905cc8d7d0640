//! Logs: JSON lines on AWS, compact lines for people elsewhere. No personal data belongs in them: a
//! user is named by id only.
//!
//! `lambda_runtime` opens a span with `requestId` and `xrayTraceId` around each invocation; every
//! line within carries them.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Env};

/// Starts logging as the environment says: `RUST_LOG` (or Lambda's own `AWS_LAMBDA_LOG_LEVEL`)
/// filters, `AWS_LAMBDA_LOG_FORMAT` or running on Lambda chooses the format.
///
/// # Errors
/// If `RUST_LOG` can't be read as a filter.
///
/// # Panics
/// If it is called twice.
pub fn init() -> Result<(), ConfigError> {
    let env = Env::process();
    let filter = filter(&env)?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter);
    if wants_json(&env) {
        subscriber
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(true)
            .init();
    } else {
        subscriber
            .compact()
            .with_ansi(std::io::stdout().is_terminal())
            .init();
    }
    Ok(())
}

fn filter(env: &Env) -> Result<EnvFilter, ConfigError> {
    let name = if env.optional("AWS_LAMBDA_LOG_LEVEL").is_some() {
        "AWS_LAMBDA_LOG_LEVEL"
    } else {
        "RUST_LOG"
    };
    Ok(env
        .parse_optional(name)?
        .unwrap_or_else(|| EnvFilter::new("info")))
}

fn wants_json(env: &Env) -> bool {
    env.optional("AWS_LAMBDA_LOG_FORMAT").map_or_else(
        || env.optional("AWS_EXECUTION_ENV").is_some(),
        |format| format.eq_ignore_ascii_case("json"),
    )
}

#[cfg(test)]
mod tests;
