//! Every arm: which status, which `scimType`, which headers.

use serde_json::{Value, json};

use super::*;
use crate::ids::ScimId;
use crate::mapping::bound::MapError;
use crate::mapping::wire::Verdict;

fn of(failure: impl Into<Failure>) -> Problem {
    Problem::of(&failure.into())
}

/// Status and `scimType`.
fn word(failure: impl Into<Failure>) -> (u16, Option<&'static str>) {
    let problem = of(failure);
    (problem.status, problem.scim_type)
}

fn name() -> String {
    "mara@example.com".to_owned()
}

fn refused(meaning: Meaning, attribute: Option<&str>) -> ProvisionError {
    ProvisionError::Refused {
        name: name(),
        vendor: "Vendor".to_owned(),
        step: "create".to_owned(),
        attribute: attribute.map(str::to_owned),
        verdict: Box::new(Verdict {
            meaning,
            say: "the e-mail address is not accepted".to_owned(),
            vendor_text: Some("EmailInvalid".to_owned()),
            field: None,
            rule: "default".to_owned(),
        }),
    }
}

#[test]
fn refusals_of_the_http_side() {
    let path = || "/x".to_owned();
    assert_eq!(word(InboundError::UnknownAddress { path: path() }), (404, None));
    assert_eq!(word(InboundError::UnknownDocument { kind: "schema".to_owned(), id: path() }), (404, None));
    assert_eq!(word(InboundError::NobodyIsMe { user_name: path() }), (404, None));
    assert_eq!(word(InboundError::UnsupportedVersion { path: path() }), (400, Some("invalidVers")));
    assert_eq!(word(InboundError::NotOffered { what: "Bulk" }), (501, None));
    assert_eq!(word(InboundError::MediaType { found: path() }), (415, None));
    assert_eq!(word(InboundError::ContentEncoding { found: path() }), (415, None));
    assert_eq!(word(InboundError::TooLarge { limit: 7 }), (413, None));
    assert_eq!(word(InboundError::TooDeep { limit: 7 }), (400, Some("invalidSyntax")));
    assert_eq!(word(InboundError::BrokenJson { problem: path() }), (400, Some("invalidSyntax")));
    assert_eq!(word(InboundError::BrokenBody), (400, Some("invalidSyntax")));
    assert_eq!(word(InboundError::SlowBody { seconds: 1 }), (408, None));
    assert_eq!(word(InboundError::Parameter { name: "count", problem: path() }), (400, Some("invalidValue")));
    assert_eq!(word(InboundError::Filter { problem: path() }), (400, Some("invalidFilter")));
    assert_eq!(word(InboundError::FilteredDiscovery { what: "Schemas" }), (403, None));
    assert_eq!(word(InboundError::Panicked { request_id: path() }), (500, None));
}

#[test]
fn refusals_of_bulks() {
    let bulk_id = || "q".to_owned();
    assert_eq!(word(BulkError::TooMany { count: 2000, limit: 1000 }), (413, Some("tooMany")));
    assert_eq!(word(BulkError::Malformed(bulk_id())), (400, Some("invalidSyntax")));
    assert_eq!(
        word(BulkError::Path { method: "PUT".to_owned(), path: "/Users".to_owned() }),
        (400, Some("invalidPath"))
    );
    assert_eq!(word(BulkError::Repeated { bulk_id: bulk_id() }), (400, Some("invalidValue")));
    assert_eq!(word(BulkError::Unknown { bulk_id: bulk_id() }), (400, Some("invalidValue")));
    assert_eq!(word(BulkError::Nested { bulk_id: bulk_id() }), (400, Some("invalidValue")));
    assert_eq!(word(BulkError::Unmet { bulk_id: bulk_id() }), (409, None));
    assert_eq!(word(BulkError::Circle { bulk_id: bulk_id() }), (409, None));
    assert_eq!(word(BulkError::Incomplete { location: "/Users/7".to_owned() }), (409, None));
    let not_begun = of(BulkError::NotBegun);
    assert_eq!((not_begun.status, not_begun.retry_after_seconds), (503, Some(BRIDGE_RETRY_SECONDS)));
}

#[test]
fn a_limit_names_its_number() {
    assert!(of(InboundError::TooLarge { limit: 1_048_576 }).detail.contains("1048576"));
    assert!(of(BulkError::TooMany { count: 2000, limit: 1000 }).detail.contains("1000"));
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let problem = of(InboundError::MethodNotAllowed { method: "PATCH".to_owned(), allow: "GET, POST" });
    assert_eq!((problem.status, problem.allow), (405, Some("GET, POST")));
}

#[test]
fn missing_and_wrong_credentials_are_challenged() {
    let missing = of(InboundError::NoCredential);
    assert_eq!((missing.status, missing.challenge), (401, Some(CHALLENGE)));
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    for wrong in [InboundError::WrongCredential, InboundError::ExpiredCredential { name: "okta".to_owned(), at }] {
        let problem = of(wrong);
        assert_eq!((problem.status, problem.challenge), (401, Some(CHALLENGE_INVALID)));
    }
}

#[test]
fn those_who_may_come_again_are_told_when_in_whole_seconds() {
    let limited = of(InboundError::TooManyRequests { name: name(), retry_after_seconds: 3 });
    assert_eq!((limited.status, limited.retry_after_seconds), (429, Some(3)));
    let overdue = of(InboundError::Overdue { retry_after_seconds: 0 });
    assert_eq!((overdue.status, overdue.retry_after_seconds), (503, Some(1)), "at least one second");
    let late = |limited| ProvisionError::Late {
        name: name(),
        reason: "Vendor allows 5 calls a second".to_owned(),
        retry_after_seconds: 12,
        limited,
    };
    assert_eq!((of(late(true)).status, of(late(true)).retry_after_seconds), (429, Some(12)));
    assert_eq!((of(late(false)).status, of(late(false)).retry_after_seconds), (503, Some(12)));
    let stopping = of(ProvisionError::ShuttingDown);
    assert_eq!((stopping.status, stopping.retry_after_seconds), (503, Some(BRIDGE_RETRY_SECONDS)));
}

#[test]
fn refusals_of_the_protocol_alone_and_from_the_engine() {
    let text = || "why".to_owned();
    let all = [
        (ScimError::InvalidFilter(text()), 400, "invalidFilter"),
        (ScimError::TooMany(text()), 400, "tooMany"),
        (ScimError::Uniqueness(text()), 409, "uniqueness"),
        (ScimError::Mutability(text()), 400, "mutability"),
        (ScimError::InvalidSyntax(text()), 400, "invalidSyntax"),
        (ScimError::InvalidPath(text()), 400, "invalidPath"),
        (ScimError::NoTarget(text()), 400, "noTarget"),
        (ScimError::InvalidValue(text()), 400, "invalidValue"),
        (ScimError::Sensitive(text()), 403, "sensitive"),
    ];
    for (error, status, scim_type) in all {
        assert_eq!(word(error.clone()), (status, Some(scim_type)));
        assert_eq!(word(ProvisionError::Scim(error)), (status, Some(scim_type)));
    }
}

#[test]
fn refusals_of_the_engine() {
    let id = || ScimId::parse("7a3f").unwrap();
    let unmappable = |mutability| ProvisionError::Unmappable {
        name: name(),
        source: MapError {
            attribute: "locale".to_owned(),
            field: "language".to_owned(),
            problem: "`tlh` is not offered".to_owned(),
            mutability,
        },
    };
    assert_eq!(word(ProvisionError::NotFound { kind: "User", id: "x".to_owned() }), (404, None));
    assert_eq!(word(ProvisionError::PreconditionFailed { current: "W/\"3\"".to_owned() }), (412, None));
    assert_eq!(word(ProvisionError::NameTaken { name: name(), taken_by: id() }), (409, Some("uniqueness")));
    assert_eq!(
        word(ProvisionError::Conflict { name: name(), problem: "two accounts".to_owned() }),
        (409, Some("uniqueness"))
    );
    assert_eq!(word(unmappable(false)), (400, Some("invalidValue")));
    assert_eq!(word(unmappable(true)), (400, Some("mutability")));
    assert!(of(unmappable(false)).detail.contains("locale"));
    assert_eq!(word(ProvisionError::Protected { name: name(), rule: "api user".to_owned() }), (403, None));
}

#[test]
fn refusals_of_the_vendor_follow_from_their_meaning() {
    for (meaning, status, scim_type, retry) in [
        (Meaning::NotFound, 404, None, None),
        (Meaning::AlreadyExists, 409, Some("uniqueness"), None),
        (Meaning::Refused, 400, Some("invalidValue"), None),
        (Meaning::BadReference, 400, Some("invalidValue"), None),
        (Meaning::Limited, 429, None, Some(LIMITED_RETRY_SECONDS)),
        (Meaning::Busy, 503, None, Some(BUSY_RETRY_SECONDS)),
        (Meaning::Stale, 503, None, Some(BUSY_RETRY_SECONDS)),
        (Meaning::Unauthenticated, 503, None, Some(ACCESS_RETRY_SECONDS)),
        (Meaning::Forbidden, 503, None, Some(ACCESS_RETRY_SECONDS)),
        (Meaning::Broken, 503, None, Some(BROKEN_RETRY_SECONDS)),
        (Meaning::Done, 503, None, Some(BROKEN_RETRY_SECONDS)),
    ] {
        let problem = of(refused(meaning, None));
        assert_eq!(
            (problem.status, problem.scim_type, problem.retry_after_seconds),
            (status, scim_type, retry),
            "{meaning:?}"
        );
        assert!(problem.detail.contains("trying again"), "{}", problem.detail);
    }
}

#[test]
fn the_administrator_reads_who_what_and_why() {
    let detail = of(refused(Meaning::Refused, Some("emails"))).detail;
    for part in ["mara@example.com", "Vendor", "create", "not accepted", "EmailInvalid", "attribute emails"] {
        assert!(detail.contains(part), "{detail}");
    }
}

#[test]
fn failures_of_the_store() {
    let id = || ScimId::parse("7a3f").unwrap();
    let store = |error| ProvisionError::Store(error);
    assert_eq!(word(store(StoreError::NameTaken { taken_by: id() })), (409, Some("uniqueness")));
    assert_eq!(word(store(StoreError::VendorIdTaken { taken_by: id() })), (409, Some("uniqueness")));
    assert_eq!(word(store(StoreError::Missing)), (404, None));
    let raced = of(store(StoreError::VersionMismatch));
    assert_eq!((raced.status, raced.retry_after_seconds), (503, Some(1)));
    let gone = of(store(StoreError::Unavailable { path: "/srv/b.db".to_owned(), problem: "disk full".to_owned() }));
    assert_eq!((gone.status, gone.retry_after_seconds), (503, Some(BRIDGE_RETRY_SECONDS)));
    assert!(!gone.detail.contains("/srv"), "the IdP learns nothing about the machine: {}", gone.detail);
}

#[test]
fn the_body_is_the_rfcs_with_status_as_a_string() {
    let body: Value = serde_json::from_str(&of(ScimError::NoTarget("no \"such\"\nvalue".to_owned())).body()).unwrap();
    assert_eq!(
        body,
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "400",
            "scimType": "noTarget",
            "detail": "no \"such\"\nvalue",
        })
    );
    let plain: Value = serde_json::from_str(&of(InboundError::NoCredential).body()).unwrap();
    assert_eq!(plain.get("scimType"), None);
}

#[test]
fn an_import_that_cannot_begin_is_a_503() {
    let unlisted = ProvisionError::Unlisted { vendor: "Vendor".to_owned(), reason: "it is down".to_owned() };
    assert_eq!(word(unlisted), (503, None));
}

#[test]
fn a_list_of_the_vendors_that_cannot_be_shown_is_never_the_requests_fault() {
    for (meaning, said, status, seconds) in [
        (Meaning::Broken, None, 503, BROKEN_RETRY_SECONDS),
        (Meaning::Refused, None, 503, BROKEN_RETRY_SECONDS),
        (Meaning::Busy, None, 503, BUSY_RETRY_SECONDS),
        (Meaning::Forbidden, None, 503, ACCESS_RETRY_SECONDS),
        (Meaning::Limited, None, 429, LIMITED_RETRY_SECONDS),
        (Meaning::Limited, Some(7), 429, 7),
    ] {
        let problem = of(ProvisionError::NotShown {
            vendor: "Vendor".to_owned(),
            catalog: "roles".to_owned(),
            reason: "it is down".to_owned(),
            meaning,
            retry_after_seconds: said,
        });
        assert_eq!((problem.status, problem.retry_after_seconds), (status, Some(seconds)), "{meaning:?}");
        assert!(problem.detail.contains("Vendor does not list its roles: it is down"), "{}", problem.detail);
    }
}

#[test]
fn a_sentence_about_an_endless_name_keeps_its_beginning_and_its_end() {
    let name = "a".repeat(100_000);
    let problem = of(ProvisionError::NameTaken { name, taken_by: ScimId::generate() });
    let body: Value = serde_json::from_str(&problem.body()).expect("JSON");
    let detail = body["detail"].as_str().expect("a sentence");
    assert_eq!(detail.chars().count(), MOST_DETAIL + 1);
    assert!(detail.starts_with("aaa") && detail.contains("belongs to another person"), "{detail}");
}
