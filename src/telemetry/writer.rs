//! Standard error behind a buffer: whoever logs never waits for a pipe. When the reader is too slow, lines are dropped and counted, never reordered.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use super::metrics::LOG_LINES_DROPPED;

/// Most bytes that wait to be written. Beyond it lines are dropped; at 50,000 requests per second it holds a tenth of a second.
const MAX_BUFFERED_BYTES: usize = 1 << 20;
/// How long the writing thread gathers lines before it writes them in one go, so that a busy program does not wake it for each.
const GATHER_FOR: Duration = Duration::from_millis(5);
/// How long a flush waits for a reader that does not read.
const FLUSH_PATIENCE: Duration = Duration::from_secs(1);

/// A buffer in front of a slow writer, and the thread that empties it. Clones share both.
#[derive(Debug, Clone)]
pub struct BufferedWriter {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something was added to an empty buffer, or a flush is wanted.
    added: Condvar,
    /// The buffer was written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    writing: bool,
    flush: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BufferedWriter {
    /// Starts the thread that writes to standard error.
    pub fn start() -> Self {
        Self::over(io::stderr())
    }

    fn over(sink: impl Write + Send + 'static) -> Self {
        let shared = Arc::<Shared>::default();
        let theirs = shared.clone();
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || empty(&theirs, sink));
        if let Err(error) = thread {
            // Without the thread the buffer fills up and every line is counted as dropped; say so while it is still possible.
            let _ = writeln!(io::stderr(), "no thread for the log can be started, log lines are lost: {error}");
        }
        Self { shared }
    }

    /// Waits until everything is written, at most a second.
    pub fn flush(&self) {
        let mut state = self.shared.lock();
        state.flush = true;
        self.shared.added.notify_all();
        let _ = self
            .shared
            .written
            .wait_timeout_while(state, FLUSH_PATIENCE, |state| state.writing || !state.bytes.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
    }
}

fn empty(shared: &Shared, mut sink: impl Write) {
    let mut batch = Vec::new();
    loop {
        let mut state = shared.lock();
        state = shared.added.wait_while(state, |state| state.bytes.is_empty()).unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = shared
            .added
            .wait_timeout_while(state, GATHER_FOR, |state| !state.flush && state.bytes.len() < MAX_BUFFERED_BYTES / 2)
            .unwrap_or_else(PoisonError::into_inner);
        batch.clear();
        std::mem::swap(&mut state.bytes, &mut batch);
        state.writing = true;
        state.flush = false;
        drop(state);
        // Standard error that is closed takes nothing; there is nobody left to tell.
        let _ = sink.write_all(&batch).and_then(|()| sink.flush());
        shared.lock().writing = false;
        shared.written.notify_all();
    }
}

impl Write for &BufferedWriter {
    /// Takes a whole line or, when the buffer is full, nothing of it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.shared.lock();
        if state.bytes.len() + line.len() > MAX_BUFFERED_BYTES {
            drop(state);
            metrics::counter!(LOG_LINES_DROPPED).increment(1);
            return Ok(line.len());
        }
        let was_empty = state.bytes.is_empty();
        state.bytes.extend_from_slice(line);
        let half_full = state.bytes.len() >= MAX_BUFFERED_BYTES / 2;
        drop(state);
        if was_empty || half_full {
            self.shared.added.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for BufferedWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A sink that hands over what it is given, and writes only when it is allowed to.
    struct Gate {
        allowed: mpsc::Receiver<()>,
        seen: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.allowed.recv().map_err(io::Error::other)?;
            self.seen.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_flush_waits_until_everything_is_written_in_order() {
        let (allow, allowed) = mpsc::channel();
        let seen = Arc::<Mutex<Vec<u8>>>::default();
        let writer = BufferedWriter::over(Gate { allowed, seen: seen.clone() });
        for _ in 0..1000 {
            allow.send(()).unwrap();
        }
        for number in 0..1000 {
            writeln!(&writer, "{number}").unwrap();
        }
        writer.flush();
        let mut expected = Vec::new();
        for number in 0..1000 {
            writeln!(expected, "{number}").unwrap();
        }
        assert_eq!(*seen.lock().unwrap(), expected);
    }

    #[test]
    fn a_full_buffer_drops_whole_lines_and_counts_them() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let (_allow, allowed) = mpsc::channel();
        let writer = BufferedWriter::over(Gate { allowed, seen: Arc::default() });
        metrics::with_local_recorder(&recorder, || {
            let line = vec![b'x'; MAX_BUFFERED_BYTES / 4];
            // The stuck thread may hold one batch; the buffer holds four such lines.
            for _ in 0..12 {
                assert_eq!((&writer).write(&line).unwrap(), line.len());
            }
        });
        let text = handle.render();
        let dropped =
            text.lines().find_map(|line| line.strip_prefix("scim_bridge_log_lines_dropped_total ")).unwrap_or("0");
        assert!((1..=8).contains(&dropped.parse::<u32>().unwrap()), "{text}");
    }
}
