//! A process that is killed in the middle of its writing loses nothing that it was told is written.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use futures_util::future::join_all;

use super::*;

/// Tells the child process where its file is.
const PATH_VARIABLE: &str = "STORE_CRASH_TEST_PATH";

/// Not a test of its own: what the child does until it is killed. Without the variable it is done at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(PATH_VARIABLE) else { return };
    let store = Arc::new(SqliteStore::open(&PathBuf::from(path), Role::Server).unwrap());
    let writers = (0..8).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 0.. {
                let number = writer + 8 * round;
                let changes = vec![
                    insert(number),
                    Change::PutAccount(account(number)),
                    Change::Event(event(0, Some(number), "x")),
                ];
                store.commit(&here(), changes).await.unwrap();
                println!("\nwritten {number}");
            }
        })
    });
    join_all(writers).await;
}

#[tokio::test]
async fn what_was_confirmed_survives_kill_9() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bridge.db");
    let child_test = format!("{}::the_child_writes_until_it_is_killed", module_path!().split_once("::").unwrap().1);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([child_test.as_str(), "--exact", "--nocapture"])
        .env(PATH_VARIABLE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut written = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if let Some(number) = line.unwrap().strip_prefix("written ") {
            written.push(number.parse().unwrap());
        }
        if written.len() == 200 {
            // SIGKILL. What it had printed until then is read to the end.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(written.len() >= 200, "the child wrote {} resources", written.len());
    let store = SqliteStore::open(&path, Role::Server).unwrap();
    for number in written {
        let person = store.person(&here(), &id(number)).await.unwrap();
        assert_eq!(
            person.map(|person| (person.resource, person.account)),
            Some((resource(number), Some(account(number))))
        );
    }
    let total = store.query(&here(), Kind::User, &list(1, 0)).await.unwrap().total;
    assert_eq!(store.story(None, "x").await.unwrap().len() as u64, total, "commits are whole");
    store.check().await.unwrap();
}
