use std::collections::HashMap;
use std::collections::hash_map::Entry;

use apollo_parser::SyntaxNode;
use apollo_parser::cst::{self, CstNode};
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
    FragmentSpread, InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet,
    Type, TypeCondition, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::{ConstValue, Number, Value};

use super::DocumentError;

type Result<T> = std::result::Result<T, DocumentError>;
type Arguments = Vec<(Positioned<Name>, Positioned<Value>)>;

/// Makes async-graphql's types of apollo-parser's, which have the same structure.
pub(super) struct Converter<'a> {
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            // Followed by a line feed, it is part of the same line terminator.
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        Self {
            text,
            lines: lines.collect(),
        }
    }

    pub(super) fn error_at(&self, is_syntax: bool, index: usize, message: String) -> DocumentError {
        DocumentError {
            is_syntax,
            message,
            position: self.position(index),
        }
    }

    /// The line and the column, in characters and from one, of a byte.
    fn position(&self, index: usize) -> Pos {
        let line = self.lines.partition_point(|start| *start <= index);
        let start = self.lines[line.saturating_sub(1)];
        let before = self.text.get(start..index).unwrap_or_default();
        Pos {
            line,
            column: before.chars().count() + 1,
        }
    }

    fn start(&self, node: &SyntaxNode) -> Pos {
        self.position(node.text_range().start().into())
    }

    fn at<T>(&self, node: &impl CstNode, value: T) -> Positioned<T> {
        Positioned::new(value, self.start(node.syntax()))
    }

    /// What the grammar says is there.
    fn expect<T>(&self, part: Option<T>, of: &impl CstNode) -> Result<T> {
        part.ok_or_else(|| {
            let index = of.syntax().text_range().start().into();
            self.error_at(true, index, "Syntax error: incomplete.".to_owned())
        })
    }

    /// An error of a document that is well written and not valid.
    fn invalid<T>(&self, node: &impl CstNode, message: String) -> Result<T> {
        let index = node.syntax().text_range().start().into();
        Err(self.error_at(false, index, message))
    }

    pub(super) fn document(&self, document: &cst::Document) -> Result<ExecutableDocument> {
        let (mut anonymous, mut named) = (None, HashMap::new());
        let mut fragments = HashMap::new();
        for definition in document.definitions() {
            match &definition {
                cst::Definition::OperationDefinition(operation) => {
                    let converted = self.at(operation, self.operation(operation)?);
                    let is_alone = anonymous.is_none();
                    match operation.name() {
                        Some(name) if is_alone => self.insert_new(&mut named, &name, converted)?,
                        None if is_alone && named.is_empty() => anonymous = Some(converted),
                        _ => {
                            let message = "An operation without a name must be the only one.";
                            return self.invalid(operation, message.to_owned());
                        }
                    }
                }
                cst::Definition::FragmentDefinition(fragment) => {
                    let name = fragment.fragment_name().and_then(|name| name.name());
                    let name = self.expect(name, fragment)?;
                    let converted = self.at(fragment, self.fragment(fragment)?);
                    self.insert_new(&mut fragments, &name, converted)?;
                }
                other => {
                    let message = format!(
                        "Only operations and fragments can be executed: this is a {}.",
                        other.kind()
                    );
                    return self.invalid(other, message);
                }
            }
        }
        Ok(ExecutableDocument {
            operations: match anonymous {
                Some(only) => DocumentOperations::Single(only),
                None => DocumentOperations::Multiple(named),
            },
            fragments,
        })
    }

    fn insert_new<T>(
        &self,
        all: &mut HashMap<Name, Positioned<T>>,
        name: &cst::Name,
        value: Positioned<T>,
    ) -> Result<()> {
        match all.entry(Name::new(&*name.text())) {
            Entry::Vacant(free) => {
                free.insert(value);
                Ok(())
            }
            Entry::Occupied(taken) => {
                let message = format!(
                    "There can be only one definition of the name {:?}.",
                    taken.key()
                );
                self.invalid(name, message)
            }
        }
    }

    fn operation(&self, operation: &cst::OperationDefinition) -> Result<OperationDefinition> {
        let kind = operation.operation_type();
        let ty = match kind {
            Some(kind) if kind.mutation_token().is_some() => OperationType::Mutation,
            Some(kind) if kind.subscription_token().is_some() => OperationType::Subscription,
            Some(_) | None => OperationType::Query,
        };
        let definitions = operation.variable_definitions();
        let definitions = definitions
            .iter()
            .flat_map(cst::VariableDefinitions::variable_definitions);
        Ok(OperationDefinition {
            ty,
            variable_definitions: definitions
                .map(|definition| Ok(self.at(&definition, self.variable_definition(&definition)?)))
                .collect::<Result<_>>()?,
            directives: self.directives(operation.directives())?,
            selection_set: self.selection_set(operation.selection_set(), operation)?,
        })
    }

    fn variable_definition(
        &self,
        definition: &cst::VariableDefinition,
    ) -> Result<VariableDefinition> {
        let variable = self.expect(definition.variable(), definition)?;
        let kind = self.expect(definition.ty(), definition)?;
        let default = definition.default_value().map(|default| {
            let value = self.expect(default.value(), &default)?;
            Ok(self.at(&value, self.constant(&value)?))
        });
        Ok(VariableDefinition {
            name: self.at(&variable, self.name(variable.name(), &variable)?.node),
            var_type: self.at(&kind, self.kind(&kind)?),
            directives: self.directives(definition.directives())?,
            default_value: default.transpose()?,
        })
    }

    fn kind(&self, kind: &cst::Type) -> Result<Type> {
        let named =
            |named: &cst::NamedType| Ok(BaseType::Named(self.name(named.name(), named)?.node));
        let list = |list: &cst::ListType| {
            let of = self.kind(&self.expect(list.ty(), list)?)?;
            Ok(BaseType::List(Box::new(of)))
        };
        let (base, nullable) = match kind {
            cst::Type::NamedType(kind) => (named(kind)?, true),
            cst::Type::ListType(kind) => (list(kind)?, true),
            cst::Type::NonNullType(kind) => match (kind.named_type(), kind.list_type()) {
                (Some(of), _) => (named(&of)?, false),
                (None, of) => (list(&self.expect(of, kind)?)?, false),
            },
        };
        Ok(Type { base, nullable })
    }

    fn fragment(&self, fragment: &cst::FragmentDefinition) -> Result<FragmentDefinition> {
        let condition = self.expect(fragment.type_condition(), fragment)?;
        Ok(FragmentDefinition {
            type_condition: self.type_condition(&condition)?,
            directives: self.directives(fragment.directives())?,
            selection_set: self.selection_set(fragment.selection_set(), fragment)?,
        })
    }

    fn type_condition(&self, condition: &cst::TypeCondition) -> Result<Positioned<TypeCondition>> {
        let on = self.expect(condition.named_type(), condition)?;
        let on = self.name(on.name(), &on)?;
        Ok(self.at(condition, TypeCondition { on }))
    }

    fn selection_set(
        &self,
        set: Option<cst::SelectionSet>,
        of: &impl CstNode,
    ) -> Result<Positioned<SelectionSet>> {
        let set = self.expect(set, of)?;
        let items = set.selections();
        let items = items.map(|selection| Ok(self.at(&selection, self.selection(&selection)?)));
        let items = items.collect::<Result<_>>()?;
        Ok(self.at(&set, SelectionSet { items }))
    }

    fn selection(&self, selection: &cst::Selection) -> Result<Selection> {
        Ok(match selection {
            cst::Selection::Field(field) => Selection::Field(self.at(field, self.field(field)?)),
            cst::Selection::FragmentSpread(spread) => {
                let name = self.expect(spread.fragment_name(), spread)?;
                let converted = FragmentSpread {
                    fragment_name: self.name(name.name(), &name)?,
                    directives: self.directives(spread.directives())?,
                };
                Selection::FragmentSpread(self.at(spread, converted))
            }
            cst::Selection::InlineFragment(fragment) => {
                let condition = fragment.type_condition();
                let condition = condition.map(|condition| self.type_condition(&condition));
                let converted = InlineFragment {
                    type_condition: condition.transpose()?,
                    directives: self.directives(fragment.directives())?,
                    selection_set: self.selection_set(fragment.selection_set(), fragment)?,
                };
                Selection::InlineFragment(self.at(fragment, converted))
            }
        })
    }

    fn field(&self, field: &cst::Field) -> Result<Field> {
        let alias = field.alias().map(|alias| self.name(alias.name(), &alias));
        let inner = field.selection_set();
        let inner = inner.map(|set| self.selection_set(Some(set), field));
        Ok(Field {
            alias: alias.transpose()?,
            name: self.name(field.name(), field)?,
            arguments: self.arguments(field.arguments())?,
            directives: self.directives(field.directives())?,
            selection_set: inner.transpose()?.unwrap_or_default(),
        })
    }

    fn directives(
        &self,
        directives: Option<cst::Directives>,
    ) -> Result<Vec<Positioned<Directive>>> {
        let directives = directives.iter().flat_map(cst::Directives::directives);
        let convert = |directive: cst::Directive| {
            let converted = Directive {
                name: self.name(directive.name(), &directive)?,
                arguments: self.arguments(directive.arguments())?,
            };
            Ok(self.at(&directive, converted))
        };
        directives.map(convert).collect()
    }

    fn arguments(&self, arguments: Option<cst::Arguments>) -> Result<Arguments> {
        let arguments = arguments.iter().flat_map(cst::Arguments::arguments);
        let convert = |argument: cst::Argument| {
            let value = self.expect(argument.value(), &argument)?;
            let name = self.name(argument.name(), &argument)?;
            Ok((name, self.at(&value, self.value(&value)?)))
        };
        arguments.map(convert).collect()
    }

    fn name(&self, name: Option<cst::Name>, of: &impl CstNode) -> Result<Positioned<Name>> {
        let name = self.expect(name, of)?;
        Ok(self.at(&name, Name::new(&*name.text())))
    }

    fn constant(&self, value: &cst::Value) -> Result<ConstValue> {
        let constant = self.value(value)?.into_const();
        self.expect(constant, value)
    }

    fn value(&self, value: &cst::Value) -> Result<Value> {
        Ok(match value {
            cst::Value::Variable(variable) => {
                Value::Variable(self.name(variable.name(), variable)?.node)
            }
            cst::Value::StringValue(string) => Value::String(string.into()),
            cst::Value::IntValue(value) => {
                let token = self.expect(value.int_token(), value)?;
                let small = token.text().parse::<i64>();
                Value::Number(small.map_or_else(|_| number(token.text()), Number::from))
            }
            cst::Value::FloatValue(value) => {
                let token = self.expect(value.float_token(), value)?;
                Value::Number(number(token.text()))
            }
            cst::Value::BooleanValue(boolean) => Value::Boolean(boolean.true_token().is_some()),
            cst::Value::NullValue(_) => Value::Null,
            cst::Value::EnumValue(value) => Value::Enum(self.name(value.name(), value)?.node),
            cst::Value::ListValue(list) => {
                let values = list.values().map(|value| self.value(&value));
                Value::List(values.collect::<Result<_>>()?)
            }
            cst::Value::ObjectValue(object) => Value::Object(self.object(object)?),
        })
    }

    fn object(&self, object: &cst::ObjectValue) -> Result<IndexMap<Name, Value>> {
        let mut fields = IndexMap::new();
        for field in object.object_fields() {
            let name = self.name(field.name(), &field)?.node;
            let value = self.value(&self.expect(field.value(), &field)?)?;
            if let Some(_twin) = fields.insert(name.clone(), value) {
                let message = format!("There can be only one input field named {name:?}.");
                return self.invalid(&field, message);
            }
        }
        Ok(fields)
    }
}

/// A number of any size. One that JSON has no room for is as large as there can be: no type of the schema takes either.
fn number(text: &str) -> Number {
    let largest = if text.starts_with('-') {
        f64::MIN
    } else {
        f64::MAX
    };
    let parsed = text.parse().ok().or_else(|| Number::from_f64(largest));
    parsed.unwrap_or_else(|| Number::from(0))
}
