//! What async-graphql 7.2 leaves of two rules of the GraphQL specification. What the other rules refuse is passed over here.
//!
//! - "All Variable Usages Are Allowed" (<https://spec.graphql.org/September2025/#sec-All-Variable-Usages-Are-Allowed>), which it
//!   knows and does not apply: the type of a variable has to fit wherever it is used.
//! - "Values of Correct Type" (<https://spec.graphql.org/September2025/#sec-Values-of-Correct-Type>), by which the literal of
//!   an enum is a name, and no string.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, InputValueDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition, VariableDefinition,
};
use async_graphql::{Name, Positioned, Value as ConstValue};
use async_graphql_value::Value;

type Inputs = HashMap<Name, InputValueDefinition>;

/// Where values may stand in a schema.
pub(crate) struct InputTypes {
    /// Of each object: its fields, with their types and arguments.
    fields: HashMap<Name, HashMap<Name, (Name, Inputs)>>,
    /// Of each input object: its fields.
    inputs: HashMap<Name, Inputs>,
    /// The types that have names as values.
    enums: HashSet<Name>,
    /// What `@skip` and `@include` want.
    condition: Type,
}

impl InputTypes {
    /// Reads them from the definition of a schema.
    pub(crate) fn new(sdl: &str) -> Self {
        let document = parse_schema(sdl).expect("BUG: we have written the schema ourselves");
        let mut types = Self {
            fields: HashMap::new(),
            inputs: HashMap::new(),
            enums: HashSet::new(),
            condition: Type::new("Boolean!").expect("BUG: it is a type"),
        };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node;
            match definition.node.kind {
                TypeKind::Object(object) => {
                    let fields = object.fields.into_iter().map(|field| {
                        let field = field.node;
                        let of = named(&field.ty.node).clone();
                        (field.name.node, (of, inputs(field.arguments)))
                    });
                    types.fields.insert(name, fields.collect());
                }
                TypeKind::InputObject(object) => {
                    types.inputs.insert(name, inputs(object.fields));
                }
                TypeKind::Enum(_) => {
                    types.enums.insert(name);
                }
                TypeKind::Scalar | TypeKind::Interface(_) | TypeKind::Union(_) => {}
            }
        }
        types
    }

    /// What is wrong with the variables and the literals of an operation.
    pub(crate) fn check(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
    ) -> Result<(), String> {
        let variables = operation.variable_definitions.iter();
        let check = Check {
            types: self,
            document,
            variables: variables
                .map(|variable| (&variable.node.name.node, &variable.node))
                .collect(),
        };
        for variable in &operation.variable_definitions {
            if let Some(default) = &variable.node.default_value {
                let default = default.node.clone().into_value();
                check.value(&default, &variable.node.var_type.node, false)?;
            }
        }
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let set = &operation.selection_set.node;
        check.selections(&Name::new(root), set, &mut HashSet::new())
    }
}

fn inputs(definitions: Vec<Positioned<InputValueDefinition>>) -> Inputs {
    let definitions = definitions.into_iter().map(|definition| definition.node);
    definitions
        .map(|definition| (definition.name.node.clone(), definition))
        .collect()
}

fn named(kind: &Type) -> &Name {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

struct Check<'a> {
    types: &'a InputTypes,
    document: &'a ExecutableDocument,
    variables: HashMap<&'a Name, &'a VariableDefinition>,
}

impl<'a> Check<'a> {
    /// Fragments that were looked at, on which type, are not looked at again.
    fn selections(
        &self,
        parent: &Name,
        set: &'a SelectionSet,
        seen: &mut HashSet<&'a Name>,
    ) -> Result<(), String> {
        for selection in &set.items {
            for directive in selection.node.directives() {
                for (_, value) in &directive.node.arguments {
                    self.value(&value.node, &self.types.condition, false)?;
                }
            }
            match &selection.node {
                Selection::Field(field) => self.field(parent, &field.node, seen)?,
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(parent, |condition| &condition.node.on.node);
                    self.selections(on, &fragment.node.selection_set.node, seen)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && seen.insert(name)
                    {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.selections(on, &fragment.node.selection_set.node, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(
        &self,
        parent: &Name,
        field: &'a Field,
        seen: &mut HashSet<&'a Name>,
    ) -> Result<(), String> {
        let fields = self.types.fields.get(parent);
        let Some((of, arguments)) = fields.and_then(|fields| fields.get(&field.name.node)) else {
            return Ok(());
        };
        for (name, value) in &field.arguments {
            if let Some(argument) = arguments.get(&name.node) {
                self.input(&value.node, argument)?;
            }
        }
        self.selections(of, &field.selection_set.node, seen)
    }

    fn input(&self, value: &Value, place: &InputValueDefinition) -> Result<(), String> {
        let has_default = place.default_value.is_some();
        self.value(value, &place.ty.node, has_default)
    }

    /// `has_default`: whether the place takes a value of its own if it is given none.
    fn value(&self, value: &Value, place: &Type, has_default: bool) -> Result<(), String> {
        match value {
            Value::Variable(name) => match self.variables.get(name) {
                Some(variable) if !is_allowed(variable, place, has_default) => Err(format!(
                    "Variable \"${name}\" of type {} can't be used where {place} is expected.",
                    variable.var_type.node
                )),
                Some(_) | None => Ok(()),
            },
            Value::List(list) => match &place.base {
                BaseType::List(of) => list.iter().try_for_each(|item| self.value(item, of, false)),
                BaseType::Named(_) => Ok(()),
            },
            Value::Object(fields) => {
                let Some(inputs) = self.types.inputs.get(named(place)) else {
                    return Ok(());
                };
                let known = fields
                    .iter()
                    .filter_map(|(name, value)| Some((value, inputs.get(name)?)));
                known
                    .into_iter()
                    .try_for_each(|(value, place)| self.input(value, place))
            }
            Value::String(text) if self.types.enums.contains(named(place)) => Err(format!(
                "A value of {} is written without quotes: {text:?} is a string.",
                named(place)
            )),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_) => Ok(()),
        }
    }
}

/// IsVariableUsageAllowed of the specification.
fn is_allowed(variable: &VariableDefinition, place: &Type, has_default: bool) -> bool {
    let kind = &variable.var_type.node;
    if place.nullable || !kind.nullable {
        return is_compatible(kind, place);
    }
    let default = variable.default_value.as_ref();
    let has_value = default.is_some_and(|default| default.node != ConstValue::Null);
    (has_value || has_default) && is_compatible_base(&kind.base, &place.base)
}

/// AreTypesCompatible of the specification.
fn is_compatible(kind: &Type, place: &Type) -> bool {
    (place.nullable || !kind.nullable) && is_compatible_base(&kind.base, &place.base)
}

fn is_compatible_base(kind: &BaseType, place: &BaseType) -> bool {
    match (kind, place) {
        (BaseType::Named(kind), BaseType::Named(place)) => kind == place,
        (BaseType::List(kind), BaseType::List(place)) => is_compatible(kind, place),
        (BaseType::Named(_), BaseType::List(_)) | (BaseType::List(_), BaseType::Named(_)) => false,
    }
}
