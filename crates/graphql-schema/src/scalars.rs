use api::instant::Instant;
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// A decimal number as a string, so that nothing is lost: money and percentages have two places, means and
/// deviations four.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal(pub(crate) String);

/// An instant in UTC as RFC 3339 writes it, such as 2026-01-01T00:00:05Z.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) String);

impl Decimal {
    pub(crate) fn of(number: impl ToString) -> Self {
        Self(number.to_string())
    }
}

impl DateTime {
    pub(crate) fn at_ms(unix_ms: u64) -> Self {
        Self(Instant(unix_ms).to_string())
    }
}

/// A decimal number as a string, so that nothing is lost: money and percentages have two places, means and
/// deviations four.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value)
            .map(Self)
            .map_err(InputValueError::expected_type)
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

/// An instant in UTC as RFC 3339 writes it, such as 2026-01-01T00:00:05Z.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(value)
            .map(Self)
            .map_err(InputValueError::expected_type)
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.as_str())
    }
}

fn text(value: Value) -> Result<String, Value> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(other),
    }
}
