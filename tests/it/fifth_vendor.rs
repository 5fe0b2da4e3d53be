//! A fifth vendor, described by nothing but its mapping file: basic authentication, numbered pages, a PUT of everything, and no way to lock anybody
//! out but to delete the account. Not one line of the program knows it.

mod groups;
mod life;
mod life_cycles;
mod server;
mod trouble;

use serde_json::{Value, json};

use crate::support::{Beside, Stand, idp, program};
use server::{Ledger, PASSWORD, USER};

const FOLDER: &str = "tests/it/fifth_vendor";

/// A bridge to it, for which the groups `Ledger *` are its groups.
fn bridge_to(vendor: &Stand<Ledger>) -> Beside {
    bridge_with(vendor, json!({}))
}

/// A bridge to it with more keys of the connection.
fn bridge_with(vendor: &Stand<Ledger>, more: Value) -> Beside {
    let mut connection = json!({
        "settings": { "base_url": vendor.url },
        "secrets": { "username": USER, "password": PASSWORD },
        "groups": [{ "when": "Ledger *", "target": "group", "name": "{1}" }, { "otherwise": "keep" }],
    });
    if let (Value::Object(connection), Value::Object(more)) = (&mut connection, more) {
        connection.extend(more);
    }
    Beside::start(FOLDER, connection)
}

/// Ada, with more.
fn ada(more: Value) -> Value {
    let mut ada = json!({
        "schemas": [idp::USER], "userName": "ada", "active": true, "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [{ "type": "work", "primary": true, "value": "ada@example.com" }],
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
