//! Pages (RFC 7644 section 3.4.2.4): true totals, numbers as asked for, everybody once.

use serde_json::{Value, json};

use crate::support::{Answer, Idp, bridge, idp};

/// Asserts the numbers of a page: total, `startIndex`, returned.
#[track_caller]
fn assert_page(answer: &Answer, total: u64, start_index: u64, returned: usize) {
    let found = (&answer.body["totalResults"], &answer.body["startIndex"], &answer.body["itemsPerPage"]);
    assert_eq!(
        found,
        (&json!(total), &json!(start_index), &json!(returned)),
        "{}",
        &answer.text[..answer.text.len().min(200)]
    );
    assert_eq!(answer.resources().len(), returned);
    let mut members: Vec<&String> = answer.body.as_object().expect("an object").keys().collect();
    members.sort_unstable();
    assert_eq!(
        members,
        ["Resources", "itemsPerPage", "schemas", "startIndex", "totalResults"],
        "no more than the RFC defines"
    );
}

fn ids(answer: &Answer) -> Vec<String> {
    answer.resources().iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect()
}

async fn creates(idp: &Idp, numbers: std::ops::Range<usize>) {
    let numbers: Vec<usize> = numbers.collect();
    for some in numbers.chunks(10) {
        let all = some.iter().map(|number| async move {
            let mut user = idp::okta_user(&format!("p{number:03}@example.com"));
            user["title"] = if number % 2 == 0 { json!("even") } else { json!("odd") };
            idp.post("/Users", user).await.is(201)
        });
        futures_util::future::join_all(all).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_250_people_are_true_and_stable() {
    // Nothing waits for the vendor: these are promises about reading.
    let world = bridge().connection("delivery", "accepted").start().await;
    let idp = world.idp();
    creates(&idp, 0..250).await;

    for (query, start_index, returned) in [
        ("", 1, 100),
        ("startIndex=1", 1, 100),
        ("startIndex=0", 1, 100),
        ("startIndex=-5&count=3", 1, 3),
        ("count=0", 1, 0),
        ("count=-1", 1, 0),
        ("count=5000", 1, 250),
        ("count=99999999999999999999", 1, 250),
        ("startIndex=201&count=100", 201, 50),
        ("startIndex=250&count=1", 250, 1),
        ("startIndex=251&count=100", 251, 0),
        ("startIndex=100000&count=1", 100_000, 0),
        ("startIndex=&count=", 1, 100),
        ("STARTINDEX=2&COUNT=2", 2, 2),
        ("sortBy=userName&sortOrder=descending&count=2", 1, 2),
    ] {
        assert_page(&idp.get(&format!("/Users?{query}")).await.is(200), 250, start_index, returned);
    }
    let even = idp.get("/Users?filter=title+eq+%22even%22&startIndex=121&count=100").await.is(200);
    assert_page(&even, 125, 121, 5);
    let some = idp.get("/Users?filter=userName+sw+%22p24%22&count=4").await.is(200);
    assert_page(&some, 10, 1, 4);

    // A walk in small steps meets everybody who was there, although people change, come and go meanwhile.
    let all = ids(&idp.get("/Users?count=1000").await.is(200));
    let (mut met, mut start) = (Vec::new(), 1);
    while start <= 250 {
        let page = ids(&idp.get(&format!("/Users?startIndex={start}&count=37")).await.is(200));
        start += 37;
        match start {
            38 => drop(
                idp.operations(&all[0], json!([{ "op": "replace", "path": "title", "value": "new" }])).await.is(200),
            ),
            75 => creates(&idp, 250..255).await,
            112 => drop(idp.okta_sets_active(&all[200], false).await.is(200)),
            _ => {}
        }
        met.extend(page);
    }
    assert_eq!(met[..250], all, "the order is that of creation and does not change");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operator_finds_what_it_should() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let mut mara = idp::okta_user("mara.voss@example.com");
    mara["title"] = json!("Lead");
    mara["emails"] = json!([{ "value": "mara.voss@example.com", "type": "work", "primary": true }, { "value": "m@home.example", "type": "home" }]);
    mara[idp::ENTERPRISE] = json!({ "department": "Care" });
    mara[idp::VENDOR] = json!({ "chatSlots": 3, "chatEnabled": true });
    idp.post("/Users", mara).await.is(201);
    let mut ola = idp::okta_user("Ola.Berg@example.com");
    ola["name"] = json!({ "givenName": "Ola", "familyName": "Berg" });
    ola["active"] = json!(false);
    idp.post("/Users", ola).await.is(201);
    for (filter, names) in [
        ("userName eq \"MARA.VOSS@example.com\"", vec!["mara"]),
        ("userName ne \"mara.voss@example.com\"", vec!["ola"]),
        ("userName co \"BERG\"", vec!["ola"]),
        ("userName sw \"ola\"", vec!["ola"]),
        ("userName ew \".com\"", vec!["mara", "ola"]),
        ("userName gt \"n\"", vec!["ola"]),
        ("title pr", vec!["mara"]),
        ("not (title pr)", vec!["ola"]),
        ("active eq true", vec!["mara"]),
        ("active eq \"False\"", vec!["ola"]),
        ("active eq false and title pr", vec![]),
        ("title pr or active eq false and userName sw \"x\"", vec!["mara"]),
        ("(title pr or active eq false) and userName sw \"o\"", vec!["ola"]),
        ("emails co \"home.example\"", vec!["mara"]),
        ("emails[type eq \"home\" and value co \"example.com\"]", vec![]),
        ("emails[type eq \"work\"].value eq \"mara.voss@example.com\"", vec!["mara"]),
        ("name.familyName eq \"berg\"", vec!["ola"]),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"mara\"", vec!["mara"]),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"care\"", vec!["mara"]),
        ("urn:scim-bridge:iadvize:2.0:User:chatSlots ge 3", vec!["mara"]),
        ("urn:scim-bridge:iadvize:2.0:User:chatSlots gt 3", vec![]),
        ("urn:scim-bridge:iadvize:2.0:User:chatEnabled eq true", vec!["mara"]),
        ("meta.created gt \"2020-01-01T00:00:00Z\"", vec!["mara", "ola"]),
        ("meta.lastModified lt \"2020-01-01T00:00:00Z\"", vec![]),
        ("meta.resourceType eq User", vec!["mara", "ola"]),
        ("externalId eq \"00u-mara.voss@example.com\"", vec!["mara"]),
        ("externalId eq \"00U-mara.voss@example.com\"", vec![]),
        ("schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"", vec!["mara"]),
    ] {
        let found = idp.find(filter).await.is(200);
        let mut found: Vec<String> = found
            .resources()
            .iter()
            .filter_map(|user: &Value| user["userName"].as_str()?.split('.').next().map(str::to_lowercase))
            .collect();
        found.sort_unstable();
        assert_eq!(found, names, "{filter}");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_would_be_too_large_ends_earlier_and_the_next_one_goes_on() {
    let world = bridge().lease().await;
    let client = world.idp();
    for number in 0..36 {
        let mut person = idp::okta_user(&format!("p{number}@example.com"));
        person["nickName"] = json!("x".repeat(1_000_000));
        client.post("/Users", person).await.is(201);
    }
    let (mut next, mut met) = (1, 0);
    for shown in [33, 3] {
        let page = client.get(&format!("/Users?startIndex={next}")).await.is(200);
        assert_eq!((&page.body["totalResults"], &page.body["itemsPerPage"]), (&json!(36), &json!(shown)));
        for person in page.resources() {
            assert_eq!(person["userName"], json!(format!("p{met}@example.com")));
            met += 1;
        }
        next += shown;
    }
    let small = client.get("/Users?attributes=userName").await.is(200);
    assert_eq!(small.body["itemsPerPage"], 36, "what is not shown takes no place");
    world.give_back().await;
}
