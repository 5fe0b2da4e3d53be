//! `POST /graphql`: from an HTTP request to an executed document and back. It promises the statuses; what fields mean is elsewhere.
//!
//! Order of refusals: token (401), content type (415), body that is not a GraphQL request (400), document or variables that do not fit the schema (400).

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql::{Pos, Positioned, Response, Variables};
use serde_json::{Map, Value, json};

use super::super::control::{Answer, Operation, Request, read};
use super::document::{Refusal, check_root_arguments, fill_selections, find_operation, remove_fillers};
use super::engine::Engine;
use super::knobs::BadToken;
use super::login::bad_token;
use super::session::Session;
use super::{Iadvize, Platform, coerce};

/// A GraphQL request that was read, its document perhaps not valid.
pub struct GraphQlCall {
    query: String,
    document: Result<ExecutableDocument, Vec<Refusal>>,
    operation_name: Option<String>,
    variables: Map<String, Value>,
}

impl GraphQlCall {
    /// Reads the request; refuses what is not one.
    pub fn read(request: &Request) -> Result<Self, Answer> {
        if request.media_type() != "application/json" {
            return Err(Answer::text(415, "Unsupported Media Type: application/json is expected"));
        }
        let refuse = |message: &str| refusals(400, &[(message.to_owned(), None)]);
        let body: Value =
            serde_json::from_slice(&request.body).map_err(|error| refuse(&format!("The body is not JSON: {error}")))?;
        let Value::Object(mut body) = body else { return Err(refuse("The body must be an object")) };
        let Some(Value::String(query)) = body.shift_remove("query") else {
            return Err(refuse("\"query\" is required and must be a text"));
        };
        let operation_name = match body.shift_remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(refuse("\"operationName\" must be a text")),
        };
        let variables = match body.shift_remove("variables") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(variables)) => variables,
            Some(_) => return Err(refuse("\"variables\" must be an object")),
        };
        let document = parse_query(&query).map_err(|error| vec![(error.to_string(), error.positions().next())]);
        Ok(Self { query, document, operation_name, variables })
    }

    /// What it is about: the root fields of the operation that will be executed.
    pub fn operation(&self) -> Operation {
        let document = self.document.as_ref().ok();
        let operation = document.and_then(|document| find_operation(document, self.operation_name.as_deref()));
        let fields = operation.map(|(_, operation)| &operation.selection_set.node.items);
        let name = |item: &Positioned<Selection>| match &item.node {
            Selection::Field(field) => Some(field.node.name.node.to_string()),
            _ => None,
        };
        let mut variables = Value::Object(self.variables.clone());
        mask_passwords(&mut variables);
        Operation {
            names: fields.map(|items| items.iter().filter_map(name).collect()).unwrap_or_default(),
            caller_name: self.operation_name.clone().or(operation.and_then(|(name, _)| name.map(str::to_owned))),
            variables: Some(variables),
        }
    }
}

impl Iadvize {
    /// Answers a GraphQL request.
    pub async fn answer_graphql(&self, request: &Request, call: Result<GraphQlCall, Answer>) -> Answer {
        let knobs = self.current_knobs();
        let bindings = self.bindings_of(request);
        if bindings.is_empty() {
            return match knobs.graphql_bad_token {
                BadToken::Unauthorized => bad_token(),
                BadToken::Errors => refusals(200, &[("access token not valid".to_owned(), None)]),
            };
        }
        let call = match call {
            Ok(call) => call,
            Err(answer) => return answer,
        };
        let Some(platform) = platform(&request.query) else {
            return refusals(400, &[("\"platform\" is ha or sd".to_owned(), None)]);
        };
        let session = Session {
            tenant: Arc::clone(self.tenant(platform)),
            now: self.clock.now(),
            caller: bindings.iter().find(|binding| binding.platform == platform).map(|binding| binding.user_id),
            outbox: Arc::clone(&self.outbox),
            knobs: Arc::clone(&knobs),
        };
        let engine = Arc::clone(&read(&self.engine));
        let bad_status = if knobs.graphql_status_always_200 { 200 } else { 400 };
        match execute(&engine, call, session).await {
            Err(refused) => refusals(bad_status, &refused),
            Ok(response) if is_refused(&response) => Answer::json(bad_status, &json!({ "errors": response.errors })),
            Ok(response) => match serde_json::to_vec(&response) {
                Ok(body) => Answer::of_type(200, "application/json", body),
                Err(error) => Answer::text(500, &error.to_string()),
            },
        }
    }
}

async fn execute(engine: &Engine, call: GraphQlCall, session: Session) -> Result<Response, Vec<Refusal>> {
    let mut document = call.document?;
    let variables = match find_operation(&document, call.operation_name.as_deref()) {
        Some((_, operation)) => {
            let refused = |refused: Vec<(String, Pos)>| {
                refused.into_iter().map(|(text, at)| (text, Some(at))).collect::<Vec<_>>()
            };
            let variables = coerce::variables(&engine.types, operation, &call.variables).map_err(refused)?;
            check_root_arguments(&engine.types, &document, operation, &variables)?;
            variables
        }
        // the engine says which operation is missing
        None => Variables::default(),
    };
    let mut request = async_graphql::Request::new(call.query).variables(variables).data(Arc::new(session));
    if let Some(name) = call.operation_name {
        request = request.operation_name(name);
    }
    let filled = fill_selections(&mut document);
    request.set_parsed_query(document);
    let mut response = engine.execute(request).await;
    if filled {
        remove_fillers(&mut response.data);
    }
    Ok(response)
}

/// Refused as a whole, before anything was executed: nothing in the errors belongs to a field.
fn is_refused(response: &Response) -> bool {
    response.data == async_graphql::Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}

/// HA needs no parameter; another value than the two platforms is refused.
fn platform(query: &str) -> Option<Platform> {
    let mut given = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "platform");
    match given.next().as_ref().map(|(_, value)| value.as_ref()) {
        None | Some("ha") => Some(Platform::Ha),
        Some("sd") => Some(Platform::Sd),
        Some(_) => None,
    }
}

fn refusals(status: u16, refused: &[Refusal]) -> Answer {
    let errors: Vec<Value> = refused
        .iter()
        .map(|(message, at)| match at {
            Some(at) => json!({ "message": message, "locations": [at] }),
            None => json!({ "message": message }),
        })
        .collect();
    Answer::json(status, &json!({ "errors": errors }))
}

fn mask_passwords(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(_) if name == "password" => *member = json!("***"),
                    other => mask_passwords(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_passwords),
        _ => {}
    }
}
