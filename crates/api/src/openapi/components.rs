//! The parts of the document that operations refer to.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::problem::Problem;

/// What operations refer to. A field that may be left out of a request is always there in a response, as null, so the
/// schemas of the two are derived apart.
pub(super) struct Components {
    of_requests: SchemaGenerator,
    of_responses: SchemaGenerator,
    pub(super) responses: BTreeMap<String, Value>,
}

impl Components {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            of_requests: settings.clone().for_deserialize().into_generator(),
            of_responses: settings.for_serialize().into_generator(),
            responses: BTreeMap::new(),
        }
    }

    /// Refers to the schema of a request's body.
    pub(super) fn of_request<T: JsonSchema>(&mut self) -> Value {
        published(self.of_requests.subschema_for::<T>())
    }

    /// Refers to the schema of a response's body.
    pub(super) fn of_response<T: JsonSchema>(&mut self) -> Value {
        published(self.of_responses.subschema_for::<T>())
    }

    /// Refers to the response that one of these problems of a status is.
    pub(super) fn of_problems(&mut self, problems: &[Problem]) -> Value {
        let names: Vec<_> = problems
            .iter()
            .map(|problem| pascal_case(&problem.code()))
            .collect();
        let name = names.join("Or");
        let described = problems.iter().map(Problem::headline);
        let mut response = json!({
            "description": described.collect::<Vec<_>>().join(" "),
            "content": {"application/problem+json": {
                "schema": self.of_response::<Problem>(),
                "example": problems[0],
            }},
        });
        if problems[0].challenge().is_some() {
            response["headers"]["WWW-Authenticate"] = reference("headers", "WwwAuthenticate");
        }
        if problems[0].retry_after_secs().is_some() {
            response["headers"]["Retry-After"] = reference("headers", "RetryAfter");
        }
        let to_response = reference("responses", &name);
        self.responses.insert(name, response);
        to_response
    }

    /// All schemas by name.
    pub(super) fn schemas(&mut self) -> Map<String, Value> {
        let of_requests = self.of_requests.take_definitions(true);
        let of_responses = self.of_responses.take_definitions(true);
        let all = of_requests.into_iter().chain(of_responses);
        all.map(|(name, schema)| {
            let schema = Schema::try_from(schema).expect("BUG: schemas are objects");
            (without_suffix(&name).to_owned(), published(schema))
        })
        .collect()
    }
}

/// `EMAIL_TAKEN` as `EmailTaken`.
fn pascal_case(code: &str) -> String {
    let words = code
        .split('_')
        .map(|word| word[..1].to_owned() + &word[1..].to_lowercase());
    words.collect()
}

/// The types of bodies are called `MeBody` and the like, their schemas `Me`.
fn without_suffix(name: &str) -> &str {
    name.strip_suffix("Body").unwrap_or(name)
}

fn published(mut schema: Schema) -> Value {
    let mut rename = RecursiveTransform(|schema: &mut Schema| {
        if let Some(Value::String(reference)) = schema.get_mut("$ref") {
            *reference = without_suffix(reference).to_owned();
        }
    });
    rename.transform(&mut schema);
    schema.into()
}

/// Refers to a part that several operations share.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// Changes the schema of a field that may be left out, but may not be null.
pub(crate) fn not_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        *schema.get_mut("type").expect("BUG: it is there") = types.swap_remove(0);
    }
}
