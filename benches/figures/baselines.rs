//! What the bridge is compared with: a pass-through to the same vendor, and a bare handler.

use actix_web::{App, HttpResponse, HttpServer, web};

/// Runs one baseline: `pass-through ADDR VENDOR_URL TOKEN` or `bare ADDR`.
pub fn run(arguments: &[String]) {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    actix_web::rt::System::new().block_on(async move {
        match arguments.as_slice() {
            ["pass-through", address, vendor, token] => pass_through(address, vendor, token).await,
            ["bare", address] => bare(address).await,
            other => panic!("unknown baseline {other:?}"),
        }
    });
}

/// One request in, one request out, the answer back; nothing is kept.
async fn pass_through(address: &str, vendor: &str, token: &str) {
    #[expect(clippy::disallowed_methods, reason = "the baseline does without our sender on purpose")]
    let client = reqwest::Client::new();
    let url = format!("{vendor}/graphql");
    let bearer = format!("Bearer {token}");
    let server = HttpServer::new(move || {
        let (client, url, bearer) = (client.clone(), url.clone(), bearer.clone());
        App::new().route(
            "/{id}",
            web::patch().to(move |body: web::Bytes| {
                let request = client
                    .post(&url)
                    .header("authorization", &bearer)
                    .header("content-type", "application/json")
                    .body(body);
                async move {
                    #[expect(clippy::disallowed_methods, reason = "the baseline does without our sender on purpose")]
                    let answer = request.send().await.expect("the vendor answers");
                    let status = answer.status().as_u16();
                    let text = answer.bytes().await.expect("the vendor's answer is whole");
                    let is_done = status == 200 && text.windows(17).any(|window| window == b"\"userErrors\":null");
                    if is_done {
                        HttpResponse::Ok().content_type("application/json").body(text)
                    } else {
                        HttpResponse::BadGateway().body(text)
                    }
                }
            }),
        )
    });
    server.bind(address).expect("the address is free").run().await.expect("the server runs");
}

/// Answers a person of usual size from memory.
async fn bare(address: &str) {
    let server = HttpServer::new(|| {
        App::new().route(
            "/",
            web::get().to(|| async {
                HttpResponse::Ok().content_type("application/scim+json").body(super::people::sample_answer())
            }),
        )
    });
    server.bind(address).expect("the address is free").run().await.expect("the server runs");
}
