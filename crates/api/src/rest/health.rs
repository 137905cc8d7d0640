use serde::Serialize;

/// The service is healthy.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct HealthBody {
    #[cfg_attr(feature = "openapi", schemars(extend("const" = "ok")))]
    status: &'static str,
}

impl HealthBody {
    /// The only one there is: everything else is a problem.
    pub const OK: Self = Self { status: "ok" };
}

#[cfg(feature = "openapi")]
pub(super) fn describe(api: &mut crate::openapi::operations::Api) {
    use serde_json::json;

    api.operation("get", "/health", "health", "operation")
        .security(json!([]))
        .unavailable()
        .summary("Whether the API can do its work")
        .answers::<HealthBody>(200, "It can.", json!({"status": "ok"}));
}
