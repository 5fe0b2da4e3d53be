//! Whether a call is made again, and after which pause. From the meaning of an answer alone, the mapping's `retry`, and
//! whether the call may be repeated; makes no calls and does not sleep.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::mapping::bound::CallName;
use crate::mapping::model::{Meaning, Method, Retry};

/// Shortest pause before a repeat, also when the vendor says `Retry-After: 0`: an answer that asks for an instant
/// repeat must not become a loop at full speed.
pub(super) const SMALLEST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause that a mapping can ask for; longer ones are cut.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What the repetition of a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    /// The call changes nothing.
    Reads,
    /// Made twice it has the same effect as made once.
    Safe,
    /// Made twice it may have a second effect: never repeated after it may have taken effect.
    Unsafe,
}

impl Repetition {
    /// Of a call, of which the mapping says whether it may be sent again. Only what merely reads is told apart here: after
    /// a lost answer it leaves nothing uncertain.
    pub(super) fn of(call: &CallName, method: Method, is_repeatable: bool) -> Self {
        match (is_repeatable, call, method) {
            (false, ..) => Self::Unsafe,
            (
                true,
                CallName::Read | CallName::List | CallName::Lists(_) | CallName::Find | CallName::Membership(_),
                _,
            )
            | (true, CallName::Named(_), Method::Get) => Self::Reads,
            (true, ..) => Self::Safe,
        }
    }
}

/// The pauses of one call, from its first attempt to its last.
#[derive(Debug)]
pub(super) struct Pauses {
    retry: Retry,
    left: u32,
    limited: ExponentialBackoff,
    busy: ExponentialBackoff,
    other: Other,
}

/// The pauses after `broken`.
#[derive(Debug)]
enum Other {
    Doubling(ExponentialBackoff),
    /// As the mapping lists them, without jitter, beginning with this one.
    Listed(usize),
}

impl Pauses {
    /// For one call.
    pub(super) fn new(retry: &Retry) -> Self {
        let doubling = |first_seconds: f64| {
            ExponentialBuilder::new()
                .with_factor(2.0)
                .with_min_delay(duration(first_seconds))
                .without_max_times()
                .with_max_delay(duration(retry.longest_pause_seconds))
                .with_jitter()
                .build()
        };
        Self {
            left: retry.attempts.max(1) - 1,
            limited: doubling(retry.limited_pause_seconds),
            busy: doubling(retry.busy_pause_seconds),
            other: if retry.pauses_seconds.is_empty() {
                Other::Doubling(doubling(retry.first_pause_seconds))
            } else {
                Other::Listed(0)
            },
            retry: retry.clone(),
        }
    }

    /// The pause before the next attempt: the vendor's wish if there is one, else doubling with jitter. `None`: this
    /// meaning is not repeated, or no attempt is left.
    pub(super) fn next(&mut self, meaning: Meaning, wish: Option<Duration>) -> Option<Duration> {
        let own = match meaning {
            Meaning::Limited => self.limited.next(),
            Meaning::Busy => self.busy.next(),
            Meaning::Broken => self.other.next(&self.retry.pauses_seconds),
            // `stale` wants a fresh look before the next write; the same request again would fail again, or overwrite
            // what somebody else wrote.
            Meaning::Done
            | Meaning::Stale
            | Meaning::NotFound
            | Meaning::AlreadyExists
            | Meaning::Refused
            | Meaning::BadReference
            | Meaning::Unauthenticated
            | Meaning::Forbidden => return None,
        };
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let longest = duration(self.retry.longest_pause_seconds);
        let pause = wish.or_else(|| own.map(|pause| pause.min(longest)))?;
        let least = if meaning == Meaning::Limited { least_after_limited(&self.retry) } else { SMALLEST_PAUSE };
        Some(pause.max(least))
    }
}

impl Other {
    fn next(&mut self, listed: &[f64]) -> Option<Duration> {
        match self {
            Self::Doubling(doubling) => doubling.next(),
            Self::Listed(at) => {
                let pause = listed.get(*at).or(listed.last())?;
                *at += 1;
                Some(duration(*pause))
            }
        }
    }
}

/// How long the whole connection rests after `limited`: the vendor's wish, else the mapping's.
pub(super) fn rest_after_limited(retry: &Retry, wish: Option<Duration>) -> Duration {
    wish.unwrap_or_else(|| duration(retry.limited_pause_seconds)).max(least_after_limited(retry))
}

fn least_after_limited(retry: &Retry) -> Duration {
    duration(retry.limited_at_least_seconds)
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(SMALLEST_PAUSE).clamp(SMALLEST_PAUSE, LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(attempts: u32) -> Retry {
        Retry { attempts, ..Retry::default() }
    }

    #[test]
    fn pauses_double_with_jitter_up_to_the_longest() {
        let mut pauses = Pauses::new(&Retry { attempts: 9, longest_pause_seconds: 4.0, ..Retry::default() });
        for floor in [0.5, 1.0, 2.0, 4.0, 4.0] {
            let pause = pauses.next(Meaning::Broken, None).unwrap().as_secs_f64();
            assert!(pause >= floor && pause <= (floor * 2.0).min(4.0), "{pause} after {floor}");
        }
    }

    #[test]
    fn each_cause_has_its_own_first_pause() {
        let first = |meaning| Pauses::new(&retry(4)).next(meaning, None).unwrap().as_secs_f64();
        assert!((0.5..=1.0).contains(&first(Meaning::Broken)));
        assert!((1.0..=2.0).contains(&first(Meaning::Limited)));
        assert!((5.0..=10.0).contains(&first(Meaning::Busy)));
    }

    #[test]
    fn the_wish_of_the_vendor_counts_and_zero_is_the_smallest_pause() {
        let mut pauses = Pauses::new(&retry(4));
        assert_eq!(pauses.next(Meaning::Limited, Some(Duration::from_secs(77))), Some(Duration::from_secs(77)));
        assert_eq!(pauses.next(Meaning::Limited, Some(Duration::ZERO)), Some(SMALLEST_PAUSE));
    }

    #[test]
    fn attempts_are_counted_over_all_causes() {
        let mut pauses = Pauses::new(&retry(3));
        assert!(pauses.next(Meaning::Busy, None).is_some());
        assert!(pauses.next(Meaning::Broken, None).is_some());
        assert_eq!(pauses.next(Meaning::Limited, None), None);
        assert_eq!(Pauses::new(&retry(0)).next(Meaning::Broken, None), None, "at least one attempt, no repeat");
    }

    #[test]
    fn final_meanings_are_not_repeated() {
        for meaning in [Meaning::Refused, Meaning::NotFound, Meaning::Forbidden, Meaning::Stale] {
            assert_eq!(Pauses::new(&retry(4)).next(meaning, Some(Duration::ZERO)), None);
        }
    }

    #[test]
    fn the_mapping_decides_what_is_repeated() {
        for call in [CallName::Create, CallName::Update("all".into()), CallName::Named("unlock".into()), CallName::Read]
        {
            assert_eq!(Repetition::of(&call, Method::Put, false), Repetition::Unsafe, "{call}");
        }
        for call in [CallName::Create, CallName::Update("all".into()), CallName::Delete] {
            assert_eq!(Repetition::of(&call, Method::Post, true), Repetition::Safe, "{call}");
        }
    }

    #[test]
    fn what_only_reads_leaves_nothing_uncertain() {
        assert_eq!(Repetition::of(&CallName::Find, Method::Post, true), Repetition::Reads);
        assert_eq!(Repetition::of(&CallName::Named("status".into()), Method::Get, true), Repetition::Reads);
        assert_eq!(Repetition::of(&CallName::Named("status".into()), Method::Post, true), Repetition::Safe);
    }

    #[test]
    fn listed_pauses_are_made_as_they_stand() {
        let listed = Retry { attempts: 6, pauses_seconds: vec![5.0, 10.0, 15.0], ..Retry::default() };
        let mut pauses = Pauses::new(&listed);
        for seconds in [5, 10, 15, 15, 15] {
            assert_eq!(pauses.next(Meaning::Broken, None), Some(Duration::from_secs(seconds)));
        }
        assert_eq!(pauses.next(Meaning::Broken, None), None);
    }

    #[test]
    fn after_a_limit_the_vendors_wish_holds_but_for_the_least() {
        let careful = Retry { limited_at_least_seconds: 1.0, ..Retry::default() };
        for (wish, seconds) in [(0, 1), (1, 1), (7, 7)] {
            let wish = Some(Duration::from_secs(wish));
            assert_eq!(Pauses::new(&careful).next(Meaning::Limited, wish), Some(Duration::from_secs(seconds)));
            assert_eq!(rest_after_limited(&careful, wish), Duration::from_secs(seconds));
        }
        assert_eq!(Pauses::new(&careful).next(Meaning::Busy, Some(Duration::ZERO)), Some(SMALLEST_PAUSE));
    }
}
