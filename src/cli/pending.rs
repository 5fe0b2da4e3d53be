//! `pending`: work that waits or failed, with the reason. Reads the store only; nothing is tried again.

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, note};
use super::setup::Listing;
use crate::store::{Doubt, PendingWork, Store as _, WorkState};

/// Shows the work that waits or failed, with the reason
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    listing: Listing,
}

/// Lists it.
pub(super) async fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let listing = &arguments.listing;
    let store = listing.load()?.open_store()?;
    let work = store.pending(listing.connection.as_ref()).await.map_err(Failure::failed)?;
    if listing.json {
        let work: Vec<Value> = work.iter().map(as_json).collect();
        return output.json(&work);
    }
    if work.is_empty() {
        note("nothing waits and nothing failed");
    }
    for one in &work {
        output.line(as_text(one));
    }
    Ok(())
}

fn as_text(work: &PendingWork) -> String {
    let account = &work.account;
    let next = account.next_attempt.map_or_else(String::new, |at| format!(", next attempt {at}"));
    let reason = account.reason.as_deref().unwrap_or("not tried yet");
    format!(
        "{}  {}  {}: {} (attempts {}{next})",
        work.connection,
        work.name,
        state_word(account.state),
        reason,
        account.attempts,
    )
}

fn as_json(work: &PendingWork) -> Value {
    let account = &work.account;
    json!({
        "connection": work.connection,
        "name": work.name,
        "id": account.id,
        "vendor_id": account.vendor_id,
        "state": state_word(account.state),
        "what": what_word(account.urgency),
        "attempts": account.attempts,
        "next_attempt": account.next_attempt,
        "reason": account.reason,
        "uncertain": account.doubt != Doubt::None,
        "request_id": account.request_id,
    })
}

fn state_word(state: WorkState) -> &'static str {
    match state {
        WorkState::Settled => "settled",
        WorkState::Pending => "pending",
        WorkState::Failed => "failed",
    }
}

/// What kind of work it is, from its place in the queue.
fn what_word(urgency: i64) -> &'static str {
    match urgency {
        0 => "departure",
        1 => "change",
        _ => "create",
    }
}
