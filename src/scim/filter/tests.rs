use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::scim::schema::{Attribute, AttributeType, ENTERPRISE_USER, USER, group_type, user_type};

fn parse(text: &str) -> Result<Filter, ScimError> {
    Filter::parse(text, &user_type())
}

fn printed(text: &str) -> String {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

fn refusal(text: &str) -> String {
    match parse(text) {
        Err(ScimError::InvalidFilter(problem)) => problem,
        other => panic!("{text}: {other:?}"),
    }
}

fn path(name: &str, sub: Option<&str>) -> AttrPath {
    AttrPath { urn: None, name: name.to_owned(), sub: sub.map(str::to_owned) }
}

fn compare(name: &str, operator: Operator, value: Value) -> Filter {
    Filter::Compare(path(name, None), operator, value)
}

#[rstest]
// RFC 7644 figure 1.
#[case(r#"userName Eq "bjensen""#, r#"userName eq "bjensen""#)]
#[case(r#"name.familyName co "O'Malley""#, r#"name.familyName co "O'Malley""#)]
#[case(r#"userName sw "J""#, r#"userName sw "J""#)]
#[case(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, r#"userName sw "J""#)]
#[case("title pr", "title pr")]
#[case(r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, r#"meta.lastModified gt "2011-05-13T04:42:34Z""#)]
#[case(r#"meta.lastModified le "2011-05-13T04:42:34Z""#, r#"meta.lastModified le "2011-05-13T04:42:34Z""#)]
#[case(r#"title pr and userType eq "Employee""#, r#"title pr and userType eq "Employee""#)]
#[case(r#"title pr or userType eq "Intern""#, r#"title pr or userType eq "Intern""#)]
#[case(
    r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
    r#"userType eq "Employee" and (emails.value co "example.com" or emails.value co "example.org")"#
)]
#[case(
    r#"userType ne "Employee" and not (emails.value co "example.org")"#,
    r#"userType ne "Employee" and not (emails.value co "example.org")"#
)]
#[case(r#"userType eq "Employee" and (emails.type eq "work")"#, r#"userType eq "Employee" and emails.type eq "work""#)]
#[case(
    r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
    r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#
)]
#[case(
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#
)]
#[case(
    r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
    r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#
)]
// What IdPs send.
#[case(r#"userName eq "mara.voss@example.com""#, r#"userName eq "mara.voss@example.com""#)]
#[case(r#"externalId eq "00u1exampleOktaId""#, r#"externalId eq "00u1exampleOktaId""#)]
#[case(
    r#"id eq "7a3f" and manager eq "91bc""#,
    "id eq \"7a3f\" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"91bc\""
)]
#[case(r#"emails[type eq "work"].value eq "a@b.c""#, r#"emails[type eq "work"].value eq "a@b.c""#)]
#[case("DisplayName eq \"Mara Voss\"", "displayName eq \"Mara Voss\"")]
#[case("userName eq akadmin", "userName eq \"akadmin\"")]
#[case(
    "name.FamilyName eq Voss and (emails.Value co example or emails.Value co other)",
    "name.familyName eq \"Voss\" and (emails.value co \"example\" or emails.value co \"other\")"
)]
#[case("userName sw O", "userName sw \"O\"")]
#[case("meta.Created gt 2026-03-01T10:30:00+02:00", "meta.created gt \"2026-03-01T10:30:00+02:00\"")]
#[case(
    "meta.Created gt 2026-03-01T10:30:00 02:00 and active eq true",
    "meta.created gt \"2026-03-01T10:30:00+02:00\" and active eq true"
)]
#[case("meta.resourceType eq User", "meta.resourceType eq \"User\"")]
#[case(r#"roles[primary eq "True"].value eq "Agent""#, r#"roles[primary eq true].value eq "Agent""#)]
// Spaces where there may be some.
#[case("  userName   eq   \"x\"  ", "userName eq \"x\"")]
#[case("( title pr )", "title pr")]
#[case("not(title pr)", "not (title pr)")]
#[case("NOT (title pr) AND title PR", "not (title pr) and title pr")]
// A value that is a keyword, a name that begins with one.
#[case(r#"title eq "and""#, r#"title eq "and""#)]
#[case("title eq or or title eq not", "title eq \"or\" or title eq \"not\"")]
#[case(r#"emails[type eq "work"].value pr"#, r#"emails[type eq "work" and value pr]"#)]
#[case(r#"name[givenName eq "Mara"]"#, r#"name[givenName eq "Mara"]"#)]
#[case(r#"schemas[value co "enterprise"]"#, r#"schemas[value co "enterprise"]"#)]
#[case("emails.$ref pr or title pr", "")]
fn filters_are_read(#[case] text: &str, #[case] expected: &str) {
    if expected.is_empty() {
        assert!(refusal(text).contains("`$ref`"));
        return;
    }
    assert_eq!(printed(text), expected);
    assert_eq!(printed(expected), expected, "printing and reading again changes nothing");
}

#[test]
fn not_binds_tighter_than_and_and_and_tighter_than_or() {
    // R30
    let [a, b, c] = ["title", "nickName", "locale"].map(|name| Filter::Present(path(name, None)));
    let boxed = Box::new;
    assert_eq!(
        parse("title pr or nickName pr and locale pr").unwrap(),
        Filter::Or(boxed(a.clone()), boxed(Filter::And(boxed(b.clone()), boxed(c.clone()))))
    );
    assert_eq!(
        parse("not (title pr) and nickName pr").unwrap(),
        Filter::And(boxed(Filter::Not(boxed(a.clone()))), boxed(b.clone()))
    );
    assert_eq!(
        parse("(title pr or nickName pr) and locale pr").unwrap(),
        Filter::And(boxed(Filter::Or(boxed(a), boxed(b))), boxed(c))
    );
}

#[test]
fn names_are_found_behind_any_schema_urn() {
    // R37
    let urn = format!("{}:DEPARTMENT eq \"Care\"", ENTERPRISE_USER.to_uppercase());
    let expected = AttrPath { urn: Some(ENTERPRISE_USER.to_owned()), name: "department".to_owned(), sub: None };
    assert_eq!(parse(&urn).unwrap(), Filter::Compare(expected, Operator::Eq, json!("Care")));
    assert_eq!(parse(&format!("{USER}:name.givenName pr")).unwrap(), Filter::Present(path("name", Some("givenName"))));
}

#[test]
fn escapes_are_those_of_json() {
    // R36
    let text = r#"title eq "a \"b\" \\ \u00e9 \/ \ud83d\ude00""#;
    assert_eq!(parse(text).unwrap(), compare("title", Operator::Eq, json!("a \"b\" \\ é / 😀")));
    assert_eq!(parse("title eq \"\"").unwrap(), compare("title", Operator::Eq, json!("")));
    assert_eq!(parse("title eq \"Zoë (1) [2]\"").unwrap(), compare("title", Operator::Eq, json!("Zoë (1) [2]")));
    assert_eq!(parse("title eq \"100%\"").unwrap(), compare("title", Operator::Eq, json!("100%"))); // B60
    for broken in [r#"title eq "\x""#, r#"title eq "\ud83d""#, r#"title eq "\u00""#] {
        assert!(refusal(broken).contains("position 10"), "{broken}");
    }
}

#[test]
fn literals_have_the_type_of_their_attribute() {
    // D2, D18
    for text in ["active eq true", "active eq \"True\"", "active eq TRUE"] {
        assert_eq!(parse(text).unwrap(), compare("active", Operator::Eq, json!(true)), "{text}");
    }
    assert_eq!(parse("title eq true").unwrap(), compare("title", Operator::Eq, json!("true")));
    assert_eq!(parse("title eq 5").unwrap(), compare("title", Operator::Eq, json!("5")));
    assert_eq!(parse("title eq null").unwrap(), compare("title", Operator::Eq, Value::Null));
    assert_eq!(parse("title eq \"null\"").unwrap(), compare("title", Operator::Eq, json!("null")));
    assert!(refusal("active eq \"perhaps\"").contains("true or false"));
    assert!(refusal("title gt null").contains("null"));
    assert!(refusal("userName eq 'ada'").contains("double quotes"));
    assert!(parse("userName eq o'brien").is_ok());
    for never in ["\"Tomorrow\"", "yesterday", "\"2026-03-01 09:30\"", "\"\""] {
        assert!(refusal(&format!("meta.created gt {never}")).contains("2026-03-01T09:30:00Z"), "{never}");
    }
    for (operator, part) in [("ge", "2026-03-01"), ("sw", "2026-03-01T"), ("co", "T09:30")] {
        assert!(parse(&format!("meta.created {operator} \"{part}\"")).is_ok(), "{part}");
    }
    assert!(parse("meta.created sw \"2026-03\"").is_ok());
    let mut numbers = user_type();
    numbers.extensions[0].attributes.push(Attribute::new("level", AttributeType::Integer, ""));
    let level = |text: &str| Filter::parse(text, &numbers);
    for text in ["level ge 5", "level ge \"5\""] {
        assert!(matches!(level(text).unwrap(), Filter::Compare(_, Operator::Ge, Value::Number(_))), "{text}");
    }
    assert!(level("level eq -2.5e3").is_ok());
    assert!(level("level eq five").is_err());
    assert!(level("level co 5").is_err());
}

#[test]
fn booleans_and_binaries_have_no_order() {
    // R33
    for operator in ["gt", "ge", "lt", "le"] {
        assert!(refusal(&format!("active {operator} true")).contains("boolean"));
        assert!(refusal(&format!("x509Certificates.value {operator} \"AA\"")).contains("binary"));
    }
    assert!(refusal("active co \"tr\"").contains("boolean"));
}

#[test]
fn a_bare_complex_attribute_means_its_value() {
    // R32, D18
    assert_eq!(
        parse("emails co \"x\"").unwrap(),
        Filter::Compare(path("emails", Some("value")), Operator::Co, json!("x"))
    );
    let members = Filter::parse("members eq \"7a3f\"", &group_type()).unwrap();
    assert_eq!(members, Filter::Compare(path("members", Some("value")), Operator::Eq, json!("7a3f")));
    assert_eq!(parse("emails pr").unwrap(), Filter::Present(path("emails", None)));
    assert!(refusal("name eq \"x\"").contains("name.formatted"));
    assert!(refusal("addresses eq \"x\"").contains("addresses.formatted"));
}

#[test]
fn passwords_cannot_be_searched() {
    // R84
    for text in ["password eq \"x\"", "password pr", "PassWord sw \"a\"", "not (password pr)"] {
        assert!(refusal(text).contains("cannot be searched"), "{text}");
    }
}

#[rstest]
#[case("", 1, "name of an attribute")]
#[case("   ", 4, "name of an attribute")]
#[case("userName", 9, "an operator")]
#[case("userName ", 10, "an operator")]
#[case("userName equals \"x\"", 10, "found `equals`")]
#[case("userName = \"x\"", 10, "found `=`")]
#[case("userName eq", 12, "a space and a value")]
#[case("userName eq ", 13, "a value")]
#[case("userName eq\"x\"", 12, "a space")]
#[case("userName eq \"x", 13, "closing double quote")]
#[case("userName eq \"x\\", 13, "closing double quote")]
#[case("userName eq \"x\" and", 20, "name of an attribute")]
#[case("userName eq \"x\" title pr", 17, "`and`, `or`")]
#[case("userName eq \"x\"and title pr", 16, "a space")]
#[case("userName eq \"x\" xor title pr", 17, "`and`, `or`")]
#[case("userName eq x y", 15, "`and`, `or`")]
#[case("(title pr", 10, "`)` for the bracket at 1")]
#[case("title pr)", 9, "the end of the filter")]
#[case("not title pr", 5, "`(` after `not`")]
#[case("emails[type eq \"work\"", 22, "`]` for the bracket at 7")]
#[case("emails[type eq \"work\")", 22, "`]` for the bracket at 7")]
#[case("emails[]", 8, "name of an attribute")]
#[case("emails[type eq \"work\"].", 24, "name of an attribute")]
#[case("emails[type eq \"work\"].value", 29, "an operator")]
#[case("emails[type eq \"work\"].shoe eq 1", 24, "`emails` has no attribute `shoe`")]
#[case("emails[emails.type eq \"work\"]", 8, "has no attribute `emails.type`")]
#[case("emails[type[value eq 1] pr]", 12, "has no parts")]
#[case("userName[value eq 1]", 9, "single value")]
#[case("emails.value[type eq 1]", 13, "has no parts")]
#[case("usrName eq \"x\"", 1, "did you mean `userName`?")]
#[case("title pr and shoeSize eq 5", 14, "User has no attribute `shoeSize`")]
#[case("name.gvenName eq \"x\"", 1, "did you mean `givenName`?")]
#[case("urn:other:User:title pr", 1, "did you mean `title`?")]
#[case("urn:ietf:params:scim:schemas:core:2.0:User pr", 1, "schema")]
#[case("title pr ; drop", 10, "`and`, `or`")]
#[case("Ünïcode pr", 1, "name of an attribute")]
#[case("title eq \"é\" und", 14, "found `und`")]
fn a_refusal_names_the_position_and_what_was_expected(#[case] text: &str, #[case] position: usize, #[case] says: &str) {
    // D19, R34
    let problem = refusal(text);
    assert!(problem.starts_with(&format!("filter, position {position}: ")), "{problem}");
    assert!(problem.contains(says), "{problem}");
}

#[test]
fn twenty_thousand_brackets_are_refused() {
    for open in ["(", "not (", "not(", "emails["] {
        let problem = refusal(&open.repeat(20_000));
        assert!(problem.contains("brackets") || problem.contains("no attribute"), "{problem}");
    }
    let deepest = format!("{}title pr{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(printed(&deepest), "title pr");
    let deeper = format!("({deepest})");
    assert!(refusal(&deeper).contains("brackets"));
}

#[test]
fn the_number_of_terms_has_an_end() {
    let chain = |terms: usize| vec!["id eq \"1\""; terms].join(" or ");
    assert!(parse(&chain(MAX_TERMS)).is_ok());
    assert!(refusal(&chain(MAX_TERMS + 1)).contains("in several requests"));
    assert!(refusal(&chain(20_000)).contains("in several requests"));
}

#[test]
fn names_that_the_connection_does_not_keep_can_be_asked_for() {
    // D11: RFC 7643 defines them; no resource has a value.
    let mut narrow = user_type();
    narrow.core.attributes.retain(|attribute| attribute.name == "userName");
    assert!(Filter::parse("title eq \"x\" or emails[type eq \"work\"].value eq \"x\"", &narrow).is_ok());
}
