//! `Conditions`: each is true or false before anything that depends on it is read.

use std::cell::RefCell;

use indexmap::IndexMap;

use crate::intrinsics::{Resolver, intrinsic_of};
use crate::node::{Map, Node, Value};

const SUPPORTED: &str = "supported: !Equals, !And, !Or, !Not, !Condition";

/// Evaluates every condition of the section. One that can't be evaluated is reported.
pub(crate) fn read(node: Option<&Node>, resolver: &Resolver<'_>) -> IndexMap<String, Option<bool>> {
    let declared = match node.map(|node| (node.line, &node.value)) {
        Some((_, Value::Map(map))) => map,
        None => return IndexMap::new(),
        Some((line, _)) => {
            let message = "must be a mapping of names and conditions";
            resolver.problems.add(line, "Conditions", message);
            return IndexMap::new();
        }
    };
    let evaluator = Evaluator {
        declared,
        resolver,
        states: RefCell::default(),
    };
    let names = declared.keys();
    names
        .map(|name| (name.clone(), evaluator.named(name).ok()))
        .collect()
}

/// What is known of a condition: nothing yet, that it is being evaluated, or what came of it.
#[derive(Clone, Copy)]
enum State {
    Evaluating,
    Done(Result<bool, Reported>),
}

/// Something is wrong with it, and that has been reported.
#[derive(Clone, Copy)]
struct Reported;

struct Evaluator<'a> {
    declared: &'a Map,
    resolver: &'a Resolver<'a>,
    states: RefCell<IndexMap<String, State>>,
}

impl Evaluator<'_> {
    fn named(&self, name: &str) -> Result<bool, Reported> {
        let Some(node) = self.declared.get(name) else {
            return Err(Reported);
        };
        let state = self.states.borrow().get(name).copied();
        match state {
            Some(State::Done(result)) => return result,
            Some(State::Evaluating) => {
                return Err(self.report(node.line, name, "depends on itself"));
            }
            None => {}
        }
        self.note(name, State::Evaluating);
        let result = self.evaluate(node, name);
        self.note(name, State::Done(result));
        result
    }

    fn note(&self, name: &str, state: State) {
        self.states.borrow_mut().insert(name.to_owned(), state);
    }

    fn evaluate(&self, node: &Node, place: &str) -> Result<bool, Reported> {
        let Some((function, inner)) = intrinsic_of(node) else {
            let message = format!("a condition must be a function; {SUPPORTED}");
            return Err(self.report(node.line, place, message));
        };
        match function {
            "Equals" => {
                let [left, right] = self.operands(function, inner, place, 2..=2)? else {
                    unreachable!("BUG: there are two")
                };
                let (left, right) = (self.value(left, place), self.value(right, place));
                Ok(left? == right?)
            }
            "Not" => {
                let operands = self.operands(function, inner, place, 1..=1)?;
                self.evaluate(&operands[0], place).map(|value| !value)
            }
            "And" => Ok(!self.all(function, inner, place)?.contains(&false)),
            "Or" => Ok(self.all(function, inner, place)?.contains(&true)),
            "Condition" => {
                let name = inner.text().unwrap_or_default();
                if !self.declared.contains_key(&name) {
                    let message = format!("there is no condition {name:?}");
                    return Err(self.report(node.line, place, message));
                }
                self.named(&name)
            }
            other => {
                let message = format!("!{other} is no condition; {SUPPORTED}");
                Err(self.report(node.line, place, message))
            }
        }
    }

    /// Every operand is evaluated, so that all that is wrong is reported.
    fn all(&self, function: &str, inner: &Node, place: &str) -> Result<Vec<bool>, Reported> {
        let operands = self.operands(function, inner, place, 2..=10)?;
        let values: Vec<_> = operands
            .iter()
            .map(|operand| self.evaluate(operand, place))
            .collect();
        values.into_iter().collect()
    }

    fn operands<'n>(
        &self,
        function: &str,
        inner: &'n Node,
        place: &str,
        count: std::ops::RangeInclusive<usize>,
    ) -> Result<&'n [Node], Reported> {
        match &inner.value {
            Value::List(items) if count.contains(&items.len()) => Ok(items),
            _ => {
                let (start, end) = count.into_inner();
                let count = if start == end {
                    start.to_string()
                } else {
                    format!("{start} to {end}")
                };
                Err(self.report(
                    inner.line,
                    place,
                    format!("!{function} takes a list of {count}"),
                ))
            }
        }
    }

    /// A side of `!Equals`: a constant, or a parameter's value. Resources are not there yet when conditions are evaluated.
    fn value(&self, node: &Node, place: &str) -> Result<String, Reported> {
        if let Some(text) = node.text() {
            return Ok(text);
        }
        let reason = match intrinsic_of(node) {
            Some(("Ref", name)) => {
                let name = name.text().unwrap_or_default();
                match self.resolver.parameter(&name) {
                    Some(Ok(Value::String(text))) => return Ok(text),
                    Some(Ok(_)) => format!("!Equals can't compare {name}, which is a list"),
                    // Reported where the parameter stands.
                    Some(Err(_)) => return Err(Reported),
                    None => format!(
                        "{name} is no parameter: conditions know parameters and pseudo parameters only"
                    ),
                }
            }
            _ => "!Equals compares constants and !Ref of parameters".to_owned(),
        };
        Err(self.report(node.line, place, reason))
    }

    fn report(&self, line: usize, place: &str, message: impl Into<String>) -> Reported {
        self.resolver.problems.add(line, place, message);
        Reported
    }
}
