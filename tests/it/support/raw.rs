//! Requests byte by byte, for what no HTTP library would send.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Answer;

/// Writes these bytes to the server at `url` (`http://ADDR`) and reads until it closes the connection. The request must ask it to.
pub async fn raw(url: &str, request: &[u8]) -> Answer {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server takes connections");
    stream.write_all(request).await.expect("the server reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("the server answers");
    let shown = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
    Answer::parse(shown, &answer)
}
