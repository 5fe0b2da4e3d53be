use super::*;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(25)
}

fn desk(rate: f64, burst: u32, concurrency: u32) -> Arc<PermitDesk> {
    PermitDesk::new(rate, burst, concurrency)
}

/// Queues up calls of these priorities behind a held permit, in this order, and returns the order in which they get
/// theirs.
async fn served(desk: &Arc<PermitDesk>, arrivals: &[(&'static str, Priority)]) -> Vec<&'static str> {
    let held = desk.acquire(Priority::Change, soon()).await.unwrap();
    let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
    for (name, priority) in arrivals.iter().copied() {
        let (desk, told) = (Arc::clone(desk), told.clone());
        tokio::spawn(async move {
            let permit = desk.acquire(priority, Instant::now() + Duration::from_hours(1)).await.unwrap();
            told.send(name).unwrap();
            drop(permit);
        });
        tokio::task::yield_now().await;
    }
    drop((held, told));
    let mut names = Vec::new();
    while let Some(name) = order.recv().await {
        names.push(name);
    }
    names
}

#[tokio::test(start_paused = true)]
async fn a_departure_overtakes_whatever_waits() {
    let arrivals = [
        ("background", Priority::Background),
        ("create", Priority::Create),
        ("change", Priority::Change),
        ("departure", Priority::Departure),
        ("second departure", Priority::Departure),
    ];
    let order = served(&desk(1.0, 1, 1), &arrivals).await;
    assert_eq!(order, ["departure", "second departure", "change", "create", "background"]);
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_long_enough_is_overtaken_no_more() {
    let desk = desk(1000.0, 1000, 1);
    let held = desk.acquire(Priority::Change, soon()).await.unwrap();
    let late = Instant::now() + Duration::from_hours(2);
    let background = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(Priority::Background, late).await }
    });
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_mins(11)).await;
    let departure = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(Priority::Departure, late).await }
    });
    tokio::task::yield_now().await;
    drop(held);
    let first = background.await.unwrap().unwrap();
    assert!(!departure.is_finished());
    drop(first);
    departure.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_pace_holds_over_many_calls() {
    let desk = desk(10.0, 5, 100);
    let started = Instant::now();
    for _ in 0..25 {
        drop(desk.acquire(Priority::Change, soon()).await.unwrap());
    }
    let took = started.elapsed();
    assert!((Duration::from_millis(1990)..Duration::from_millis(2100)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_than_allowed_are_under_way() {
    let desk = desk(1000.0, 1000, 2);
    let first = desk.acquire(Priority::Change, soon()).await.unwrap();
    let second = desk.acquire(Priority::Change, soon()).await.unwrap();
    let missed = desk.acquire(Priority::Departure, Instant::now() + Duration::from_secs(1)).await.unwrap_err();
    assert!(!missed.paused);
    drop(first);
    desk.acquire(Priority::Change, Instant::now()).await.unwrap();
    drop(second);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_frees_its_place() {
    let desk = desk(1000.0, 1000, 1);
    let held = desk.acquire(Priority::Change, soon()).await.unwrap();
    let given_up = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(Priority::Departure, soon()).await.map(|_| ()) }
    });
    let patient = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(Priority::Change, soon()).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    given_up.abort();
    let _ = given_up.await;
    drop(held);
    patient.await.unwrap().unwrap();
    assert!(desk.lock().queue.is_empty());
    assert_eq!(desk.lock().under_way, 0);
}

#[tokio::test(start_paused = true)]
async fn a_first_in_line_that_leaves_while_the_pace_holds_hands_the_watch_on() {
    let desk = desk(1.0, 1, 10);
    drop(desk.acquire(Priority::Change, soon()).await.unwrap());
    let leaver = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(Priority::Departure, soon()).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    let stayer = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(Priority::Background, soon()).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    leaver.abort();
    let started = Instant::now();
    stayer.await.unwrap().unwrap();
    assert!(started.elapsed() <= Duration::from_millis(1100), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_for_everybody_and_is_never_shortened() {
    let desk = desk(1000.0, 1000, 10);
    desk.pause(Duration::from_secs(8));
    desk.pause(Duration::from_secs(2));
    let started = Instant::now();
    drop(desk.acquire(Priority::Departure, soon()).await.unwrap());
    assert!(started.elapsed() >= Duration::from_secs(8));
    assert_eq!(desk.pause_left(), None);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_deadline_is_told_at_once() {
    let desk = desk(1000.0, 1000, 10);
    desk.pause(Duration::from_mins(1));
    let started = Instant::now();
    let missed = desk.acquire(Priority::Departure, soon()).await.unwrap_err();
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(missed, NoPermit { paused: true, retry_after: Duration::from_mins(1) });
    desk.pause(Duration::from_hours(24));
    assert_eq!(desk.pause_left(), Some(LONGEST_PAUSE));
}

#[tokio::test(start_paused = true)]
async fn what_is_free_is_given_even_after_the_deadline() {
    let desk = desk(1.0, 1, 1);
    drop(desk.acquire(Priority::Change, Instant::now()).await.unwrap());
    let missed = desk.acquire(Priority::Change, Instant::now()).await.unwrap_err();
    assert_eq!(missed, NoPermit { paused: false, retry_after: Duration::from_secs(1) });
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_still_takes_departures() {
    let desk = desk(0.01, 1, 1);
    let _held = desk.acquire(Priority::Change, soon()).await.unwrap();
    let mut places = Vec::new();
    for _ in 0..MOST_WAITING {
        places.push(desk.queue_up(Priority::Background).unwrap());
    }
    assert!(desk.queue_up(Priority::Change).is_err());
    assert!(desk.queue_up(Priority::Departure).is_ok());
}
