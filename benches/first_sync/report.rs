//! What a first sync came to, and whether it is what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::idp::Met;
use super::people::{Directory, MEMBERSHIPS};
use super::servers::Limit;
use super::system::System;
use super::vendor::Calls;

/// How much longer than the vendor's limit alone a sync may take.
const MOST_RATIO: f64 = 1.1;
/// Differences that are shown.
const MOST_SHOWN: usize = 5;

/// A sync that has ended.
pub struct Run<'a> {
    pub system: &'a System,
    pub directory: &'a Directory,
    pub limit: Limit,
    pub wall: Duration,
    pub calls: Calls,
    pub met: Met,
    /// What the vendor has, person by person.
    pub has: BTreeMap<String, BTreeSet<String>>,
    pub warnings: u64,
}

impl Run<'_> {
    /// Prints everything; whether all promises hold.
    #[expect(clippy::cast_precision_loss, reason = "calls are counted in thousands")]
    pub fn print(&self) -> bool {
        let (people, groups) = (self.directory.people.len(), self.directory.groups.len());
        let total = self.calls.total() as f64;
        let least_seconds = total / self.limit.per_second;
        println!("\nvendor calls");
        for (operation, count) in &self.calls.operations {
            println!("  {operation:<34}{count:>8}   {:.2} per person", *count as f64 / people as f64);
        }
        println!("  {:<34}{total:>8}   {:.2} per person", "all", total / people as f64);
        for ((operation, status), count) in &self.calls.refused {
            println!("  {operation} answered {status}: {count}");
        }
        let made = if self.system.makes_objects { groups } else { 0 };
        let (create, change, why) = self.system.least;
        println!("  at least {create} for a create and {change} for a change: {why}");
        println!("  all memberships at once, in one change for each person: {}", (create + change) * people + made);
        println!(
            "  in {MEMBERSHIPS} requests, each answered before the next comes: {}",
            (create + change * MEMBERSHIPS) * people + made
        );
        println!("\nanswers to the IdP");
        for ((what, status), count) in &self.met.answers {
            println!("  {what:<34}{status}   {count:>8}");
        }
        println!("  repeated {}, slowest answer {:.1} s", self.met.repeated, self.met.slowest.as_secs_f64());
        for failure in &self.met.failures {
            println!("  given up: {failure}");
        }
        println!("  warnings and errors in the bridge's log: {}", self.warnings);
        println!("\n429 by second: {:?}", self.calls.limited);

        println!(
            "\n{:.1} s; calls / limit = {total} / {} = {least_seconds:.1} s",
            self.wall.as_secs_f64(),
            self.limit.per_second
        );
        let different = self.differences();
        for difference in different.iter().take(MOST_SHOWN) {
            println!("  {difference}");
        }
        let ratio = self.wall.as_secs_f64() / least_seconds;
        let promises = [
            (format!("wall / (calls / limit) = {ratio:.3}, at most {MOST_RATIO}"), ratio <= MOST_RATIO),
            (format!("429 after the first second: {}", self.calls.late_limits()), self.calls.late_limits() == 0),
            (format!("requests that the IdP gave up: {}", self.met.failed), self.met.failed == 0),
            (format!("people who differ at the vendor: {}", different.len()), different.is_empty()),
        ];
        for (promise, holds) in &promises {
            println!("{}   {promise}", if *holds { "reached" } else { "MISSED " });
        }
        promises.iter().all(|(_, holds)| *holds)
    }

    /// Who has not what he should have. Accounts that the vendor had before are not looked at.
    fn differences(&self) -> Vec<String> {
        let expected = self.directory.expected();
        let wrong = expected.iter().filter(|(name, objects)| self.has.get(*name) != Some(objects));
        wrong.map(|(name, objects)| format!("{name}: {objects:?} expected, {:?} there", self.has.get(name))).collect()
    }
}
