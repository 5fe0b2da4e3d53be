//! `check --live`: signs in to each vendor, reads a little of everything that the mapping reads, and tells what does not fit. Writes nothing, at the
//! vendor or here: it holds a vendor that can only be asked.

mod accounts;
mod catalogs;
mod graphql;
mod groups;
mod report;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use report::Report;

use super::Tally;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::cli::setup::Setup;
use crate::config::model::ConnectionConfig;
use crate::document::Place;
use crate::ids::ConnectionName;
use crate::mapping::bound::fit::{Findings, Spot, Weight};
use crate::mapping::bound::{Bound, CallName, Lists, Scope};
use crate::mapping::load::Mapping;
use crate::mapping::model::Meaning;
use crate::vendor::http::{Options, ReadOnly};
use crate::vendor::{Answered, CallFailure};

/// Longest time for everything together.
const WHOLE: Duration = Duration::from_mins(5);
/// Longest time for one connection; a vendor that hangs does not take the time of the others.
const PER_CONNECTION: Duration = Duration::from_mins(2);

/// What is asked, and what for.
struct Asking<'a> {
    vendor: &'a ReadOnly,
    bound: &'a Arc<Bound>,
    mapping: &'a Mapping,
    connection: &'a ConnectionConfig,
    deadline: Instant,
}

/// Nothing more can be asked: the reason has been told.
struct Unreachable;

/// Checks the connections of a configuration, or one of them.
pub(super) async fn run(setup: &Setup, only: Option<&ConnectionName>, output: &mut Output, tally: &mut Tally) {
    let deadline = Instant::now() + WHOLE;
    let wanted = setup.config.connections.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
    for (name, connection) in wanted {
        tally.connections += 1;
        // a mapping that cannot be read has been told of already
        let Ok(mapping) = setup.mapping(name) else { continue };
        match build(setup, name, connection, &mapping) {
            Ok((bound, vendor)) => {
                let mut report = Report::new(setup, name, &mapping, &vendor, output);
                let deadline = deadline.min(Instant::now() + PER_CONNECTION);
                let asking = Asking { vendor: &vendor, bound: &bound, mapping: &mapping, connection, deadline };
                if timeout_at(deadline, check(&asking, &mut report)).await.is_err() {
                    report.failed(&format!(
                        "{} was too slow: the check of this connection ended unfinished",
                        bound.vendor_title()
                    ));
                }
                tally.misfits += report.problems;
                tally.unfit += usize::from(report.problems > 0);
            }
            Err(failure) => tally.wrong(&failure),
        }
    }
}

fn build(
    setup: &Setup,
    name: &ConnectionName,
    connection: &ConnectionConfig,
    mapping: &Mapping,
) -> Result<(Arc<Bound>, ReadOnly), Failure> {
    let bound = Arc::new(mapping.bind(&connection.settings).map_err(Failure::wrong)?);
    let options = Options { connection: name.clone(), limits: connection.limits, secrets: connection.secrets.clone() };
    let vendor = ReadOnly::new(bound.clone(), options)
        .map_err(|error| Failure::wrong(format!("{}: {error}", setup.path.display())))?;
    Ok((bound, vendor))
}

async fn check(asking: &Asking<'_>, report: &mut Report<'_, '_>) {
    if ask_everything(asking, report).await.is_err() {
        report.note_text("nothing more was asked");
    }
}

async fn ask_everything(asking: &Asking<'_>, report: &mut Report<'_, '_>) -> Result<(), Unreachable> {
    let seen = accounts::lists(asking, report).await?;
    let mut lists = Lists::default();
    let incomplete = catalogs::read(asking, &mut lists, report).await?;
    catalogs::resolve(asking, &lists, &incomplete, report);
    groups::resolve(asking, &lists, &incomplete, report);
    let read = accounts::read(asking, &seen, report).await?;
    accounts::find(asking, &seen, &read, report).await?;
    accounts::own(asking, &seen, report).await?;
    let mut findings = Findings::default();
    asking.bound.look_at_accounts(&seen.shown, &read, &mut findings);
    report.tell(findings);
    graphql::compare(asking, report).await;
    Ok(())
}

impl Asking<'_> {
    /// Asks one question of a part of the mapping. A vendor that cannot be reached, or refuses the sign-in, is told of, and not asked again.
    async fn ask(
        &self,
        part: &Arc<Bound>,
        call: &CallName,
        scope: &Scope,
        report: &mut Report<'_, '_>,
    ) -> Result<Result<Answered, CallFailure>, Unreachable> {
        let answered = self.vendor.speaking(part.clone()).ask(call, scope, self.deadline).await;
        let Err(failure) = &answered else {
            report.signed_in(self.bound.vendor_title());
            return Ok(answered);
        };
        let verdict = &failure.verdict;
        let is_lost = matches!(verdict.rule.as_str(), "transport" | "breaker" | "pace" | "time");
        let at = match (verdict.rule.as_str(), verdict.meaning) {
            // the token endpoint is at the same address
            ("sign_in", Meaning::Broken) => self.address(),
            ("sign_in", _) | (_, Meaning::Unauthenticated) => Spot::Mapping(Place::of(["api", "sign_in"])),
            ("hosts", Meaning::Broken) => Spot::Mapping(Place::of(["api", "hosts"])),
            _ if is_lost => self.address(),
            _ => return Ok(answered),
        };
        report.one(Weight::Problem, at, &verdict.say);
        Err(Unreachable)
    }

    /// What says where the vendor is.
    fn address(&self) -> Spot {
        let base_url = || Spot::Mapping(Place::of(["api", "base_url"]));
        self.bound.address_setting().map_or_else(base_url, Spot::Setting)
    }
}

/// Why a question was not answered, at the call of the mapping file.
fn unanswered(part: &Bound, call: &CallName, failure: &CallFailure) -> String {
    let verdict = &failure.verdict;
    let mut text = format!("`{}` is not answered: {}", part.name_of_call(call), verdict.say);
    if let Some(said) = &verdict.vendor_text {
        text.push_str("; the vendor says: ");
        text.push_str(said);
    }
    if verdict.rule == "default" && matches!(verdict.meaning, Meaning::Refused | Meaning::Broken) {
        text.push_str("; no rule under `answers` says what this answer means");
    }
    text
}
