//! Carries the operations of a bulk out, in the order of its plan. What an operation does, is `operation`'s business.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::error::BulkError;
use super::plan::{Plan, Step, Subject, Subjects};
use super::references;
use super::request::{BulkRequest, Entry, Operation, Target, Verb, shorten};
use super::response::Done;
use crate::inbound::answer::tell_operator;
use crate::inbound::call::Caller;
use crate::inbound::guard::guard;
use crate::inbound::operation;
use crate::inbound::problem::{Failure, Problem};
use crate::provision::Precondition;
use crate::scim::message::member;
use crate::scim::patch::PATCH_OP;
use crate::store::{Kind, StoredResource};

/// Operations of one bulk that are under way at the same time: enough to keep a vendor busy that allows many calls at once, and so few that the
/// requests of others find their turn between them. Further ones wait.
const SIDE_BY_SIDE: usize = 32;
/// How long after the bulk's time an operation may still take to say that it goes on.
const GRACE: Duration = Duration::from_secs(2);

/// Carries everything out; a result per operation, `None` for those that the bulk did not come to. Ends in time: what is not finished then goes
/// on, and what is not begun is not begun.
pub async fn all(caller: &Caller<'_>, request: &BulkRequest) -> Vec<Option<Done>> {
    let entries = &request.entries;
    let is_required = |kind, name: &str| {
        let attribute = caller.type_of(kind).core.attribute(name);
        attribute.is_some_and(|attribute| attribute.required)
    };
    let mut plan = Plan::of(entries, is_required);
    let mut run = Run::new(caller, entries);
    let mut failed = 0;
    loop {
        // At most as many at once as may still fail, so that nothing behind the last accepted failure has been begun.
        let width = request.fail_on_errors.map_or(usize::MAX, |limit| limit.saturating_sub(failed));
        let wave = plan.next_wave(width);
        if wave.is_empty() {
            break;
        }
        let run_now = &run;
        let steps = stream::iter(wave).map(|step| async move { (step, run_now.take(step).await) });
        let outcomes: Vec<_> = steps.buffer_unordered(SIDE_BY_SIDE).collect().await;
        for (step, outcome) in outcomes {
            failed += usize::from(outcome.is_err());
            run.note(step, outcome);
        }
    }
    let left = run.results.iter().filter(|result| result.is_none()).count();
    tracing::info!(
        operations = entries.len(),
        failed,
        left,
        "a bulk of {} operations: {failed} failed, {left} left out",
        entries.len()
    );
    run.results
}

/// What is known so far.
struct Run<'a> {
    caller: &'a Caller<'a>,
    entries: &'a [Entry],
    subjects: Subjects<'a>,
    /// Ids of what was created.
    made: Vec<Option<String>>,
    /// What was left out of creates.
    later: Vec<Map<String, Value>>,
    results: Vec<Option<Done>>,
}

/// What a step has brought about.
enum Outcome {
    /// The resource as it is now.
    Resource(StoredResource),
    /// A new resource, and what it lacks.
    Incomplete(StoredResource, Map<String, Value>),
    /// The resource with this id is gone.
    Gone(String),
    /// There was nothing to do.
    Nothing,
}

impl<'a> Run<'a> {
    fn new(caller: &'a Caller<'a>, entries: &'a [Entry]) -> Self {
        Self {
            caller,
            entries,
            subjects: Subjects::of(entries),
            made: vec![None; entries.len()],
            later: vec![Map::new(); entries.len()],
            results: vec![None; entries.len()],
        }
    }

    /// Takes a step, within the time of the bulk and without taking others down.
    async fn take(&self, step: Step) -> Result<Outcome, Failure> {
        let context = &self.caller.context;
        let left = context.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(BulkError::NotBegun.into());
        }
        let taken = guard(left + GRACE, self.carry_out(step)).await;
        taken.unwrap_or_else(|accident| Err(accident.for_client(&context.request_id).into()))
    }

    async fn carry_out(&self, step: Step) -> Result<Outcome, Failure> {
        match step {
            Step::Whole(number) => {
                let operation = self.operation(number)?;
                self.check_references(&operation.data)?;
                self.whole(operation).await
            }
            Step::Bare(number) => {
                let operation = self.operation(number)?;
                let Value::Object(data) = &operation.data else { return self.whole(operation).await };
                let is_missing = |bulk_id: &str| matches!(self.id_of(bulk_id), Err(BulkError::Unmet { .. }));
                let (now, later) = references::sever(data, &is_missing);
                let now = Value::Object(now);
                self.check_references(&now)?;
                self.refuse_nested(operation.kind, &later)?;
                let created = operation::create(self.caller, operation.kind, &self.resolved(&now)).await?;
                Ok(Outcome::Incomplete(created, later))
            }
            Step::Rest(number) => {
                let (operation, Some(id)) = (self.operation(number)?, &self.made[number]) else {
                    return Ok(Outcome::Nothing);
                };
                let later = Value::Object(self.later[number].clone());
                self.check_references(&later)?;
                let operations = json!([{ "op": "add", "value": *self.resolved(&later) }]);
                let patch = json!({ "schemas": [PATCH_OP], "Operations": operations });
                let patched = operation::patch(self.caller, operation.kind, id, &Precondition::None, &patch).await?;
                Ok(Outcome::Resource(patched))
            }
            Step::Refuse(number) => {
                let mut reference = String::new();
                references::each(&self.operation(number)?.data, &mut |bulk_id| reference = shorten(bulk_id));
                Err(BulkError::Circle { bulk_id: reference }.into())
            }
        }
    }

    async fn whole(&self, operation: &Operation) -> Result<Outcome, Failure> {
        let Operation { kind, condition, .. } = operation;
        let id = match &operation.target {
            Target::New => String::new(),
            Target::Known(id) => id.clone(),
            Target::Promised(bulk_id) => self.id_of(bulk_id)?,
        };
        let data = self.resolved(&operation.data);
        let resource = match operation.verb {
            Verb::Post => operation::create(self.caller, *kind, &data).await?,
            Verb::Put => operation::replace(self.caller, *kind, &id, condition, &data).await?,
            Verb::Patch => operation::patch(self.caller, *kind, &id, condition, &data).await?,
            Verb::Delete => {
                operation::delete(self.caller, *kind, &id, condition).await?;
                return Ok(Outcome::Gone(id));
            }
        };
        Ok(Outcome::Resource(resource))
    }

    fn operation(&self, number: usize) -> Result<&'a Operation, BulkError> {
        self.entries[number].operation.as_ref().map_err(Clone::clone)
    }

    /// The id that a `bulkId` stands for.
    fn id_of(&self, bulk_id: &str) -> Result<String, BulkError> {
        match self.subjects.find(bulk_id) {
            Some(Subject::Known(id)) => Ok(id.to_owned()),
            Some(Subject::New(number)) => {
                self.made[number].clone().ok_or_else(|| BulkError::Unmet { bulk_id: shorten(bulk_id) })
            }
            Some(Subject::Name(..)) | None => Err(BulkError::Unknown { bulk_id: shorten(bulk_id) }),
        }
    }

    fn check_references(&self, data: &Value) -> Result<(), BulkError> {
        let mut problem = None;
        references::each(data, &mut |bulk_id| problem = problem.take().or_else(|| self.id_of(bulk_id).err()));
        problem.map_or(Ok(()), Err)
    }

    /// Groups that are each other's members would be refused only when they are there; so they are refused before.
    fn refuse_nested(&self, kind: Kind, later: &Map<String, Value>) -> Result<(), BulkError> {
        let is_group = |bulk_id: &str| match self.subjects.find(bulk_id) {
            Some(Subject::New(number)) => self.operation(number).is_ok_and(|made| made.kind == Kind::Group),
            _ => false,
        };
        let Some(members) = member(later, "members").filter(|_| kind == Kind::Group) else { return Ok(()) };
        let mut nested = None;
        references::each(members, &mut |bulk_id| nested = nested.or_else(|| is_group(bulk_id).then_some(bulk_id)));
        nested.map_or(Ok(()), |bulk_id| Err(BulkError::Nested { bulk_id: shorten(bulk_id) }))
    }

    /// The data with ids in place of references; most have none.
    fn resolved<'d>(&self, data: &'d Value) -> Cow<'d, Value> {
        let mut refers = false;
        references::each(data, &mut |_| refers = true);
        if !refers {
            return Cow::Borrowed(data);
        }
        let mut resolved = data.clone();
        references::resolve(&mut resolved, &|bulk_id| self.id_of(bulk_id).ok());
        Cow::Owned(resolved)
    }

    fn note(&mut self, step: Step, outcome: Result<Outcome, Failure>) {
        let (Step::Whole(number) | Step::Bare(number) | Step::Rest(number) | Step::Refuse(number)) = step;
        let Ok(operation) = self.operation(number) else {
            let failure = outcome.err();
            self.results[number] = failure.map(|failure| failed(&failure, None));
            return;
        };
        let location = |id: &str| self.caller.location(operation.kind, id);
        let done = match outcome {
            Ok(Outcome::Resource(resource)) => {
                let status = if operation.verb == Verb::Post { 201 } else { 200 };
                let location = location(resource.id.as_str());
                if operation.verb == Verb::Post {
                    self.made[number] = Some(resource.id.as_str().to_owned());
                }
                Done::Fine { status, location, version: Some(resource.version) }
            }
            Ok(Outcome::Incomplete(resource, later)) => {
                let location = location(resource.id.as_str());
                self.made[number] = Some(resource.id.as_str().to_owned());
                self.later[number] = later;
                // Stands when the bulk ends before the rest has its turn.
                let ended = BulkError::Incomplete { location: location.clone() };
                Done::Failed { problem: Problem::of(&ended.into()), location: Some(location) }
            }
            Ok(Outcome::Gone(id)) => Done::Fine { status: 204, location: location(&id), version: None },
            Ok(Outcome::Nothing) => return,
            Err(failure) => match (step, &self.made[number]) {
                (Step::Rest(_), Some(id)) => {
                    tell_operator(&failure);
                    let location = location(id);
                    let begin = format!("the resource was created as {location}, but its references were not set");
                    Done::Failed { problem: Problem::of(&failure).after(&begin), location: Some(location) }
                }
                _ => failed(&failure, self.target_of(operation).map(|id| location(&id))),
            },
        };
        self.results[number] = Some(done);
    }

    /// The id of the resource that an operation changes.
    fn target_of(&self, operation: &Operation) -> Option<String> {
        match &operation.target {
            Target::New => None,
            Target::Known(id) => Some(id.clone()),
            Target::Promised(bulk_id) => self.id_of(bulk_id).ok(),
        }
    }
}

fn failed(failure: &Failure, location: Option<String>) -> Done {
    tell_operator(failure);
    Done::Failed { problem: Problem::of(failure), location }
}
