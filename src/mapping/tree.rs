//! Value trees: how a mapping file says what a call carries. A tree has values only at its leaves.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A value tree.
///
/// In YAML a text that begins with `$` is a reference (`$settings.base_url`, `$secrets.password`, `$key`, `$record`,
/// `$record.email`, `$page.cursor`, `$item`, `$arg.channel`); `$$` at the beginning stands for a plain `$`.
/// An object whose keys begin with `$` is an operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// A constant.
    Constant(Value),
    /// `$name.path`: the names, in order (`["settings", "base_url"]`). Yields no value when there is none.
    Reference(Vec<String>),
    /// An object; members without a value are left out.
    Object(IndexMap<String, Tree>),
    /// A list; elements without a value are left out.
    List(Vec<Tree>),
    /// `{$merge: [a, b]}`: members of several objects, later ones win.
    Merge(Vec<Tree>),
    /// `{$concat: [a, b]}`: one text made of several values; no value when one of them has none.
    Concat(Vec<Tree>),
    /// `{$for_each: $record.ids, $put: {id: $item}}`: a list with one element per element.
    ForEach {
        /// The list.
        list: Box<Tree>,
        /// What each element becomes; `$item` is the element.
        put: Box<Tree>,
    },
    /// `{$when: a, $is: b, $then: c, $else: d}`: `c` when `a` has a value (and equals `b`, when given), else `d`.
    When {
        /// The value that decides.
        value: Box<Tree>,
        /// What it must equal.
        is: Option<Box<Tree>>,
        /// Value when it does.
        then: Box<Tree>,
        /// Value when it does not; default: no value.
        otherwise: Option<Box<Tree>>,
    },
    /// `{$expr: "…"}`: a MiniJinja expression over the same names.
    Expression(String),
}

impl Serialize for Tree {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        unimplemented!()
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        unimplemented!()
    }
}

impl schemars::JsonSchema for Tree {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tree".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!(true)
    }
}
