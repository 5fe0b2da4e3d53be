//! Visits the leaves of a tree with their places. Judges nothing.

use serde_json::Value;

use crate::document::Place;
use crate::mapping::tree::Tree;

/// A leaf of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaf<'a> {
    /// `$name.path`.
    Reference(&'a [String]),
    /// `{$expr: …}`.
    Expression(&'a str),
    /// A constant.
    Constant(&'a Value),
}

/// Where in a tree a leaf stands.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// Its place in the file.
    pub(super) place: Place,
    /// Whether `$item` has a value there.
    pub(super) in_for_each: bool,
}

/// Calls `visit` for every leaf.
pub(super) fn walk<'a>(tree: &'a Tree, place: &Place, visit: &mut dyn FnMut(Leaf<'a>, &Spot)) {
    visit_tree(tree, &Spot { place: place.clone(), in_for_each: false }, visit);
}

fn visit_tree<'a>(tree: &'a Tree, spot: &Spot, visit: &mut dyn FnMut(Leaf<'a>, &Spot)) {
    let inner = |key: &str| Spot { place: spot.place.key(key), in_for_each: spot.in_for_each };
    match tree {
        Tree::Constant(value) => visit(Leaf::Constant(value), spot),
        Tree::Reference(names) => visit(Leaf::Reference(names), spot),
        Tree::Expression(text) => visit(Leaf::Expression(text), &inner("$expr")),
        Tree::Object(members) => {
            for (key, member) in members {
                // a name that begins with $ is written with two
                let written = if key.starts_with('$') { format!("${key}") } else { key.clone() };
                visit_tree(member, &inner(&written), visit);
            }
        }
        Tree::List(parts) => visit_parts(parts, spot, visit),
        Tree::Merge(parts) => visit_parts(parts, &inner("$merge"), visit),
        Tree::Concat(parts) => visit_parts(parts, &inner("$concat"), visit),
        Tree::ForEach { list, put } => {
            visit_tree(list, &inner("$for_each"), visit);
            visit_tree(put, &Spot { in_for_each: true, ..inner("$put") }, visit);
        }
        Tree::When { value, is, then, otherwise } => {
            visit_tree(value, &inner("$when"), visit);
            if let Some(is) = is {
                visit_tree(is, &inner("$is"), visit);
            }
            visit_tree(then, &inner("$then"), visit);
            if let Some(otherwise) = otherwise {
                visit_tree(otherwise, &inner("$else"), visit);
            }
        }
    }
}

fn visit_parts<'a>(parts: &'a [Tree], spot: &Spot, visit: &mut dyn FnMut(Leaf<'a>, &Spot)) {
    for (n, part) in parts.iter().enumerate() {
        visit_tree(part, &Spot { place: spot.place.index(n), in_for_each: spot.in_for_each }, visit);
    }
}
