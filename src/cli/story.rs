//! `story`: everything that happened to one person, oldest first. Reads the event log only.

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::Output;
use super::setup::Listing;
use crate::ids::ConnectionName;
use crate::store::{Event, Store as _};

/// Shows everything that happened to one person, from the identity provider's request to the vendor's answer
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// userName (present or former), externalId, SCIM id or the vendor's id
    name: String,
    #[command(flatten)]
    listing: Listing,
}

/// Tells the story; a person of whom nothing is known is a failure.
pub(super) async fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let listing = &arguments.listing;
    let store = listing.load()?.open_store()?;
    let events = store.story(listing.connection.as_ref(), &arguments.name).await.map_err(Failure::failed)?;
    if events.is_empty() {
        return Err(Failure::failed(format!(
            "{}: nothing is known of such a person; a userName, externalId, SCIM id or vendor id is looked for",
            arguments.name
        )));
    }
    if listing.json {
        let events: Vec<Value> = events.iter().map(|(connection, event)| as_json(connection, event)).collect();
        return output.json(&events);
    }
    for (connection, event) in &events {
        output.line(as_text(connection, event));
    }
    Ok(())
}

fn as_text(connection: &ConnectionName, event: &Event) -> String {
    let request = event.request_id.as_ref().map_or_else(String::new, |id| format!("  (request {id})"));
    let Event { at, name, what, detail, .. } = event;
    format!("{at:.3}  {connection}  {name}  {what}: {detail}{request}")
}

fn as_json(connection: &ConnectionName, event: &Event) -> Value {
    json!({
        "at": event.at,
        "connection": connection,
        "id": event.id,
        "name": event.name,
        "what": event.what,
        "detail": event.detail,
        "request_id": event.request_id,
    })
}
