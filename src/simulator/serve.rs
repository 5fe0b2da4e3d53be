//! Puts a simulator on a socket: reads whole requests, asks the control part, writes the answer or really breaks the connection.
//! It knows no vendor and takes no decision.

use std::any::Any;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Shutdown, TcpStream as StdStream};
use std::os::fd::AsFd;
use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::dev::{Extensions, ServerHandle};
use actix_web::http::StatusCode;
use actix_web::rt::System;
use actix_web::rt::net::TcpStream;
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;

use super::Running;
use super::control::{Answer, Control, Controls, Outcome, Request, Stand};

/// Largest request body that is read; a longer one is answered with 413.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Most worker threads of one simulator; more would only take cores from the program under test.
const MAX_WORKERS: usize = 4;

/// A second handle of the connection's socket, for breaking it.
struct Socket(StdStream);

/// Serves `control` on threads of its own until the handle stops it.
pub async fn serve<S: Stand>(control: Arc<Control<S>>, listen: &str) -> io::Result<Running> {
    let (started, start) = oneshot::channel();
    let listen = listen.to_owned();
    let served = Arc::clone(&control);
    let thread =
        std::thread::Builder::new().name("simulator".to_owned()).spawn(move || run(&served, &listen, started))?;
    let (address, handle) =
        start.await.map_err(|_| io::Error::other("the simulator's thread ended before it listened"))??;
    Ok(Running { address, handle, control: control as Arc<dyn Controls>, thread: Some(thread) })
}

type Started = oneshot::Sender<io::Result<(std::net::SocketAddr, ServerHandle)>>;

/// The thread of the server: binds, reports, runs. A failure before it runs goes to the starter, a later one to the log.
fn run<S: Stand>(control: &Arc<Control<S>>, listen: &str, started: Started) {
    System::new().block_on(async {
        let control = Data::from(Arc::clone(control));
        let workers = std::thread::available_parallelism().map_or(1, |n| n.get().min(MAX_WORKERS));
        let bound =
            HttpServer::new(move || App::new().app_data(control.clone()).default_service(web::to(answer_request::<S>)))
                .workers(workers)
                .tcp_nodelay(true)
                .on_connect(keep_socket)
                .disable_signals()
                .bind(listen);
        let server = match bound {
            Ok(server) => server,
            Err(error) => return drop(started.send(Err(error))),
        };
        let Some(address) = server.addrs().first().copied() else {
            return drop(started.send(Err(io::Error::other(format!("{listen}: no address to listen on")))));
        };
        let server = server.run();
        if started.send(Ok((address, server.handle()))).is_ok()
            && let Err(error) = server.await
        {
            tracing::error!(%address, %error, "the simulator's server ended");
        }
    });
}

/// Keeps a duplicate of each connection's socket, because the framework offers no way to close one without an answer.
fn keep_socket(connection: &dyn Any, data: &mut Extensions) {
    let duplicate = connection.downcast_ref::<TcpStream>().and_then(|stream| stream.as_fd().try_clone_to_owned().ok());
    if let Some(socket) = duplicate {
        data.insert(Socket(StdStream::from(socket)));
    }
}

async fn answer_request<S: Stand>(http: HttpRequest, payload: Payload, control: Data<Control<S>>) -> HttpResponse {
    let Ok(body) = read_body(payload).await else {
        return HttpResponse::PayloadTooLarge().content_type("text/plain").body("the body is too large or was cut off");
    };
    let request = Request {
        method: http.method().as_str().to_owned(),
        path: http.path().to_owned(),
        query: http.query_string().to_owned(),
        headers: http
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_vec(),
        peer: http.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip()),
    };
    match control.answer(request).await {
        Outcome::Answer(answer) => whole(answer),
        Outcome::Truncated(answer, keep) => truncated(answer, keep),
        Outcome::Cut => {
            if let Some(Socket(socket)) = http.conn_data::<Socket>() {
                // fails only when the client was faster, which is the same to it
                let _ = socket.shutdown(Shutdown::Both);
            }
            HttpResponse::NoContent().force_close().finish()
        }
    }
}

async fn read_body(mut payload: Payload) -> Result<Bytes, ()> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ())?;
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn whole(answer: Answer) -> HttpResponse {
    let mut response = head(&answer);
    response.body(answer.body)
}

/// Announces the whole length, sends the first `keep` bytes and breaks off.
fn truncated(answer: Answer, keep: usize) -> HttpResponse {
    let mut response = head(&answer);
    let whole = answer.body.len() as u64;
    let mut body = answer.body;
    body.truncate(keep);
    let part = stream::once(async { Ok(Bytes::from(body)) }).chain(stream::once(async {
        // head and part are only sent when the body pauses
        tokio::task::yield_now().await;
        Err(io::Error::other("truncated by a fault"))
    }));
    response.body(SizedStream::new(whole, Box::pin(part)))
}

fn head(answer: &Answer) -> actix_web::HttpResponseBuilder {
    // a fault rule with an impossible status was refused when it was read
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for (name, value) in &answer.headers {
        response.insert_header((name.as_str(), value.as_str()));
    }
    response
}
