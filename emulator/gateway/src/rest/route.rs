//! Which route a request takes: the most specific one, as API Gateway chooses.

use axum::http::Method;
use emulator_template::model::RestRoute;
use indexmap::IndexMap;

use crate::proxy::decode;

/// A route and what its path parameters stand for.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) route: &'a RestRoute,
    pub(super) parameters: IndexMap<String, String>,
}

/// The route of a request, if there is one.
pub(super) fn find<'a>(routes: &'a [RestRoute], method: &Method, path: &str) -> Option<Found<'a>> {
    routes
        .iter()
        .filter(|route| route.method == method.as_str() || route.method == "ANY")
        .filter_map(|route| {
            let parameters = matches(&route.path, path)?;
            Some(Found { route, parameters })
        })
        .min_by_key(|found| specificity(found.route))
}

/// Whether any method has a route for the path.
pub(super) fn path_exists(routes: &[RestRoute], path: &str) -> bool {
    routes
        .iter()
        .any(|route| matches(&route.path, path).is_some())
}

/// Whether any route begins with the first segment of the path. A parameter stands for every segment that is not empty.
pub(super) fn claims(routes: &[RestRoute], path: &str) -> bool {
    let first = segments(path).next().unwrap_or_default();
    routes.iter().any(|route| {
        let declared = segments(&route.path).next().unwrap_or_default();
        declared == first || (declared.starts_with('{') && !first.is_empty())
    })
}

/// Literal segments come before parameters, parameters before `{rest+}`, a method before `ANY`.
fn specificity(route: &RestRoute) -> (Vec<u8>, bool) {
    let segments = route.path.split('/').map(|segment| {
        if segment.ends_with("+}") {
            2
        } else {
            u8::from(segment.starts_with('{'))
        }
    });
    (segments.collect(), route.method == "ANY")
}

fn matches(pattern: &str, path: &str) -> Option<IndexMap<String, String>> {
    let mut parameters = IndexMap::new();
    let mut actual = segments(path);
    for segment in segments(pattern) {
        let Some(name) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) else {
            if actual.next() != Some(segment) {
                return None;
            }
            continue;
        };
        if let Some(name) = name.strip_suffix('+') {
            let rest: Vec<&str> = actual.by_ref().collect();
            if rest.is_empty() {
                return None;
            }
            parameters.insert(name.to_owned(), decode(&rest.join("/")));
        } else {
            parameters.insert(name.to_owned(), decode(actual.next()?));
        }
    }
    actual.next().is_none().then_some(parameters)
}

/// API Gateway takes a path with a final slash for the same path.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
}
