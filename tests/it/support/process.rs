//! The program as a child process: started as a user starts it, read as a user reads it, killed without mercy.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scim-bridge");
/// Longest time until a server listens.
const START: Duration = Duration::from_secs(30);

/// A command line of the program, not yet started. Mapping paths are relative to the repository.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG");
    command
}

/// A running server. It is killed when dropped.
pub struct Program {
    child: Child,
    /// `http://ADDR`.
    pub url: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Starts a server and waits for its line `listening on http://ADDR`.
    #[track_caller]
    pub fn listening(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (tell, url) = std::sync::mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("listening on ") {
                    let _ = tell.send(url.trim().trim_end_matches(['"', '}']).to_owned());
                }
                kept.lock().expect("no panic under this lock").push(line);
            }
        });
        let begun = Instant::now();
        loop {
            if let Ok(url) = url.recv_timeout(Duration::from_millis(50)) {
                return Self { child, url, log };
            }
            let ended = child.try_wait().expect("the child can be asked");
            assert!(ended.is_none() && begun.elapsed() < START, "the server does not listen: {:?}", log.lock());
        }
    }

    /// Kills the process as a crash would: nothing is flushed, nothing is told.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// Asks the process to end (SIGTERM).
    pub fn ask_to_end(&self) {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill is there");
    }

    /// Asks the process to end (SIGTERM) and waits for it; the exit status.
    pub fn terminate(&mut self) -> i32 {
        self.ask_to_end();
        self.wait()
    }

    /// Waits for its end; the exit status.
    pub fn wait(&mut self) -> i32 {
        self.child.wait().expect("the process ends").code().unwrap_or(-1)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard error so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("no panic under this lock").clone()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end in a folder.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    program(arguments).current_dir(folder).output().expect("the program starts")
}
