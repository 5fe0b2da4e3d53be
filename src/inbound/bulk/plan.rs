//! In which order the operations of a bulk are done (RFC 7644 sections 3.7.1 and 3.7.2). Pure: it carries nothing out and knows no results.
//!
//! What needs the id of a new resource comes after its create, wherever it stands in the request. What touches the same resource keeps the order of
//! the request. Everything else may run side by side.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::references;
use super::request::{Entry, Operation, Target, Verb};
use crate::scim::message::member;
use crate::scim::text::fold;
use crate::store::Kind;

/// Something to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The whole operation with this number.
    Whole(usize),
    /// The create, without what refers to resources that are not there yet.
    Bare(usize),
    /// What was left out of a create.
    Rest(usize),
    /// Nothing: the operation stands in a circle that cannot be opened.
    Refuse(usize),
}

/// What one operation has to do with the others, by their numbers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Node {
    /// Creates whose ids are needed.
    needs: BTreeSet<usize>,
    /// Earlier operations on something that this one touches, too.
    after: BTreeSet<usize>,
    /// Whether it is a create that can be done without its references first.
    can_be_bare: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waiting,
    /// Created, but not completely.
    Bare,
    Done,
}

/// The order of a bulk. Steps are taken in waves; those of one wave may run side by side.
#[derive(Debug)]
pub struct Plan {
    nodes: Vec<Node>,
    progress: Vec<Progress>,
}

impl Plan {
    /// Finds out what depends on what. `required` says which attribute of a kind no create can do without.
    pub fn of(entries: &[Entry], required: impl Fn(Kind, &str) -> bool) -> Self {
        let subjects = Subjects::of(entries);
        let mut keeper = Keeper::default();
        let nodes: Vec<Node> = entries
            .iter()
            .enumerate()
            .map(|(number, entry)| match &entry.operation {
                Ok(operation) => keeper.node(number, operation, &subjects, &required),
                Err(_) => Node::default(),
            })
            .collect();
        let progress = vec![Progress::Waiting; nodes.len()];
        Self { nodes, progress }
    }

    /// The next steps, at most `width`, lowest numbers first; they must be over before more are asked for. Empty when everything is done.
    pub fn next_wave(&mut self, width: usize) -> Vec<Step> {
        let mut wave = Vec::new();
        for number in 0..self.nodes.len() {
            if wave.len() == width {
                break;
            }
            match self.progress[number] {
                Progress::Waiting if self.has_ids(number) && self.is_in_turn(number) => wave.push(Step::Whole(number)),
                Progress::Bare if self.has_ids(number) => wave.push(Step::Rest(number)),
                _ => {}
            }
        }
        if wave.is_empty() && width > 0 {
            wave.extend(self.way_out());
        }
        for step in &wave {
            let (number, progress) = match *step {
                Step::Bare(number) => (number, Progress::Bare),
                Step::Whole(number) | Step::Rest(number) | Step::Refuse(number) => (number, Progress::Done),
            };
            self.progress[number] = progress;
        }
        wave
    }

    fn has_ids(&self, number: usize) -> bool {
        self.nodes[number].needs.iter().all(|needed| self.progress[*needed] != Progress::Waiting)
    }

    fn is_in_turn(&self, number: usize) -> bool {
        self.nodes[number].after.iter().all(|earlier| self.progress[*earlier] == Progress::Done)
    }

    /// What to do when everything that is left waits for something else.
    fn way_out(&self) -> Option<Step> {
        let mut waiting = (0..self.nodes.len()).filter(|number| self.progress[*number] == Progress::Waiting);
        // An order that contradicts the references gives way to them.
        if let Some(number) = waiting.clone().find(|number| self.has_ids(*number)) {
            return Some(Step::Whole(number));
        }
        let circle = self.circle_from(waiting.next()?);
        let opening = circle.iter().copied().filter(|number| self.nodes[*number].can_be_bare).min();
        opening.map(Step::Bare).or_else(|| circle.into_iter().min().map(Step::Refuse))
    }

    /// The operations of a circle to which the references of this one lead.
    fn circle_from(&self, start: usize) -> Vec<usize> {
        let mut way = vec![start];
        let mut at = start;
        loop {
            let next = self.nodes[at].needs.iter().copied().find(|needed| self.progress[*needed] == Progress::Waiting);
            let Some(next) = next else { return vec![at] };
            if let Some(seen) = way.iter().position(|number| *number == next) {
                return way.split_off(seen);
            }
            way.push(next);
            at = next;
        }
    }
}

/// What the operations are about: creates by `bulkId`, and ids that are written in paths.
pub(super) struct Subjects<'a> {
    creates: HashMap<&'a str, usize>,
    /// What a `bulkId` of an operation that creates nothing stands for.
    aliases: HashMap<&'a str, &'a Target>,
    ids: HashSet<&'a str>,
}

impl<'a> Subjects<'a> {
    /// Reads the heads of the operations.
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let mut subjects = Self { creates: HashMap::new(), aliases: HashMap::new(), ids: HashSet::new() };
        for (number, entry) in entries.iter().enumerate() {
            let Ok(operation) = &entry.operation else { continue };
            match (&operation.target, entry.bulk_id.as_deref()) {
                (Target::New, Some(bulk_id)) => {
                    subjects.creates.insert(bulk_id, number);
                }
                (target, Some(bulk_id)) => {
                    subjects.aliases.insert(bulk_id, target);
                }
                _ => {}
            }
            if let Target::Known(id) = &operation.target {
                subjects.ids.insert(id);
            }
        }
        subjects
    }

    /// The resource that a `bulkId` stands for.
    pub(super) fn find(&self, bulk_id: &str) -> Option<Subject<'a>> {
        if let Some(number) = self.creates.get(bulk_id) {
            return Some(Subject::New(*number));
        }
        match *self.aliases.get(bulk_id)? {
            Target::Known(id) => Some(Subject::Known(id)),
            Target::Promised(other) => self.creates.get(other.as_str()).map(|number| Subject::New(*number)),
            Target::New => None,
        }
    }
}

/// Something that two operations may both touch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Subject<'a> {
    /// The resource with this id.
    Known(&'a str),
    /// What the operation with this number creates.
    New(usize),
    /// A `userName` or `displayName`.
    Name(Kind, String),
}

/// Who has touched what so far.
#[derive(Default)]
struct Keeper<'a> {
    last_writer: HashMap<Subject<'a>, usize>,
    readers: HashMap<Subject<'a>, Vec<usize>>,
    deletes: HashMap<Kind, Vec<usize>>,
}

impl<'a> Keeper<'a> {
    fn node(
        &mut self,
        number: usize,
        operation: &'a Operation,
        subjects: &Subjects<'a>,
        required: &impl Fn(Kind, &str) -> bool,
    ) -> Node {
        let mut node = Node::default();
        let mut read: HashSet<Subject<'a>> = HashSet::new();
        references::each(&operation.data, &mut |bulk_id| read.extend(subjects.find(bulk_id)));
        references::each_text(&operation.data, &mut |text| {
            read.extend(subjects.ids.get(text).map(|id| Subject::Known(id)));
        });
        let mut written: Vec<Subject<'a>> = Vec::new();
        match &operation.target {
            Target::New => written.push(Subject::New(number)),
            Target::Known(id) => written.push(Subject::Known(id)),
            Target::Promised(bulk_id) => {
                let subject = subjects.find(bulk_id);
                node.needs.extend(subject.iter().filter_map(Subject::as_create));
                written.extend(subject);
            }
        }
        node.needs.extend(read.iter().filter_map(Subject::as_create));
        written.extend(name_of(operation).map(|name| Subject::Name(operation.kind, name)));
        node.can_be_bare = operation.verb == Verb::Post && can_be_bare(operation, required);

        for subject in &read {
            // Of a create only the id is needed, which `needs` says.
            node.after.extend(self.last_writer.get(subject).filter(|writer| subject.as_create() != Some(**writer)));
            self.readers.entry(subject.clone()).or_default().push(number);
        }
        for subject in written {
            if subject == Subject::New(number) {
                // What refers to it may stand before it, and comes later all the same.
                self.last_writer.entry(subject).or_insert(number);
                continue;
            }
            node.after.extend(self.last_writer.insert(subject.clone(), number));
            node.after.extend(self.readers.remove(&subject).unwrap_or_default());
        }
        match operation.verb {
            // Whoever is deleted gives a name up.
            Verb::Post => node.after.extend(self.deletes.get(&operation.kind).into_iter().flatten()),
            Verb::Delete => self.deletes.entry(operation.kind).or_default().push(number),
            Verb::Put | Verb::Patch => {}
        }
        node.after.remove(&number);
        node
    }
}

impl Subject<'_> {
    fn as_create(&self) -> Option<usize> {
        match self {
            Self::New(number) => Some(*number),
            Self::Known(_) | Self::Name(..) => None,
        }
    }
}

/// The unique name that an operation writes, as the store compares it. That of a PATCH is not looked for: a rename has an id in its path.
fn name_of(operation: &Operation) -> Option<String> {
    if !matches!(operation.verb, Verb::Post | Verb::Put) {
        return None;
    }
    member(operation.data.as_object()?, operation.kind.name_attribute())?.as_str().map(fold)
}

fn can_be_bare(operation: &Operation, required: &impl Fn(Kind, &str) -> bool) -> bool {
    let Value::Object(data) = &operation.data else { return false };
    let (_, later) = references::sever(data, &|_| true);
    later.keys().all(|name| !required(operation.kind, name))
}

#[cfg(test)]
mod tests;
