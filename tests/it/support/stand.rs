//! A made-up vendor over real HTTP. A vendor is its state and a function of what it is asked; listening, the record of calls and what goes wrong
//! on the way are here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;

/// Answers what it is asked.
pub trait MadeUp: Send + 'static {
    fn answer(&mut self, asked: &Asked) -> Told;
}

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// Segments, decoded.
    pub path: Vec<String>,
    pub query: BTreeMap<String, String>,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    /// `null` when there is none or it is no JSON.
    pub body: Value,
}

impl Asked {
    /// `PATCH /v7/people/7`.
    pub fn call(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }

    /// Reads and sign-ins change nothing.
    pub fn is_change(&self) -> bool {
        self.method != "GET" && self.path.last().is_none_or(|last| last != "sessions")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A whole number in the query; `otherwise` without one.
    pub fn number(&self, name: &str, otherwise: usize) -> usize {
        self.query.get(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
    }

    fn matches(&self, pattern: &str) -> bool {
        let (method, path) = pattern.split_once(" /").expect("METHOD /path");
        let parts: Vec<&str> = path.split('/').collect();
        self.method == method
            && parts.len() == self.path.len()
            && parts.iter().zip(&self.path).all(|(wanted, found)| *wanted == "*" || wanted == found)
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Told {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Told {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body: body.to_string() }
    }

    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.to_owned() }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// What goes wrong with a call.
pub enum Trouble {
    /// It takes effect, and the answer is lost on the way.
    Lost,
    /// It takes effect, and no answer ever comes.
    Silent,
    /// It has no effect, and this is the answer.
    Instead(Told),
}

struct Fault {
    pattern: String,
    /// So many calls go well before.
    skip: usize,
    trouble: Trouble,
}

struct Inner<V> {
    vendor: V,
    calls: Vec<Asked>,
    faults: Vec<Fault>,
}

impl<V> Inner<V> {
    /// The first fault whose turn it is; for all others one call more has gone well.
    fn met_by(&mut self, asked: &Asked) -> Option<usize> {
        let mut met = None;
        for (at, fault) in self.faults.iter_mut().enumerate().filter(|(_, fault)| asked.matches(&fault.pattern)) {
            if fault.skip == 0 {
                met = met.or(Some(at));
            } else {
                fault.skip -= 1;
            }
        }
        met
    }
}

/// A running vendor; it ends with the test's runtime.
pub struct Stand<V> {
    pub url: String,
    inner: Arc<Mutex<Inner<V>>>,
}

impl<V: MadeUp> Stand<V> {
    pub fn start(vendor: V) -> Self {
        let inner = Arc::new(Mutex::new(Inner { vendor, calls: Vec::new(), faults: Vec::new() }));
        let data = Data::from(Arc::clone(&inner));
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer_to::<V>)));
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, inner }
    }

    /// Looks at the vendor's state, or changes it by hand.
    pub fn with<T>(&self, look: impl FnOnce(&mut V) -> T) -> T {
        look(&mut self.lock().vendor)
    }

    /// The next call `METHOD /path` (`*` is any one segment) meets this trouble; of several, one after the other.
    pub fn fault(&self, pattern: &str, trouble: Trouble) {
        self.fault_after(0, pattern, trouble);
    }

    /// So many such calls go well, and the next meets this trouble.
    pub fn fault_after(&self, skip: usize, pattern: &str, trouble: Trouble) {
        self.lock().faults.push(Fault { pattern: pattern.to_owned(), skip, trouble });
    }

    /// Faults that no call has met yet.
    pub fn faults_left(&self) -> Vec<String> {
        self.lock().faults.iter().map(|fault| fault.pattern.clone()).collect()
    }

    /// The calls since the last time they were asked for.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.lock().calls)
    }

    /// `METHOD /path` of those that change something, since the last time that calls were asked for.
    pub fn changes(&self) -> Vec<String> {
        self.asked().iter().filter(|asked| asked.is_change()).map(Asked::call).collect()
    }

    /// Whether such a call has come since then.
    pub fn was_asked(&self, pattern: &str) -> bool {
        self.lock().calls.iter().any(|asked| asked.matches(pattern))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner<V>> {
        self.inner.lock().expect("no panic under this lock")
    }
}

async fn answer_to<V: MadeUp>(request: HttpRequest, body: Bytes, inner: Data<Mutex<Inner<V>>>) -> HttpResponse {
    let asked = read(&request, &body);
    let (told, is_silent) = {
        let mut inner = inner.lock().expect("no panic under this lock");
        inner.calls.push(asked.clone());
        match inner.met_by(&asked).map(|at| inner.faults.remove(at).trouble) {
            Some(Trouble::Instead(told)) => (told, false),
            trouble => {
                let told = inner.vendor.answer(&asked);
                match trouble {
                    Some(Trouble::Lost) => (Told::text(502, "<html>the answer got lost</html>"), false),
                    Some(Trouble::Silent) => (told, true),
                    _ => (told, false),
                }
            }
        }
    };
    if is_silent {
        std::future::pending::<()>().await;
    }
    let mut answer = HttpResponse::build(StatusCode::from_u16(told.status).expect("a status"));
    for (name, value) in told.headers {
        answer.insert_header((name, value));
    }
    answer.body(told.body)
}

fn read(request: &HttpRequest, body: &Bytes) -> Asked {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let headers = request.headers().iter();
    Asked {
        method: request.method().to_string(),
        path: request.uri().path().trim_start_matches('/').split('/').map(decoded).collect(),
        query: url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
    }
}
