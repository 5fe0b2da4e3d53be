use super::*;
use crate::ids::RequestId;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(25)
}

fn desk(rate: f64, burst: u32, concurrency: u32) -> Arc<PermitDesk> {
    PermitDesk::new(rate, burst, concurrency)
}

/// A call of a request of its own.
fn asks(priority: Priority, deadline: Instant) -> CallContext {
    CallContext { request_id: RequestId::generate(), priority, deadline }
}

/// Queues up calls of these priorities behind a held permit, in this order, and returns the order in which they get
/// theirs.
async fn served(desk: &Arc<PermitDesk>, arrivals: &[(&'static str, Priority)]) -> Vec<&'static str> {
    let held = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
    for (name, priority) in arrivals.iter().copied() {
        let (desk, told) = (Arc::clone(desk), told.clone());
        tokio::spawn(async move {
            let permit = desk.acquire(&asks(priority, Instant::now() + Duration::from_hours(1))).await.unwrap();
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
    let held = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let late = Instant::now() + Duration::from_hours(2);
    let background = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(&asks(Priority::Background, late)).await }
    });
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_mins(11)).await;
    let departure = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(&asks(Priority::Departure, late)).await }
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
        drop(desk.acquire(&asks(Priority::Change, soon())).await.unwrap());
    }
    let took = started.elapsed();
    assert!((Duration::from_millis(1990)..Duration::from_millis(2100)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_than_allowed_are_under_way() {
    let desk = desk(1000.0, 1000, 2);
    let first = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let second = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let missed = desk.acquire(&asks(Priority::Departure, Instant::now() + Duration::from_secs(1))).await.unwrap_err();
    assert!(!missed.paused);
    drop(first);
    desk.acquire(&asks(Priority::Change, Instant::now())).await.unwrap();
    drop(second);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_frees_its_place() {
    let desk = desk(1000.0, 1000, 1);
    let held = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let given_up = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(&asks(Priority::Departure, soon())).await.map(|_| ()) }
    });
    let patient = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(&asks(Priority::Change, soon())).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    given_up.abort();
    let _ = given_up.await;
    drop(held);
    patient.await.unwrap().unwrap();
    assert_eq!(desk.lock().line.len(), 0);
    assert_eq!(desk.lock().under_way, 0);
}

#[tokio::test(start_paused = true)]
async fn a_first_in_line_that_leaves_while_the_pace_holds_hands_the_watch_on() {
    let desk = desk(1.0, 1, 10);
    drop(desk.acquire(&asks(Priority::Change, soon())).await.unwrap());
    let leaver = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(&asks(Priority::Departure, soon())).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    let stayer = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { desk.acquire(&asks(Priority::Background, soon())).await.map(|_| ()) }
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
    drop(desk.acquire(&asks(Priority::Departure, soon())).await.unwrap());
    assert!(started.elapsed() >= Duration::from_secs(8));
    assert_eq!(desk.pause_left(), None);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_deadline_is_told_at_once() {
    let desk = desk(1000.0, 1000, 10);
    desk.pause(Duration::from_mins(1));
    let started = Instant::now();
    let missed = desk.acquire(&asks(Priority::Departure, soon())).await.unwrap_err();
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(missed, NoPermit { paused: true, retry_after: Duration::from_mins(1) });
    desk.pause(Duration::from_hours(24));
    assert_eq!(desk.pause_left(), Some(LONGEST_PAUSE));
}

#[tokio::test(start_paused = true)]
async fn what_is_free_is_given_even_after_the_deadline() {
    let desk = desk(1.0, 1, 1);
    drop(desk.acquire(&asks(Priority::Change, Instant::now())).await.unwrap());
    let missed = desk.acquire(&asks(Priority::Change, Instant::now())).await.unwrap_err();
    assert_eq!(missed, NoPermit { paused: false, retry_after: Duration::from_secs(1) });
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_still_takes_departures() {
    let desk = desk(0.01, 1, 1);
    let _held = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let mut places = Vec::new();
    for _ in 0..MOST_WAITING {
        places.push(desk.line_up(&asks(Priority::Background, soon())).unwrap());
    }
    assert!(desk.line_up(&asks(Priority::Change, soon())).is_err());
    assert!(desk.line_up(&asks(Priority::Departure, soon())).is_ok());
}

/// The order in which these calls are served: names of requests with the number of calls that each asks for at once; `later` joins after so many.
async fn in_turn(asked: &[(&'static str, usize)], later: (usize, &'static str)) -> Vec<&'static str> {
    let desk = desk(20.0, 1, 1);
    let held = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
    let join = |name: &'static str, request_id: RequestId| {
        let (desk, told) = (Arc::clone(&desk), told.clone());
        let deadline = Instant::now() + Duration::from_hours(1);
        tokio::spawn(async move {
            let context = CallContext { request_id, priority: Priority::Change, deadline };
            let permit = desk.acquire(&context).await.unwrap();
            told.send(name).unwrap();
            drop(permit);
        });
    };
    for (name, calls) in asked.iter().copied() {
        let request = RequestId::generate();
        (0..calls).for_each(|_| join(name, request.clone()));
        tokio::task::yield_now().await;
    }
    drop(held);
    let mut names = Vec::new();
    let all: usize = asked.iter().map(|(_, calls)| calls).sum();
    while names.len() < all + 1 {
        if names.len() == later.0 && !names.contains(&later.1) {
            join(later.1, RequestId::generate());
        }
        names.push(order.recv().await.unwrap());
    }
    names
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_one_call_does_not_wait_for_who_asks_for_hundreds() {
    let order = in_turn(&[("group", 300)], (50, "person")).await;
    let place = order.iter().position(|name| *name == "person").unwrap();
    assert!((50..55).contains(&place), "served after {place}");
}

#[tokio::test(start_paused = true)]
async fn requests_of_many_calls_are_served_in_turn() {
    let order = in_turn(&[("one", 100), ("two", 100)], (0, "person")).await;
    let of_one = order[..101].iter().filter(|name| **name == "one").count();
    assert!((45..55).contains(&of_one), "{of_one} of the first hundred");
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_hundreds_of_calls_is_not_starved_by_single_ones() {
    let desk = desk(20.0, 1, 1);
    let held = desk.acquire(&asks(Priority::Change, soon())).await.unwrap();
    let served = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let group = RequestId::generate();
    let deadline = Instant::now() + Duration::from_hours(1);
    for _ in 0..500 {
        let (desk, served, request_id) = (Arc::clone(&desk), Arc::clone(&served), group.clone());
        tokio::spawn(async move {
            drop(desk.acquire(&CallContext { request_id, priority: Priority::Change, deadline }).await.unwrap());
            served.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        });
    }
    tokio::task::yield_now().await;
    drop(held);
    // Four people at once, each as soon as one before is served, are more than the pace lets through.
    let people = (0..4).map(|_| async {
        for _ in 0..100 {
            drop(desk.acquire(&asks(Priority::Create, deadline)).await.unwrap());
        }
    });
    futures_util::future::join_all(people).await;
    let served = served.load(std::sync::atomic::Ordering::Relaxed);
    assert!((200..450).contains(&served), "{served} of the group beside 400 people");
}
