//! A load generator that costs little: raw HTTP/1.1 over kept connections, one request after the other on each.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What to send where: `request(connection, turn)` makes the bytes of one request.
pub struct Target<'a> {
    address: SocketAddr,
    request: Box<dyn Fn(usize, u64) -> Vec<u8> + 'a>,
}

/// What came back.
#[derive(Default)]
pub struct Load {
    /// Requests answered.
    pub done: u64,
    /// Answers that were not 2xx.
    pub failures: u64,
    /// Head of the first such answer.
    pub first_failure: Option<String>,
    latencies: Vec<Duration>,
}

impl Load {
    /// Latency at a percentile.
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

impl<'a> Target<'a> {
    pub fn new(address: SocketAddr, request: impl Fn(usize, u64) -> Vec<u8> + 'a) -> Self {
        Self { address, request: Box::new(request) }
    }

    /// Runs for a while on so many connections.
    pub async fn run(&self, connections: usize, length: Duration) -> Load {
        let until = Instant::now() + length;
        let runs = (0..connections).map(|connection| self.run_one(connection, until));
        let mut all = Load::default();
        for one in futures_util::future::join_all(runs).await {
            all.done += one.done;
            all.failures += one.failures;
            all.first_failure = all.first_failure.or(one.first_failure);
            all.latencies.extend(one.latencies);
        }
        all
    }

    async fn run_one(&self, connection: usize, until: Instant) -> Load {
        let mut stream = TcpStream::connect(self.address).await.expect("the server takes connections");
        stream.set_nodelay(true).expect("loopback takes options");
        let mut load = Load::default();
        let mut buffer = Vec::with_capacity(16 * 1024);
        let mut turn = 0;
        while Instant::now() < until {
            let request = (self.request)(connection, turn);
            let begun = Instant::now();
            stream.write_all(&request).await.expect("the server reads");
            let status = read_answer(&mut stream, &mut buffer).await;
            load.latencies.push(begun.elapsed());
            load.done += 1;
            if !(200..300).contains(&status) {
                load.failures += 1;
                load.first_failure.get_or_insert_with(|| String::from_utf8_lossy(&buffer).into_owned());
            }
            turn += 1;
        }
        load
    }
}

/// Reads one answer with `Content-Length` and returns its status.
pub async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        if let Some(head) = find(buffer, b"\r\n\r\n") {
            let text = std::str::from_utf8(&buffer[..head]).expect("an HTTP head is text");
            let status = text.get(9..12).and_then(|status| status.parse().ok()).expect("an HTTP status");
            let length = text
                .lines()
                .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")))
                .map_or(0, |(_, value)| value.trim().parse().expect("a length"));
            while buffer.len() < head + 4 + length {
                assert!(
                    stream.read_buf(buffer).await.expect("the answer comes") > 0,
                    "the server closed within an answer"
                );
            }
            return status;
        }
        assert!(stream.read_buf(buffer).await.expect("the answer comes") > 0, "the server closed before an answer");
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}
