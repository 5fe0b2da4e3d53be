//! Accounts and skills: made, changed, deleted; and every mistake that has a name.

use super::*;

/// The form of the vendor's published creation example (provisioning guide), with made-up values: literals, lists of one, bare enum values, deprecated fields.
const PUBLISHED_FORM: &str = r#"mutation {
  userCreate(input: {
    avatar: "https://ha.iadvize.com/admin/public/images/account/profile-pic-icon.svg",
    countryPreferences: { interfaceLanguage: fr, languages: "fr" },
    email: "new.developer@example.com", firstName: "New", lastName: "Developer",
    password: "Passw0rd!ab", projectIds: 6661, roleId: 6, userName: "Newdev"
  }) {
    user { __typename id firstName lastName email pseudo avatarUrl interfaceLanguage spokenLanguages projects { edges { node { id name } } } }
    userErrors { __typename ... on UserError { message } ... on EmailAlreadyUsedError { message } }
  }
}"#;

#[tokio::test]
async fn the_published_creation_example_works_against_the_old_generation() {
    let sim = Sim::with_knobs(json!({ "schema_generation": "old" })).await;
    let payload = sim.data(PUBLISHED_FORM, json!({})).await["userCreate"].take();
    assert_eq!(payload["userErrors"], Value::Null);
    let user = &payload["user"];
    assert_eq!((&user["__typename"], &user["pseudo"]), (&json!("Developer"), &json!("Newdev")));
    assert_eq!((&user["interfaceLanguage"], &user["spokenLanguages"]), (&json!("fr"), &json!(["fr"])));
    assert_eq!(user["projects"]["edges"], json!([{ "node": { "id": 6661, "name": "Main site" } }]));
    assert!(user["id"].is_i64());
}

#[tokio::test]
async fn the_old_generation_refuses_a_creation_without_password_or_avatar() {
    let sim = Sim::with_knobs(json!({ "schema_generation": "old" })).await;
    let answer = sim.ask(CREATE, json!({ "input": ada() })).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json["errors"][0]["message"].as_str().expect("a text").contains("avatar"), "{answer:?}");
}

#[tokio::test]
async fn a_new_account_comes_back_as_published_and_gets_an_invitation() {
    let sim = Sim::start().await;
    let input = with(
        ada(),
        json!({ "externalId": "00u1a2b3c4", "samlId": "ada.lovelace@example.com", "groupId": 55, "skillIds": [902, 901, 902],
            "countryPreferences": { "interfaceLanguage": "fr", "languages": ["fr"] } }),
    );
    let payload = sim.create(input).await;
    let user = &payload["user"];
    assert_eq!(payload["userErrors"], Value::Null);
    assert_eq!(user["id"], 400_007);
    assert_eq!((&user["__typename"], &user["isDeleted"]), (&json!("Professional"), &json!(false)));
    assert_eq!(user["group"], json!({ "id": 55, "name": "Contact centre A" }));
    assert_eq!(user["role"], json!({ "id": 2, "name": "operator", "baseRoleName": "OPERATOR" }));
    assert_eq!(user["skills"], json!([{ "id": 902 }, { "id": 901 }]));
    let created = user["createdAt"].as_str().expect("a text");
    assert!(created.len() == 20 && created.ends_with('Z'), "{created}");
    let outbox = sim.running.control().outbox();
    assert_eq!((&outbox[0]["to"], &outbox[0]["userId"]), (&json!("ada.lovelace@example.com"), &json!(400_007)));
}

#[tokio::test]
async fn with_a_password_there_is_no_invitation_and_the_password_is_never_shown() {
    let sim = Sim::start().await;
    sim.created(with(ada(), json!({ "password": "Sixteen-Letters-1" }))).await;
    assert_eq!(sim.running.control().outbox(), json!([]));
    let shown = format!("{} {}", sim.running.state(), json!(sim.running.calls()));
    assert!(!shown.contains("Sixteen-Letters-1") && !shown.contains(SERVICE_PASSWORD));
    assert!(shown.contains("***"));
}

#[tokio::test]
async fn the_role_decides_the_kind_of_account() {
    let sim = Sim::start().await;
    for (role, kind) in [
        (2, "Professional"),
        (3, "Professional"),
        (4, "Professional"),
        (5, "Expert"),
        (6, "Developer"),
        (7, "Bot"),
        (1001, "Professional"),
    ] {
        let payload =
            sim.create(with(ada(), json!({ "roleId": role, "email": format!("role{role}@example.com") }))).await;
        assert_eq!(payload["user"]["__typename"], kind);
    }
}

#[rstest::rstest]
#[case::email_taken(json!({ "email": "OLIVIA.operator@example.com" }), &["EmailAlreadyUsedError"])]
#[case::email_bad(json!({ "email": "not an address" }), &["InvalidEmailError"])]
#[case::email_empty(json!({ "email": "" }), &["InvalidEmailError"])]
#[case::saml_taken(json!({ "samlId": "olivia.operator@example.com" }), &["SAMLUserIdAlreadyUsedError"])]
#[case::saml_empty(json!({ "samlId": "" }), &["SAMLUserIdIsEmptyError"])]
#[case::external_empty(json!({ "externalId": "" }), &["ExternalIdIsEmptyError"])]
#[case::first_name(json!({ "firstName": " " }), &["FirstNameIsEmptyError"])]
#[case::last_name(json!({ "lastName": "" }), &["LastNameIsEmptyError"])]
#[case::user_name(json!({ "userName": "" }), &["UserNameIsEmptyError"])]
#[case::avatar(json!({ "avatar": "ftp://example.com/a.png" }), &["InvalidAvatarUrlError"])]
#[case::password_short(json!({ "password": "Short-Secret-12" }), &["InvalidPasswordError"])]
#[case::password_simple(json!({ "password": "no-capitals-here-1" }), &["InvalidPasswordError"])]
#[case::role(json!({ "roleId": 99 }), &["UnknownRoleError"])]
#[case::project(json!({ "projectIds": [6661, 1] }), &["UnknownProjectError"])]
#[case::group(json!({ "groupId": 1 }), &["UnknownGroupError"])]
#[case::skill(json!({ "skillIds": [1] }), &["UnknownSkillError"])]
#[case::several(json!({ "email": "x", "lastName": "" }), &["InvalidEmailError", "LastNameIsEmptyError"])]
#[case::call(json!({ "channels": { "chatConfiguration": chat(true, false) } }), &["ChatAndCallWithDisabledCallError"])]
#[case::video(json!({ "channels": { "chatConfiguration": chat(false, true), "videoConfiguration": { "hasPriorityOnVideo": false, "isEnabled": false } } }),
    &["ChatToVideoWithDisabledVideoError"])]
#[case::desk(json!({ "channels": { "callConfiguration": call("DESK") } }), &["IncompatibleAskForNumberChoiceError"])]
#[tokio::test]
async fn a_mistake_has_its_published_name_on_create_and_on_update(#[case] change: Value, #[case] expected: &[&str]) {
    let sim = Sim::start().await;
    let payload = sim.create(with(ada(), change.clone())).await;
    assert_eq!((mistakes(&payload).as_slice(), &payload["user"]), (expected.map_owned().as_slice(), &Value::Null));
    assert!(payload["userErrors"][0]["message"].as_str().is_some_and(|message| !message.is_empty()));

    let id = sim.created(ada()).await;
    let before = sim.user(id);
    let payload = sim.update(with(change, json!({ "userId": id }))).await;
    assert_eq!((mistakes(&payload), &payload["user"]), (expected.map_owned(), &Value::Null));
    assert_eq!(sim.user(id), before, "a refused change changes nothing");
}

trait MapOwned {
    fn map_owned(&self) -> Vec<String>;
}

impl MapOwned for &[&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|name| (*name).to_owned()).collect()
    }
}

fn chat(with_call: bool, to_video: bool) -> Value {
    json!({ "hasPriorityOnChat": true, "isAllowChatToVideo": to_video, "isEnabled": true, "isSimultaneousCallAllowed": with_call, "numberOfSlots": 2 })
}

fn call(from: &str) -> Value {
    json!({ "hasPriorityOnCall": false, "isAlwaysAskForNumber": true, "isEnabled": true, "respondFrom": from })
}

#[tokio::test]
async fn channels_are_checked_as_they_will_be_and_kept_one_by_one() {
    let sim = Sim::start().await;
    let channels = json!({ "callConfiguration": call("CLICK_TO_CALL_NUMBER"), "chatConfiguration": chat(true, false) });
    let id = sim.created(with(ada(), json!({ "channels": channels }))).await;
    let off = with(call("CLICK_TO_CALL_NUMBER"), json!({ "isEnabled": false }));
    let refused = sim.update(json!({ "userId": id, "channels": { "callConfiguration": off } })).await;
    assert_eq!(mistakes(&refused), ["ChatAndCallWithDisabledCallError"]);
    sim.update(json!({ "userId": id, "channels": { "videoConfiguration": { "hasPriorityOnVideo": true, "isEnabled": true } } })).await;
    let shown = sim
        .data(
            "query($id: LegacyId!) { user(id: $id) { availability { chat { isEnabled numberOfSlots } } ... on Professional { channels {
               callConfiguration { respondFrom } chatConfiguration { numberOfSlots } videoConfiguration { isEnabled } thirdPartyConfiguration { isEnabled } } } } }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(
        shown["user"],
        json!({ "availability": { "chat": { "isEnabled": true, "numberOfSlots": 2 } }, "channels": { "callConfiguration": { "respondFrom": "CLICK_TO_CALL_NUMBER" },
            "chatConfiguration": { "numberOfSlots": 2 }, "videoConfiguration": { "isEnabled": true }, "thirdPartyConfiguration": null } })
    );
}

#[tokio::test]
async fn what_is_left_out_stays_and_lists_are_replaced() {
    let sim = Sim::start().await;
    let payload = sim.update(json!({ "userId": 400_002, "lastName": "King", "skillIds": [903] })).await;
    assert_eq!(payload["userErrors"], Value::Null);
    assert_eq!(payload["user"]["skills"], json!([{ "id": 903, "name": "Technical help" }]));
    let user = sim.user(400_002);
    assert_eq!(
        (&user["lastName"], &user["firstName"], &user["groupId"]),
        (&json!("King"), &json!("Olivia"), &json!(55))
    );
    assert_eq!(user["projectIds"], json!([6661, 6662]));
    sim.update(json!({ "userId": 400_002, "skillIds": [] })).await;
    assert_eq!(sim.user(400_002)["skillIds"], json!([]));
}

#[tokio::test]
async fn null_removes_the_first_name_only_unless_the_knob_says_more() {
    let sim = Sim::start().await;
    let nulls = json!({ "userId": 400_002, "firstName": null, "lastName": null, "groupId": null, "externalId": null, "samlId": null, "skillIds": null });
    let payload = sim.update(nulls.clone()).await;
    assert_eq!(payload["userErrors"], Value::Null);
    let user = sim.user(400_002);
    assert_eq!(
        (&user["firstName"], &user["lastName"], &user["groupId"]),
        (&Value::Null, &json!("Operator"), &json!(55))
    );
    assert_eq!((&user["externalId"], &user["skillIds"]), (&json!("seed-operator"), &json!([901])));

    sim.knobs(&json!({ "null_clears": true }));
    sim.update(nulls).await;
    let user = sim.user(400_002);
    assert_eq!((&user["groupId"], &user["externalId"], &user["samlId"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!((&user["lastName"], &user["skillIds"]), (&json!("Operator"), &json!([901])));
}

#[tokio::test]
async fn a_variable_that_was_not_given_is_left_out_and_not_null() {
    let sim = Sim::start().await;
    let document = "mutation($id: LegacyId!, $first: String, $last: String) {
        userUpdate(input: { userId: $id, firstName: $first, lastName: $last }) { user { firstName lastName } userErrors { __typename } } }";
    let data = sim.data(document, json!({ "id": 400_002, "last": "King" })).await;
    assert_eq!(data["userUpdate"]["user"], json!({ "firstName": "Olivia", "lastName": "King" }));
}

#[tokio::test]
async fn changing_an_unknown_or_deleted_account_is_a_user_error() {
    let sim = Sim::start().await;
    for id in [1, 400_006] {
        assert_eq!(mistakes(&sim.update(json!({ "userId": id, "lastName": "X" })).await), ["UnknownUserError"]);
    }
}

#[tokio::test]
async fn a_deleted_account_stays_readable_and_frees_its_address() {
    let sim = Sim::start().await;
    let id = sim.created(with(ada(), json!({ "samlId": "ada" }))).await;
    let payload = sim.delete(id).await;
    assert_eq!(payload, json!({ "userId": id, "userErrors": null }));
    let query = "query($id: LegacyId!) { user(userId: $id) { isDeleted deletedAt email } }";
    let user = sim.data(query, json!({ "id": id })).await["user"].take();
    assert_eq!(user["isDeleted"], true);
    assert!(user["deletedAt"].is_string());
    assert_eq!(mistakes(&sim.delete(id).await), ["UnknownUserError"]);
    let again = sim.created(with(ada(), json!({ "samlId": "ada" }))).await;
    assert!(again > id);

    sim.delete(again).await;
    sim.knobs(&json!({ "deleted_keeps_address": true, "delete_unknown": "success" }));
    let taken = sim.create(with(ada(), json!({ "samlId": "ada" }))).await;
    assert_eq!(mistakes(&taken), ["EmailAlreadyUsedError", "SAMLUserIdAlreadyUsedError"]);
    assert_eq!(sim.delete(again).await, json!({ "userId": again, "userErrors": null }));
    sim.knobs(&json!({ "delete_unknown": "errors" }));
    let answer = sim.ask(DELETE, json!({ "input": { "userId": again } })).await;
    assert_eq!((answer.status, answer.json["errors"].as_array().map(Vec::len)), (200, Some(1)));
}

#[tokio::test]
async fn nobody_is_deleted_during_a_conversation() {
    let sim = Sim::start().await;
    let order = |busy: bool| {
        sim.running.control().act("busy", &json!({ "userId": 400_002, "busy": busy })).expect("an account");
    };
    order(true);
    let payload = sim.delete(400_002).await;
    assert_eq!(
        (mistakes(&payload), &payload["userId"]),
        (vec!["UserHasOngoingConversationsUserDeleteError".to_owned()], &Value::Null)
    );
    sim.knobs(&json!({ "ignore_updates_while_busy": true }));
    assert_eq!(sim.update(json!({ "userId": 400_002, "lastName": "Lost" })).await["user"]["lastName"], "Operator");
    order(false);
    assert_eq!(sim.update(json!({ "userId": 400_002, "lastName": "Kept" })).await["user"]["lastName"], "Kept");
    assert_eq!(sim.delete(400_002).await["userErrors"], Value::Null);
    assert!(sim.running.control().act("busy", &json!({ "userId": 400_002, "busy": true })).is_err());
}

#[tokio::test]
async fn the_own_account_cannot_be_deleted() {
    let sim = Sim::start().await;
    let answer = sim.ask(DELETE, json!({ "input": { "userId": 400_001 } })).await;
    assert_eq!((answer.status, &answer.json["data"]["userDelete"]), (200, &Value::Null));
    assert_eq!(answer.json["errors"][0]["path"], json!(["userDelete"]));
    assert_eq!(sim.user(400_001)["isDeleted"], false);
}

#[tokio::test]
async fn knobs_decide_what_the_pages_leave_open_about_inputs() {
    let sim = Sim::start().await;
    sim.created(with(ada(), json!({ "email": "p0@example.com", "projectIds": [] }))).await;
    sim.created(with(ada(), json!({ "email": "p1@example.com", "password": "Sixteen-Letters-1", "samlId": "p1" })))
        .await;
    sim.knobs(&json!({ "refuse_empty_projects": true, "refuse_password_with_saml": true, "empty_user_errors": true }));
    assert_eq!(mistakes(&sim.create(with(ada(), json!({ "projectIds": [] }))).await), ["UnknownProjectError"]);
    let both = json!({ "password": "Sixteen-Letters-1", "samlId": "p2" });
    assert_eq!(mistakes(&sim.create(with(ada(), both)).await), ["InvalidPasswordError"]);
    assert_eq!(sim.create(ada()).await["userErrors"], json!([]));
    sim.knobs(&json!({ "unknown_reference_is_error": true }));
    let answer =
        sim.ask(CREATE, json!({ "input": with(ada(), json!({ "email": "p3@example.com", "roleId": 99 })) })).await;
    assert_eq!((answer.status, &answer.json["data"]["userCreate"]), (200, &Value::Null));
    assert!(answer.json["errors"][0]["message"].as_str().expect("a text").contains("role"));
}

#[tokio::test]
async fn several_mutations_in_one_document_run_in_order_and_do_not_undo_each_other() {
    let sim = Sim::start().await;
    let document = "mutation($input: UserCreateInput!) {
        first: userCreate(input: $input) { user { id } userErrors { __typename } }
        second: userCreate(input: $input) { user { id } userErrors { __typename } } }";
    let data = sim.data(document, json!({ "input": ada() })).await;
    assert!(data["first"]["user"]["id"].is_i64());
    assert_eq!(mistakes(&data["second"]), ["EmailAlreadyUsedError"]);
}

#[tokio::test]
async fn skills_are_made_given_taken_and_deleted() {
    let sim = Sim::start().await;
    let made = sim
        .data(
            "mutation { skillCreate(input: { name: \"Night\" }) { skill { id name } userErrors { __typename } } }",
            json!({}),
        )
        .await;
    assert_eq!(made["skillCreate"], json!({ "skill": { "id": 905, "name": "Night" }, "userErrors": null }));
    let change = async |field: &str, kind: &str, ids: Value| {
        let document = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ user {{ skills {{ id }} }} userErrors {{ __typename }} }} }}"
        );
        sim.data(&document, json!({ "input": { "userId": 400_002, "skillIds": ids } })).await[field].take()
    };
    assert_eq!(
        change("userSkillsAdd", "UserSkillsAddInput", json!([905, 901])).await["user"]["skills"],
        json!([{ "id": 901 }, { "id": 905 }])
    );
    assert_eq!(
        change("userSkillsRemove", "UserSkillsRemoveInput", json!([901])).await["user"]["skills"],
        json!([{ "id": 905 }])
    );
    assert_eq!(
        change("userSkillsSet", "UserSkillsSetInput", json!([905, 904])).await["user"]["skills"],
        json!([{ "id": 905 }, { "id": 904 }])
    );
    assert_eq!(mistakes(&change("userSkillsAdd", "UserSkillsAddInput", json!([1])).await), ["UnknownSkillError"]);
    let renamed = sim
        .data("mutation { skillUpdate(input: { skillId: 905, name: \"Late\" }) { skill { name } } }", json!({}))
        .await;
    assert_eq!(renamed["skillUpdate"]["skill"]["name"], "Late");
    let delete = "mutation { skillDelete(input: { skillId: 905 }) { skillId userErrors { __typename } } }";
    assert_eq!(sim.data(delete, json!({})).await["skillDelete"], json!({ "skillId": 905, "userErrors": null }));
    assert_eq!(mistakes(&sim.data(delete, json!({})).await["skillDelete"]), ["UnknownSkillError"]);
    assert_eq!(sim.user(400_002)["skillIds"], json!([904]));
}

#[tokio::test]
async fn availability_is_set_by_channel() {
    let sim = Sim::start().await;
    sim.running.control().act("busy", &json!({ "userId": 400_002, "busy": true })).expect("an account");
    let document = "mutation($input: UserAvailabilityStatusUpdateInput!) { userAvailabilityStatusUpdate(input: $input) {
        user { presence { isConnected } availability { chat { isAvailable ongoingConversationCount } } } userErrors { __typename message } } }";
    let input = |status: &str| json!({ "input": { "userId": 400_002, "channel": "CHAT", "status": status } });
    let data = sim.data(document, input("UNAVAILABLE")).await["userAvailabilityStatusUpdate"].take();
    assert_eq!(
        data["user"],
        json!({ "presence": { "isConnected": true }, "availability": { "chat": { "isAvailable": false, "ongoingConversationCount": 1 } } })
    );
    let data = sim.data(document, input("AVAILABLE")).await["userAvailabilityStatusUpdate"].take();
    assert_eq!(data["user"]["availability"]["chat"]["isAvailable"], true);
}

const PROFESSIONAL: &str = "{ user { id email userName ... on Professional { externalId samlUserId roleName group { id } clickToCallPhoneNumber } interfaceLanguage spokenLanguages } userErrors { __typename message } }";

#[tokio::test]
async fn the_older_mutations_work_with_their_own_names_and_errors() {
    let sim = Sim::start().await;
    let call = async |field: &str, kind: &str, input: Value| {
        let document = format!("mutation($input: {kind}!) {{ {field}(input: $input) {PROFESSIONAL} }}");
        sim.data(&document, json!({ "input": input })).await[field].take()
    };
    let create = |more: Value| {
        let input = json!({ "email": "pat@example.com", "interfaceLanguage": "en", "lastName": "Pat", "pseudo": "Pat", "roleName": "operator", "groupId": 55 });
        call("professionalCreate", "ProfessionalCreateInput", with(input, more))
    };
    for (change, expected) in [
        (json!({ "email": SERVICE_EMAIL }), "EmailAlreadyUsedProfessionalCreateUserError"),
        (json!({ "email": "x" }), "InvalidEmailProfessionalCreateUserError"),
        (json!({ "externalId": "" }), "ExternalIdIsEmptyProfessionalCreateUserError"),
        (json!({ "firstName": "" }), "FirstNameIsEmptyProfessionalCreateUserError"),
        (json!({ "samlUserId": "" }), "SAMLUserIdIsEmptyProfessionalCreateUserError"),
        (json!({ "samlUserId": "olivia.operator@example.com" }), "SAMLUserIdAlreadyUsedProfessionalCreateUserError"),
        (json!({ "samlUserId": "s", "password": "Sixteen-Letters-1" }), "InvalidPasswordError"),
        (json!({ "roleName": "OPERATOR" }), "UnknownRoleError"),
    ] {
        assert_eq!(mistakes(&create(change).await), [expected]);
    }
    let user = create(json!({ "samlUserId": "pat", "spokenLanguages": ["en"] })).await["user"].take();
    let id = user["id"].as_i64().expect("a number");
    assert_eq!(
        (&user["roleName"], &user["samlUserId"], &user["group"]["id"]),
        (&json!("operator"), &json!("pat"), &json!(55))
    );
    assert_eq!(sim.user(id)["projectIds"], json!([]));

    let update = |input: Value| call("professionalUpdate", "ProfessionalUpdateInput", input);
    let changed = update(
        json!({ "userId": id, "pseudo": "Patty", "roleName": "manager", "clickToCallPhoneNumber": "+33123456789" }),
    )
    .await;
    assert_eq!((&changed["user"]["userName"], &changed["user"]["roleName"]), (&json!("Patty"), &json!("manager")));
    assert_eq!(changed["user"]["clickToCallPhoneNumber"], "+33123456789");
    for (input, expected) in [
        (json!({ "userId": id, "email": SERVICE_EMAIL }), "EmailAlreadyUsedProfessionalUpdateUserError"),
        (json!({ "userId": id, "firstName": "" }), "FirstNameIsEmptyProfessionalUpdateUserError"),
        (json!({ "userId": 400_001, "roleName": "operator" }), "CannotChangeOwnRoleProfessionalUpdateUserError"),
        (json!({ "userId": 400_003, "pseudo": "x" }), "UnknownUserError"),
    ] {
        assert_eq!(mistakes(&update(input).await), [expected]);
    }
    let external = |id: i64, text: &str| {
        call("professionalSetExternalId", "ProfessionalSetExternalIdInput", json!({ "userId": id, "externalId": text }))
    };
    assert_eq!(external(id, "e1").await["user"]["externalId"], "e1");
    assert_eq!(mistakes(&external(id, "").await), ["ExternalIdIsEmptyProfessionalSetExternalIdUserError"]);
    let unset = call("professionalUnsetGroup", "ProfessionalUnsetGroupInput", json!({ "userId": id })).await;
    assert_eq!(unset["user"]["group"], Value::Null);
}
