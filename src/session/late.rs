//! Work beside the main thread: a value that is wanted later, and many alike at once.
//! It never changes what comes out, only when.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::JoinHandle;

/// A value that a thread is making; whoever needs it first waits for it.
pub struct Late<T> {
    value: OnceLock<Option<T>>,
    making: Mutex<Option<JoinHandle<T>>>,
}

impl<T: Send + 'static> Late<T> {
    /// Begins to make it.
    pub fn begin(make: impl FnOnce() -> T + Send + 'static) -> Late<T> {
        Late { value: OnceLock::new(), making: Mutex::new(Some(std::thread::spawn(make))) }
    }

    /// The value; `None` where its making fell over.
    pub fn get(&self) -> Option<&T> {
        let wait = || {
            let making = self.making.lock().ok().and_then(|mut m| m.take());
            making.and_then(|thread| thread.join().ok())
        };
        self.value.get_or_init(wait).as_ref()
    }
}

/// What `make` gives for each of `items`, in their order, on as many threads as there are processors.
pub fn each<I: Sync, O: Send>(items: &[I], make: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len()).min(8);
    if threads < 2 {
        return items.iter().map(make).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        while let Some((at, item)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, items.get(i)?))) {
            made.push((at, make(item)));
        }
        made
    };
    let mut all: Vec<(usize, O)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(made) => all.extend(made),
                Err(fell) => std::panic::resume_unwind(fell),
            }
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_stays_and_nothing_is_lost() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(each(&items, |n| n * 2), (0..1000).map(|n| n * 2).collect::<Vec<_>>());
        assert!(each(&[] as &[usize], |n| *n).is_empty());
        let late = Late::begin(|| 7);
        assert_eq!((late.get(), late.get()), (Some(&7), Some(&7)));
    }
}
