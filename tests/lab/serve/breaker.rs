//! A circuit breaker as the backend has one for each AI service: five failures open it, half a minute later it tries again.
//! It never opens on a success.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::log;

const THRESHOLD: u32 = 5;
const RECOVERY: Duration = Duration::from_secs(30);

#[derive(Default)]
struct State {
    failures: u32,
    rejected: u32,
    calls: u32,
    opened: Option<Instant>,
}

pub struct Breaker {
    pub name: &'static str,
    state: RefCell<State>,
}

impl Breaker {
    pub fn new(name: &'static str) -> Breaker {
        Breaker { name, state: RefCell::default() }
    }

    /// Whether a call may go out now; after the recovery time one may, to see.
    pub fn lets_through(&self) -> bool {
        let mut state = self.state.borrow_mut();
        let open = state.opened.is_some_and(|at| at.elapsed() < RECOVERY);
        if open {
            state.rejected += 1;
        } else {
            state.calls += 1;
        }
        !open
    }

    pub fn succeeded(&self) {
        let mut state = self.state.borrow_mut();
        if state.opened.take().is_some() {
            log::warning(
                "services.circuit_breaker",
                &format!("CircuitBreaker '{}' transitioned HALF_OPEN -> CLOSED (service recovered)", self.name),
            );
        }
        state.failures = 0;
    }

    pub fn failed(&self) {
        let mut state = self.state.borrow_mut();
        state.failures += 1;
        log::warning(
            "services.circuit_breaker",
            &format!("CircuitBreaker '{}' failure recorded: {}/{THRESHOLD}", self.name, state.failures),
        );
        if state.failures >= THRESHOLD {
            if state.opened.is_none() {
                log::warning(
                    "services.circuit_breaker",
                    &format!(
                        "CircuitBreaker '{}' transitioned closed -> OPEN (failures={}, threshold={THRESHOLD})",
                        self.name, state.failures
                    ),
                );
            }
            state.opened = Some(Instant::now());
        }
    }

    pub fn state(&self) -> &'static str {
        match self.state.borrow().opened {
            None => "closed",
            Some(at) if at.elapsed() < RECOVERY => "open",
            Some(_) => "half_open",
        }
    }

    /// Closes it and says what it was before.
    pub fn reset(&self) -> &'static str {
        let before = self.state();
        *self.state.borrow_mut() = State::default();
        before
    }

    pub fn shown(&self) -> Value {
        let state = self.state.borrow();
        json!({"name": self.name, "state": self.state(), "failure_count": state.failures, "success_count": 0, "total_calls": state.calls,
            "rejected_calls": state.rejected, "config": {"failure_threshold": THRESHOLD, "recovery_timeout": 30.0, "half_open_max_calls": 3, "success_threshold": 2}})
    }
}
