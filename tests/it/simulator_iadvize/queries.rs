//! Reading: pages, platforms, the protocol's refusals, introspection.

use super::*;

const LIST: &str = "query($first: Int, $after: String, $last: Int, $before: String, $projects: [LegacyId!]) {
    users(first: $first, after: $after, last: $last, before: $before, projectIds: $projects) {
      pageInfo { startCursor endCursor hasPreviousPage hasNextPage } edges { cursor node { id } } } }";

impl Sim {
    async fn list(&self, arguments: Value) -> (Vec<i64>, Value) {
        let mut users = self.data(LIST, arguments).await["users"].take();
        let ids = users["edges"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|edge| edge["node"]["id"].as_i64().expect("a number"))
            .collect();
        (ids, users["pageInfo"].take())
    }
}

fn seed(json: &Value) -> Options {
    Options { seed: Some(json.to_string()), faults: None }
}

#[tokio::test]
async fn pages_forward_meet_every_live_account_once_in_order() {
    let sim = Sim::start_with(seed(&json!({ "ha": { "generate": 250 } }))).await;
    let (first, info) = sim.list(json!({})).await;
    assert_eq!((first.len(), &info["hasNextPage"], &info["hasPreviousPage"]), (100, &json!(true), &json!(false)));
    let mut all = first;
    let mut after = info["endCursor"].clone();
    loop {
        let (ids, info) = sim.list(json!({ "first": 100, "after": after })).await;
        all.extend(ids);
        assert_eq!(info["hasPreviousPage"], true);
        if info["hasNextPage"] == false {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(all.len(), 255, "five seeded ones and the generated, without the deleted one");
    assert!(all.is_sorted() && !all.contains(&400_006));
}

#[tokio::test]
async fn pages_backward_come_from_the_end() {
    let sim = Sim::start().await;
    let (ids, info) = sim.list(json!({ "last": 2 })).await;
    assert_eq!(
        (ids, &info["hasPreviousPage"], &info["hasNextPage"]),
        (vec![400_004, 400_005], &json!(true), &json!(false))
    );
    let (ids, info) = sim.list(json!({ "last": 3, "before": info["startCursor"] })).await;
    assert_eq!(
        (ids, &info["hasPreviousPage"], &info["hasNextPage"]),
        (vec![400_001, 400_002, 400_003], &json!(false), &json!(true))
    );
}

#[tokio::test]
async fn an_empty_cursor_is_none_and_a_bad_one_an_error() {
    let sim = Sim::start().await;
    assert_eq!(sim.list(json!({ "after": "", "first": 1 })).await.0, [400_001]);
    assert_eq!(sim.list(json!({ "after": null, "first": 1 })).await.0, [400_001]);
    for arguments in [json!({ "after": "nonsense" }), json!({ "first": 1, "last": 1 }), json!({ "first": -1 })] {
        let answer = sim.ask(LIST, arguments).await;
        assert_eq!((answer.status, &answer.json["data"]["users"]), (200, &Value::Null), "{answer:?}");
        assert_eq!(answer.json["errors"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn more_than_a_hundred_is_cut_or_refused() {
    let sim = Sim::start_with(seed(&json!({ "ha": { "generate": 150 } }))).await;
    assert_eq!(sim.list(json!({ "first": 150 })).await.0.len(), 100);
    sim.knobs(&json!({ "refuse_large_pages": true }));
    assert!(sim.ask(LIST, json!({ "first": 150 })).await.json["errors"].is_array());
}

#[tokio::test]
async fn accounts_are_listed_by_project() {
    let sim = Sim::start().await;
    assert_eq!(sim.list(json!({ "projects": [6662] })).await.0, [400_002, 400_004]);
    assert_eq!(sim.list(json!({ "projects": [] })).await.0, [] as [i64; 0]);
}

#[tokio::test]
async fn knobs_decide_what_becomes_of_deleted_and_unknown_accounts_in_answers() {
    let sim = Sim::start().await;
    let query = "query($id: LegacyId!) { user(id: $id) { id } }";
    assert_eq!(sim.data(query, json!({ "id": 1 })).await, json!({ "user": null }));
    assert_eq!(sim.data(query, json!({ "id": 400_006 })).await["user"]["id"], 400_006);
    sim.knobs(&json!({ "list_deleted": true, "hide_deleted": true, "unknown_user_is_error": true }));
    assert!(sim.list(json!({})).await.0.contains(&400_006));
    for id in [1, 400_006] {
        let answer = sim.ask(query, json!({ "id": id })).await;
        assert_eq!((answer.status, &answer.json["data"]["user"]), (200, &Value::Null));
        assert!(answer.json["errors"][0]["message"].is_string());
    }
}

#[tokio::test]
async fn exactly_one_of_the_two_id_arguments_is_taken() {
    let sim = Sim::start().await;
    for document in ["{ user { id } }", "{ user(id: 400001, userId: 400001) { id } }"] {
        assert!(sim.ask(document, json!({})).await.json["errors"].is_array());
    }
}

#[tokio::test]
async fn the_directory_can_be_read() {
    let sim = Sim::start().await;
    let data = sim
        .data(
            "{ projects(first: 2) { pageInfo { hasNextPage } edges { node { id name } } } project(projectId: 6662) { name }
               clients { edges { node { id name } } } client(clientId: 335) { name } skill(skillId: 901) { name }
               skills(first: 1) { edges { node { id name } } } professionalBaseRoles { id name baseRoleName userCount permissions { name } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["projects"]["pageInfo"]["hasNextPage"], true);
    assert_eq!((&data["project"]["name"], &data["skill"]["name"]), (&json!("Outlet"), &json!("Billing")));
    assert_eq!(data["client"], json!({ "name": "Example Brand" }));
    let roles: Vec<_> = data["professionalBaseRoles"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|role| (role["id"].as_i64().expect("a number"), role["userCount"].as_i64().expect("a number")))
        .collect();
    assert_eq!(roles, [(2, 1), (3, 0), (4, 1)]);
}

#[tokio::test]
async fn the_other_platform_is_another_data_set() {
    let sim = Sim::start().await;
    let ask = async |query: &str| {
        let body = json!({ "query": CREATE, "variables": { "input": ada() } });
        read(send(sim.request(Method::POST, &format!("/graphql{query}")).bearer_auth(&sim.token).json(&body)).await)
            .await
    };
    let id = ask("?platform=sd").await.json["data"]["userCreate"]["user"]["id"].as_i64();
    assert_eq!(id, Some(400_007));
    assert_eq!(sim.user_count(), 6);
    assert_eq!(
        ask("").await.json["data"]["userCreate"]["user"]["id"].as_i64(),
        Some(400_007),
        "the same number exists on both"
    );
    assert_eq!(ask("?platform=xx").await.status, 400);
}

#[tokio::test]
async fn requests_that_are_none_are_refused_by_status() {
    let sim = Sim::start().await;
    let post = || sim.request(Method::POST, "/graphql").bearer_auth(&sim.token);
    let json_text = |body: &str| post().header("content-type", "application/json; charset=utf-8").body(body.to_owned());
    let cases = [
        (post().header("content-type", "application/graphql").body("{ clients { edges { node { id } } } }"), 415),
        (post().body("{}"), 415),
        (json_text("{"), 400),
        (json_text("[]"), 400),
        (json_text("{}"), 400),
        (json_text(r#"{"query": 1}"#), 400),
        (json_text(r#"{"query": "{ clients { edges { node { id } } } }", "variables": []}"#), 400),
        (json_text(r#"{"query": "{ clients { edges { node { id } } } }", "operationName": 1}"#), 400),
        (json_text(r#"{"query": "{ clients { edges { node { id } } } }"}"#), 200),
        (sim.request(Method::GET, "/graphql?query={clients}").bearer_auth(&sim.token), 405),
        (sim.request(Method::PUT, "/graphql").bearer_auth(&sim.token), 405),
        (sim.request(Method::POST, "/graphql").header("content-type", "text/plain"), 401),
        (sim.request(Method::GET, "/nothing"), 404),
    ];
    for (number, (request, status)) in cases.into_iter().enumerate() {
        let answer = read(send(request).await).await;
        assert_eq!(answer.status, status, "case {number}: {answer:?}");
        if status == 400 {
            assert!(answer.json["errors"][0]["message"].is_string() && answer.json.get("data").is_none(), "{answer:?}");
        }
    }
}

#[rstest::rstest]
#[case::syntax("{ users {", json!({}))]
#[case::unknown_field("{ users { nothing } }", json!({}))]
#[case::unknown_root("{ nothing }", json!({}))]
#[case::own_field_of_a_kind("{ user(id: 400001) { samlId } }", json!({}))]
#[case::no_selection("{ users }", json!({}))]
#[case::quoted_enum(r#"mutation { userUpdate(input: { userId: 400002, countryPreferences: { interfaceLanguage: "fr", languages: ["fr"] } }) { user { id } } }"#, json!({}))]
#[case::text_id(r#"{ user(id: "400001") { id } }"#, json!({}))]
#[case::missing_argument("mutation { userDelete { userId } }", json!({}))]
#[case::scalar_for_object("mutation { userDelete(input: 5) { userId } }", json!({}))]
#[case::unused_variable("query($x: Int) { clients { edges { node { id } } } }", json!({}))]
#[case::undeclared_variable("{ user(id: $x) { id } }", json!({}))]
#[case::unknown_variable_type("query($x: Nothing = 1) { user(id: $x) { id } }", json!({}))]
#[case::output_type_as_variable("query($x: User) { user(id: $x) { id } }", json!({}))]
#[case::text_in_id_variable("query($x: LegacyId!) { user(id: $x) { id } }", json!({ "x": "400001" }))]
#[case::fraction_in_id_variable("query($x: LegacyId!) { user(id: $x) { id } }", json!({ "x": 1.5 }))]
#[case::missing_variable("query($x: LegacyId!) { user(id: $x) { id } }", json!({}))]
#[case::null_variable("query($x: LegacyId!) { user(id: $x) { id } }", json!({ "x": null }))]
#[case::unknown_member(DELETE, json!({ "input": { "userId": 400_002, "force": true } }))]
#[case::bad_language(UPDATE, json!({ "input": { "userId": 400_002, "countryPreferences": { "interfaceLanguage": "fr", "languages": ["fr-FR"] } } }))]
#[case::bad_enum(UPDATE, json!({ "input": { "userId": 400_002, "countryPreferences": { "interfaceLanguage": "it", "languages": ["it"] } } }))]
#[case::missing_inner(UPDATE, json!({ "input": { "userId": 400_002, "countryPreferences": { "interfaceLanguage": "fr" } } }))]
#[case::endless_fragment("{ ...A } fragment A on Query { ...A }", json!({}))]
#[tokio::test]
async fn what_does_not_fit_the_schema_is_refused_before_anything_happens(
    #[case] document: &str,
    #[case] variables: Value,
) {
    let sim = Sim::start().await;
    let before = sim.running.state();
    let answer = sim.ask(document, variables.clone()).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.json["errors"][0]["message"].is_string() && answer.json.get("data").is_none(), "{answer:?}");
    assert_eq!(sim.running.state(), before);
    sim.knobs(&json!({ "graphql_status_always_200": true }));
    assert_eq!(sim.ask(document, variables).await.status, 200);
}

#[tokio::test]
async fn refused_variables_are_quoted_with_everything_in_them() {
    let sim = Sim::start().await;
    let input = with(ada(), json!({ "password": "Sixteen-Letters-1", "roleId": "2" }));
    let answer = sim.ask(CREATE, json!({ "input": input })).await;
    let message = answer.json["errors"][0]["message"].as_str().expect("a text");
    assert!(message.contains("Sixteen-Letters-1") && message.contains("roleId"), "{message}");
    assert!(answer.json["errors"][0]["locations"][0]["line"].is_i64());
}

#[tokio::test]
async fn ids_may_be_text_when_the_knob_says_so_and_still_come_back_as_numbers() {
    let sim = Sim::with_knobs(json!({ "text_ids": true })).await;
    let data = sim.data("query($x: LegacyId!) { user(id: $x) { id } }", json!({ "x": "400001" })).await;
    assert_eq!(data["user"]["id"], 400_001);
    assert_eq!(sim.data(r#"{ user(id: "400001") { id } }"#, json!({})).await["user"]["id"], 400_001);
    assert_eq!(sim.ask("query($x: LegacyId!) { user(id: $x) { id } }", json!({ "x": "4e5" })).await.status, 400);
}

#[tokio::test]
async fn operations_are_chosen_by_name() {
    let sim = Sim::start().await;
    let query = "query A { client(clientId: 335) { id } } query B { client(clientId: 335) { name } }";
    let ask = async |name: Value| {
        let body = json!({ "query": query, "operationName": name });
        read(send(sim.request(Method::POST, "/graphql").bearer_auth(&sim.token).json(&body)).await).await
    };
    assert_eq!(ask(json!("B")).await.json["data"]["client"], json!({ "name": "Example Brand" }));
    assert_eq!(ask(json!("C")).await.status, 400);
    assert_eq!(ask(Value::Null).await.status, 400);
    assert_eq!(sim.running.calls().iter().filter(|call| call.operation_name.as_deref() == Some("B")).count(), 1);
}

#[tokio::test]
async fn the_schema_can_be_asked_for_unless_switched_off() {
    let sim = Sim::start().await;
    let query = r#"{ __schema { mutationType { name } types { name } } __type(name: "UserCreateInput") { inputFields { name type { kind name ofType { name } } } } }"#;
    let data = sim.data(query, json!({})).await;
    let fields = data["__type"]["inputFields"].as_array().expect("a list");
    let kind =
        |name: &str| fields.iter().find(|field| field["name"] == name).map(|field| field["type"]["kind"].clone());
    assert_eq!((kind("password"), kind("roleId")), (Some(json!("SCALAR")), Some(json!("NON_NULL"))));
    let deprecated = r#"{ __type(name: "User") { kind fields(includeDeprecated: true) { name isDeprecated } possibleTypes { name } } }"#;
    let user = sim.data(deprecated, json!({})).await["__type"].take();
    assert_eq!((&user["kind"], user["possibleTypes"].as_array().map(Vec::len)), (&json!("INTERFACE"), Some(4)));
    assert!(
        user["fields"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|field| field["name"] == "pseudo" && field["isDeprecated"] == true)
    );

    sim.knobs(&json!({ "schema_generation": "old" }));
    let data = sim.data(query, json!({})).await;
    let fields = data["__type"]["inputFields"].as_array().expect("a list");
    assert!(fields.iter().any(|field| field["name"] == "password" && field["type"]["kind"] == "NON_NULL"));
    sim.knobs(&json!({ "introspection": false }));
    assert_eq!(sim.ask("{ __schema { queryType { name } } }", json!({})).await.status, 400);
    sim.knobs(&json!({ "deprecated_fields": false }));
    assert_eq!(sim.ask("{ user(id: 400001) { pseudo } }", json!({})).await.status, 400);
}

#[tokio::test]
async fn an_object_of_another_kind_is_empty_and_not_null_when_only_a_fragment_was_asked_for() {
    let sim = Sim::start().await;
    let document =
        "{ users { edges { node { ...A } } } user(id: 400003) { ...A } } fragment A on Professional { samlId }";
    let data = sim.data(document, json!({})).await;
    let nodes: Vec<&Value> =
        data["users"]["edges"].as_array().expect("a list").iter().map(|edge| &edge["node"]).collect();
    let saml = json!("olivia.operator@example.com");
    assert_eq!(nodes, [&json!({ "samlId": null }), &json!({ "samlId": saml }), &json!({}), &json!({}), &json!({})]);
    assert_eq!(data["user"], json!({}));
}
