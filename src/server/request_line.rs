//! Repairs request lines before they are parsed: Entra ID writes double quotes into the query unescaped, and the HTTP parser beneath actix refuses
//! such a request with an empty 400. Quotes, spaces and other bytes that a URL must escape are escaped; everything else passes untouched.
//!
//! To know where a request line begins, the stream follows heads and `Content-Length`. When it cannot (chunked bodies, upgrades, nonsense), it stops
//! changing anything on that connection: actix alone decides what the bytes mean.

use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longest request line that is held back until it is complete. A longer one passes as it is.
const MAX_LINE_BYTES: usize = 16 * 1024;
/// Longest header line that is understood; those that matter are short. A longer one of those ends the repairing.
const MAX_HEADER_BYTES: usize = 128;

/// A connection whose request lines come out repaired.
#[derive(Debug)]
pub(super) struct RepairRequestLines<S> {
    stream: S,
    follower: Follower,
    /// Repaired bytes that have not been read yet, and how many of them have.
    ready: Vec<u8>,
    taken: usize,
}

impl<S> RepairRequestLines<S> {
    /// Wraps a fresh connection.
    pub(super) fn new(stream: S) -> Self {
        Self { stream, follower: Follower::default(), ready: Vec::new(), taken: 0 }
    }

    fn hand_out(&mut self, buffer: &mut ReadBuf<'_>) {
        let rest = &self.ready[self.taken..];
        let count = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..count]);
        self.taken += count;
        if self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RepairRequestLines<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if !self.ready.is_empty() {
                self.hand_out(buffer);
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
            let fresh = &buffer.filled()[before..];
            let changed = if fresh.is_empty() { self.follower.end() } else { self.follower.follow(fresh) };
            match changed {
                None => return Poll::Ready(Ok(())),
                Some(bytes) => {
                    // Nothing is ready when all of it is the beginning of a line: then the rest is read.
                    buffer.set_filled(before);
                    self.ready = bytes;
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RepairRequestLines<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Follows a connection from request to request.
#[derive(Debug, Default)]
struct Follower {
    expecting: Expecting,
    /// The beginning of a request line that is not complete yet (held back), or of a header line (passed on, kept for reading).
    partial: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Expecting {
    /// A request line.
    #[default]
    Line,
    /// Header lines, until an empty one. The number is what `Content-Length` said so far.
    Head(Option<u64>),
    /// So many bytes of body.
    Body(u64),
    /// Whatever comes.
    Anything,
}

impl Follower {
    /// Takes the next bytes. `None`: they pass as they are; else what passes in their stead.
    fn follow(&mut self, fresh: &[u8]) -> Option<Vec<u8>> {
        let mut output: Option<Vec<u8>> = None;
        let mut at = 0;
        while at < fresh.len() {
            let rest = &fresh[at..];
            let taken = match self.expecting {
                Expecting::Anything => rest.len(),
                Expecting::Body(length) => self.pass_body(length, rest),
                Expecting::Head(length) => self.read_header(length, rest),
                Expecting::Line => {
                    let (taken, instead) = self.read_line(rest);
                    if let Some(instead) = instead {
                        let output = output.get_or_insert_with(|| fresh[..at].to_vec());
                        output.extend_from_slice(&instead);
                        at += taken;
                        continue;
                    }
                    taken
                }
            };
            if let Some(output) = &mut output {
                output.extend_from_slice(&rest[..taken]);
            }
            at += taken;
        }
        output
    }

    /// The connection ended: what was held back passes.
    fn end(&mut self) -> Option<Vec<u8>> {
        let held = self.expecting == Expecting::Line && !self.partial.is_empty();
        held.then(|| mem::take(&mut self.partial))
    }

    /// Reads a request line: how many bytes it took, and what passes instead of them.
    fn read_line(&mut self, rest: &[u8]) -> (usize, Option<Vec<u8>>) {
        if self.partial.is_empty() && !matches!(rest[0], b'A'..=b'Z' | b'a'..=b'z' | b'\r' | b'\n') {
            self.expecting = Expecting::Anything;
            return (rest.len(), None);
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        if self.partial.len() + end.unwrap_or(rest.len()) > MAX_LINE_BYTES {
            self.expecting = Expecting::Anything;
            let mut passed = mem::take(&mut self.partial);
            passed.extend_from_slice(rest);
            return (rest.len(), Some(passed));
        }
        let Some(end) = end else {
            self.partial.extend_from_slice(rest);
            return (rest.len(), Some(Vec::new()));
        };
        let taken = end + 1;
        let was_held = !self.partial.is_empty();
        let mut held = mem::take(&mut self.partial);
        let line = if was_held {
            held.extend_from_slice(&rest[..taken]);
            held.as_slice()
        } else {
            &rest[..taken]
        };
        // Empty lines before a request are allowed (RFC 9112 section 2.2).
        if !line.trim_ascii().is_empty() {
            self.expecting = Expecting::Head(None);
        }
        match repair(line) {
            Some(repaired) => (taken, Some(repaired)),
            None if was_held => (taken, Some(held)),
            None => (taken, None),
        }
    }

    /// Reads a header line, or the part of one that is there.
    fn read_header(&mut self, length: Option<u64>, rest: &[u8]) -> usize {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(rest.len(), |end| end + 1);
        if end.is_none() || !self.partial.is_empty() {
            let room = (MAX_HEADER_BYTES + 1).saturating_sub(self.partial.len());
            self.partial.extend_from_slice(&rest[..taken.min(room)]);
        }
        if end.is_some() {
            let kept = mem::take(&mut self.partial);
            let line = if kept.is_empty() { &rest[..taken] } else { kept.as_slice() };
            self.expecting = after_header(length, line.trim_ascii_start());
        }
        taken
    }

    fn pass_body(&mut self, length: u64, rest: &[u8]) -> usize {
        let taken = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        let left = length - taken as u64;
        self.expecting = if left == 0 { Expecting::Line } else { Expecting::Body(left) };
        taken
    }
}

/// What follows a header line.
fn after_header(length: Option<u64>, line: &[u8]) -> Expecting {
    if line.trim_ascii().is_empty() {
        return length.filter(|length| *length > 0).map_or(Expecting::Line, Expecting::Body);
    }
    // Most headers begin with another letter.
    if !matches!(line[0] | 0x20, b'c' | b't' | b'u') {
        return Expecting::Head(length);
    }
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return Expecting::Head(length) };
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let is_cut = line.len() > MAX_HEADER_BYTES;
    if name.eq_ignore_ascii_case(b"transfer-encoding") || name.eq_ignore_ascii_case(b"upgrade") {
        return Expecting::Anything;
    }
    if !name.eq_ignore_ascii_case(b"content-length") {
        return Expecting::Head(length);
    }
    let said = std::str::from_utf8(value).ok().filter(|_| !is_cut).and_then(|text| text.parse::<u64>().ok());
    match (length, said) {
        (None, Some(said)) => Expecting::Head(Some(said)),
        (Some(before), Some(said)) if before == said => Expecting::Head(length),
        _ => Expecting::Anything,
    }
}

/// Escapes what a request target may not hold; `None` when nothing is to be done.
fn repair(line: &[u8]) -> Option<Vec<u8>> {
    let first = line.iter().position(|byte| *byte == b' ')? + 1;
    let last = line.iter().rposition(|byte| *byte == b' ')?;
    if last < first
        || !line[last + 1..].starts_with(b"HTTP/")
        || !line[first..last].iter().any(|byte| must_be_escaped(*byte))
    {
        return None;
    }
    let mut repaired = Vec::with_capacity(line.len() + 32);
    repaired.extend_from_slice(&line[..first]);
    for byte in &line[first..last] {
        if must_be_escaped(*byte) {
            repaired.push(b'%');
            repaired.extend([byte >> 4, byte & 0xf].map(|digit| b"0123456789ABCDEF"[usize::from(digit)]));
        } else {
            repaired.push(*byte);
        }
    }
    repaired.extend_from_slice(&line[last..]);
    Some(repaired)
}

/// Bytes that RFC 3986 does not allow in a target and that are data when a client sends them; `#` too, since a request carries no fragment
/// (RFC 9112 section 3.2).
fn must_be_escaped(byte: u8) -> bool {
    matches!(byte, b' ' | b'"' | b'#' | b'<' | b'>' | b'`' | 0x80..)
}

#[cfg(test)]
mod tests;
