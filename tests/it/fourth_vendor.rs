//! A fourth vendor, described by nothing but its mapping file: sessions in a header, numeric ids, pages by offset, changed fields only, one call for
//! each switch and each membership, errors inside a 200, and a revision on everything. Not one line of the program knows it.

mod life;
mod life_cycles;
mod server;
mod sessions;
mod teams;
mod trouble;

use serde_json::{Value, json};

use crate::support::idp::{ENTERPRISE, USER};
use crate::support::{Beside, Stand, program};
use server::{APP, Quay, SECRET};

const FOLDER: &str = "tests/it/fourth_vendor";
const OWN: &str = "urn:scim-bridge:quay:2.0:User";

/// A bridge to it, for which the groups `Team *` are teams.
fn bridge_to(vendor: &Stand<Quay>) -> Beside {
    bridge_with(vendor, json!({}))
}

/// A bridge to it with more keys of the connection.
fn bridge_with(vendor: &Stand<Quay>, more: Value) -> Beside {
    let mut connection = json!({
        "settings": { "base_url": vendor.url },
        "secrets": { "app": APP, "secret": SECRET },
        "groups": [{ "when": "Team *", "target": "team", "name": "{1}" }, { "otherwise": "keep" }],
    });
    if let (Value::Object(connection), Value::Object(more)) = (&mut connection, more) {
        connection.extend(more);
    }
    Beside::start(FOLDER, connection)
}

/// Ada, with more.
fn ada(more: Value) -> Value {
    let mut ada = json!({
        "schemas": [USER, ENTERPRISE], "userName": "ada", "active": true, "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [{ "type": "work", "primary": true, "value": "Ada@example.com" }],
    });
    if let (Value::Object(ada), Value::Object(more)) = (&mut ada, more) {
        ada.extend(more);
    }
    ada
}

#[test]
fn the_mapping_passes_its_check_and_its_examples() {
    let run = program(&["check", FOLDER]).output().expect("the program starts");
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
}
