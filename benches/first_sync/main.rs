//! A first sync against a vendor that allows so many calls per second and no more:
//! `cargo bench --bench first_sync -- --vendor iadvize --as okta --people 5000 --groups 50`.
//!
//! The simulated vendor, with its limit, and the bridge with the shipped mapping are processes of their own. An IdP brings everybody in, then
//! the groups, then who is in them. The time that counts is that of the vendor's limit: whoever may make 20 calls a second needs 50 s for 1,000.
//! Exits with 1 when one of the promises in [`report`] does not hold.

mod idp;
mod people;
mod report;
mod servers;
mod system;
mod vendor;

use std::process::ExitCode;

use tokio::time::Instant;

use idp::{Idp, Manner};
use people::Directory;
use report::Run;
use servers::{Limit, Servers, TOKEN};
use system::System;

/// What the command line asks for.
struct Wanted {
    system: &'static System,
    manner: Manner,
    people: usize,
    groups: usize,
    at_once: Option<usize>,
    members_at_once: Option<usize>,
    limit: Limit,
    /// Folder of the mapping, when it is not the shipped one.
    mapping: Option<String>,
}

fn main() -> ExitCode {
    let wanted = match Wanted::read(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the runtime starts");
    if runtime.block_on(sync(&wanted)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn sync(wanted: &Wanted) -> bool {
    let directory = Directory::new(wanted.people, wanted.groups);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let servers =
        Servers::start(folder.path(), wanted.system, wanted.mapping.as_deref(), &directory, wanted.limit).await;
    let (at_once, members_at_once) = match wanted.manner {
        Manner::Okta => (4, 100),
        Manner::Entra => (8, 20),
    };
    let (at_once, members_at_once) =
        (wanted.at_once.unwrap_or(at_once), wanted.members_at_once.unwrap_or(members_at_once));
    let idp = Idp::new(&servers.scim, TOKEN, wanted.manner, at_once, members_at_once);
    let begun = Instant::now();
    let mut wall = begun.elapsed();
    let calls = servers
        .vendor
        .watch(async {
            idp.sync(&directory).await;
            wall = begun.elapsed();
        })
        .await;
    let has = wanted.system.has(&servers.vendor.state().await);
    let run = Run {
        system: wanted.system,
        directory: &directory,
        limit: wanted.limit,
        wall,
        calls,
        met: idp.into_met(),
        has,
        warnings: servers.warnings(),
    };
    println!(
        "{}, {} people, {} groups of {} members, as {}: {at_once} requests at once, {members_at_once} members in each",
        wanted.system.name,
        wanted.people,
        wanted.groups,
        directory.groups[0].members.len(),
        if wanted.manner == Manner::Okta { "Okta" } else { "Entra ID" },
    );
    run.print()
}

impl Wanted {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut wanted = Self {
            system: &system::SYSTEMS[0],
            manner: Manner::Okta,
            people: 5000,
            groups: 50,
            at_once: None,
            members_at_once: None,
            limit: Limit { per_second: 20.0, burst: 20 },
            mapping: None,
        };
        while let Some(name) = arguments.next() {
            if name == "--bench" {
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{name}: a value is missing"))?;
            let number = || value.parse::<usize>().map_err(|_| format!("{name} {value}: expected a number"));
            match name.as_str() {
                "--vendor" => {
                    wanted.system = System::named(&value).ok_or_else(|| format!("--vendor {value}: not known"))?;
                }
                "--as" => {
                    wanted.manner = match value.as_str() {
                        "okta" => Manner::Okta,
                        "entra" => Manner::Entra,
                        _ => return Err(format!("--as {value}: expected okta or entra")),
                    };
                }
                "--mapping" => wanted.mapping = Some(value),
                "--people" => wanted.people = number()?,
                "--groups" => wanted.groups = number()?.max(people::MEMBERSHIPS),
                "--at-once" => wanted.at_once = Some(number()?.max(1)),
                "--members" => wanted.members_at_once = Some(number()?.max(1)),
                "--rate" => {
                    wanted.limit.per_second =
                        value.parse().map_err(|_| format!("{name} {value}: expected a number"))?;
                }
                "--burst" => {
                    wanted.limit.burst = value.parse().map_err(|_| format!("{name} {value}: expected a number"))?;
                }
                _ => return Err(format!("{name}: not known")),
            }
        }
        Ok(wanted)
    }
}
