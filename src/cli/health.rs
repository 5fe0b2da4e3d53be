//! `health`: asks a running bridge whether it is well, for a container without a shell. Speaks plain HTTP only.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::failure::Failure;
use super::output::Output;

/// Longest time for connecting, and for each read and write. An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(3);

/// Longest status line that is read, in bytes.
const MAX_STATUS_LINE_BYTES: u64 = 256;

/// Asks a running bridge whether it is well: exit status 0 when it answers 200, else 1
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Address to ask; `/health/ready` also asks whether work can be done
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/health/live")]
    url: url::Url,
}

/// Asks once.
pub(super) fn run(arguments: &Arguments, output: &mut Output) -> Result<(), Failure> {
    let url = &arguments.url;
    let status = ask(url)?;
    if status == 200 {
        output.line(format_args!("{url} answers 200"));
        return Ok(());
    }
    Err(Failure::failed(format!("{url} answers {status}")))
}

fn ask(url: &url::Url) -> Result<u16, Failure> {
    let Some(host) = url.host_str().filter(|_| url.scheme() == "http") else {
        return Err(Failure::wrong(format!("{url}: only http:// addresses can be asked")));
    };
    let unreachable = |error: std::io::Error| Failure::failed(format!("{url} does not answer: {error}"));
    let port = url.port_or_known_default().unwrap_or(80);
    // An IPv6 host stands in brackets in a URL, which the resolver does not know.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let address = (name, port)
        .to_socket_addrs()
        .map_err(unreachable)?
        .next()
        .ok_or_else(|| Failure::failed(format!("{url}: the host has no address")))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(unreachable)?;
    let request = format!("GET {} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n", url.path());
    stream.write_all(request.as_bytes()).map_err(unreachable)?;
    let mut answer = Vec::new();
    stream.take(MAX_STATUS_LINE_BYTES).read_to_end(&mut answer).map_err(unreachable)?;
    read_status(&answer).ok_or_else(|| Failure::failed(format!("{url} does not answer in HTTP")))
}

/// The status in the first line of an HTTP/1 answer.
fn read_status(answer: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(answer);
    let mut words = text.lines().next()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_the_first_line() {
        assert_eq!(read_status(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), Some(200));
        assert_eq!(read_status(b"HTTP/1.1 503 Service Unavailable\r\n"), Some(503));
        assert_eq!(read_status(b"SSH-2.0-OpenSSH\r\n"), None);
        assert_eq!(read_status(b""), None);
    }

    #[test]
    fn an_address_that_is_not_plain_http_is_wrong_usage() {
        let url = url::Url::parse("https://bridge.example.com/health/live").expect("a valid address");
        assert!(matches!(ask(&url), Err(Failure::Wrong(_))));
    }
}
