//! The grammar of RFC 7644 section 3.4.2.2 by recursive descent, bounded in depth and size. Builds resolved trees only.

use super::cursor::Cursor;
use super::{AttrPath, Filter, MAX_DEPTH, MAX_TERMS, Operator, literal};
use crate::scim::error::ScimError;
use crate::scim::schema::{Attribute, AttributeType, Found, Mutability, Named, ResourceType, Returned};

/// Parses a filter on resources.
pub(super) fn whole(text: &str, resource_type: &ResourceType) -> Result<Filter, ScimError> {
    Parser { cursor: Cursor::new(text), scope: Scope::Resource(resource_type), depth: 0, terms: 0 }.parse_all()
}

/// Parses a filter on the elements of one attribute.
pub(super) fn element(text: &str, attribute: Found<'_>) -> Result<Filter, ScimError> {
    Parser { cursor: Cursor::new(text), scope: Scope::Element(attribute), depth: 0, terms: 0 }.parse_all()
}

/// What the names in the text belong to.
#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a ResourceType),
    Element(Found<'a>),
}

struct Parser<'t, 'a> {
    cursor: Cursor<'t>,
    scope: Scope<'a>,
    depth: usize,
    terms: usize,
}

/// A name on the left of an operator.
struct Operand<'a> {
    path: AttrPath,
    /// The definition of what is compared.
    leaf: &'a Attribute,
    /// The attribute before the bracket or the dot; `None` inside brackets.
    found: Option<Found<'a>>,
    /// As it was written.
    name: String,
    at: usize,
}

impl<'a> Parser<'_, 'a> {
    fn parse_all(mut self) -> Result<Filter, ScimError> {
        let filter = self.or()?;
        if self.cursor.rest().is_empty() {
            return Ok(filter);
        }
        Err(self.cursor.refuse("`and`, `or` or the end of the filter"))
    }

    fn or(&mut self) -> Result<Filter, ScimError> {
        let mut left = self.and()?;
        while self.cursor.keyword("or") {
            let right = self.and()?;
            left = Filter::Or(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, ScimError> {
        let mut left = self.operand()?;
        while self.cursor.keyword("and") {
            let right = self.operand()?;
            left = Filter::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    /// One operand of `and` and `or`, and the white space around it.
    fn operand(&mut self) -> Result<Filter, ScimError> {
        self.cursor.skip_space();
        let filter = if self.cursor.keyword("not") {
            self.cursor.skip_space();
            if self.cursor.peek() != Some(b'(') {
                return Err(self.cursor.refuse("`(` after `not`"));
            }
            Filter::Not(Box::new(self.group()?))
        } else if self.cursor.peek() == Some(b'(') {
            self.group()?
        } else {
            self.term()?
        };
        let spaced = self.cursor.skip_space();
        let follows = self.cursor.peek();
        let closed = follows.is_none_or(|byte| b")]".contains(&byte));
        if spaced || closed {
            return Ok(filter);
        }
        Err(self.cursor.refuse("a space, `and`, `or` or the end of the filter"))
    }

    fn group(&mut self) -> Result<Filter, ScimError> {
        let start = self.open()?;
        let filter = self.or()?;
        self.close(b')', start)?;
        Ok(filter)
    }

    /// `attr pr`, `attr op value`, `attr[filter]`, `attr[filter].sub op value`.
    fn term(&mut self) -> Result<Filter, ScimError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.cursor.problem_at(
                self.cursor.offset(),
                &format!("the filter has more than {MAX_TERMS} comparisons; ask in several requests"),
            ));
        }
        let operand = self.name()?;
        if self.cursor.peek() == Some(b'[') {
            return self.bracket(operand);
        }
        let Some(operator) = self.operator()? else {
            return Ok(Filter::Present(operand.path));
        };
        let operand = self.comparable(operand)?;
        let value = self.compared(&operand, operator)?;
        Ok(Filter::Compare(operand.path, operator, value))
    }

    fn bracket(&mut self, operand: Operand<'a>) -> Result<Filter, ScimError> {
        let Some(found) = operand.found.filter(|_| operand.path.sub.is_none()) else {
            return Err(self.cursor.refuse(&format!("an operator, because `{}` has no parts", operand.name)));
        };
        if !found.attribute.multi_valued && found.attribute.kind != AttributeType::Complex {
            return Err(self.cursor.refuse(&format!("an operator, because `{}` has a single value", operand.name)));
        }
        let start = self.open()?;
        let outer = std::mem::replace(&mut self.scope, Scope::Element(found));
        let filter = self.or()?;
        self.close(b']', start)?;
        let mut then = None;
        let mut filter = Box::new(filter);
        if self.cursor.eat(b'.') {
            let sub = self.name()?;
            match self.operator()? {
                // On the same element: `attr[filter and sub pr]`.
                None => filter = Box::new(Filter::And(filter, Box::new(Filter::Present(sub.path)))),
                Some(operator) => {
                    let value = self.compared(&sub, operator)?;
                    then = Some(Box::new((sub.path.name, operator, value)));
                }
            }
        }
        self.scope = outer;
        Ok(Filter::Values { path: operand.path, filter, then })
    }

    /// The name that is next, resolved.
    fn name(&mut self) -> Result<Operand<'a>, ScimError> {
        let at = self.cursor.offset();
        let name = self.cursor.name();
        if name.is_empty() {
            return Err(self.cursor.refuse("the name of an attribute"));
        }
        match self.scope {
            Scope::Resource(resource_type) => self.resource_name(at, name, resource_type),
            Scope::Element(found) => self.element_name(at, name, found),
        }
    }

    fn resource_name(&self, at: usize, name: &str, resource_type: &'a ResourceType) -> Result<Operand<'a>, ScimError> {
        let named =
            resource_type.resolve(name).map_err(|undefined| self.cursor.problem_at(at, &undefined.to_string()))?;
        let Named::Attribute(found, sub) = named else {
            return Err(self.cursor.problem_at(at, "a schema is no attribute; put `:` and an attribute behind it"));
        };
        let leaf = sub.map_or(found.attribute, |sub| sub.attribute);
        for attribute in [found.attribute, leaf] {
            if attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly {
                let problem = format!("`{}` is never shown and cannot be searched", attribute.name);
                return Err(self.cursor.problem_at(at, &problem));
            }
        }
        let path = AttrPath {
            urn: found.urn.map(str::to_owned),
            name: found.attribute.name.clone(),
            sub: sub.map(|sub| sub.attribute.name.clone()),
        };
        Ok(Operand { path, leaf, found: Some(found), name: name.to_owned(), at })
    }

    fn element_name(&self, at: usize, name: &str, found: Found<'a>) -> Result<Operand<'a>, ScimError> {
        let own_value = found.attribute.kind != AttributeType::Complex && name.eq_ignore_ascii_case("value");
        let (leaf, path_name) = if own_value {
            (found.attribute, "value".to_owned())
        } else {
            let sub =
                found.sub(name).ok_or_else(|| self.cursor.problem_at(at, &found.undefined_sub(name).to_string()))?;
            (sub.attribute, sub.attribute.name.clone())
        };
        Ok(Operand {
            path: AttrPath { urn: None, name: path_name, sub: None },
            leaf,
            found: None,
            name: name.to_owned(),
            at,
        })
    }

    /// The operator that is next; `None` is `pr`.
    fn operator(&mut self) -> Result<Option<Operator>, ScimError> {
        const EXPECTED: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
        if !self.cursor.skip_space() {
            return Err(self.cursor.refuse(&format!("a space and {EXPECTED}")));
        }
        let at = self.cursor.offset();
        let word = self.cursor.name();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(None);
        }
        Operator::parse(word).map(Some).ok_or_else(|| self.cursor.refuse_at(at, EXPECTED))
    }

    /// A bare complex attribute means its `.value` (RFC 7644 section 3.4.2.2 compares `emails` itself).
    fn comparable(&self, mut operand: Operand<'a>) -> Result<Operand<'a>, ScimError> {
        if operand.leaf.kind != AttributeType::Complex {
            return Ok(operand);
        }
        let value = operand.found.and_then(|found| found.sub("value"));
        let Some(value) = value else {
            let first = operand.leaf.sub_attributes.first().map_or("…", |sub| sub.name.as_str());
            let problem = format!("`{0}` has several parts; name one of them, such as `{0}.{first}`", operand.name);
            return Err(self.cursor.problem_at(operand.at, &problem));
        };
        operand.leaf = value.attribute;
        operand.path.sub = Some(value.attribute.name.clone());
        Ok(operand)
    }

    /// The space and the literal behind an operator.
    fn compared(&mut self, operand: &Operand<'a>, operator: Operator) -> Result<serde_json::Value, ScimError> {
        if let Err(expected) = literal::check_operator(operand.leaf, operator, &operand.name) {
            return Err(self.cursor.problem_at(operand.at, &format!("expected {expected}")));
        }
        if !self.cursor.skip_space() {
            return Err(self.cursor.refuse("a space and a value"));
        }
        literal::read(&mut self.cursor, operand.leaf, operator, &operand.name)
    }

    fn open(&mut self) -> Result<usize, ScimError> {
        let start = self.cursor.offset();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.cursor.problem_at(start, &format!("more than {MAX_DEPTH} brackets are open")));
        }
        self.cursor.take(1);
        Ok(start)
    }

    fn close(&mut self, bracket: u8, start: usize) -> Result<(), ScimError> {
        self.depth -= 1;
        if self.cursor.eat(bracket) {
            return Ok(());
        }
        let position = self.cursor.position(start);
        Err(self.cursor.refuse(&format!("`and`, `or` or `{}` for the bracket at {position}", char::from(bracket))))
    }
}

impl Operator {
    /// Reads an operator, letter case ignored.
    fn parse(word: &str) -> Option<Self> {
        let all = [
            ("eq", Self::Eq),
            ("ne", Self::Ne),
            ("co", Self::Co),
            ("sw", Self::Sw),
            ("ew", Self::Ew),
            ("gt", Self::Gt),
            ("ge", Self::Ge),
            ("lt", Self::Lt),
            ("le", Self::Le),
        ];
        all.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, operator)| operator)
    }
}
