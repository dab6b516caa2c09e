//! Ctrl-C as an event: heard from the start, kept until someone waits for it, forgotten when it was meant for something else.
//! It never ends the program.

use std::future::poll_fn;
use std::sync::Mutex;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The listener. Without a runtime or a handler it never hears anything, and a look's own limit ends it then.
pub(super) struct CtrlC(Mutex<Option<Signal>>);

impl CtrlC {
    /// Starts to listen; the signal does not end the program from here on.
    pub(super) fn listen() -> CtrlC {
        let inside = tokio::runtime::Handle::try_current().is_ok();
        CtrlC(Mutex::new(if inside { signal(SignalKind::interrupt()).ok() } else { None }))
    }

    /// Resolves when it is pressed, or was since the last time.
    pub(super) async fn pressed(&self) {
        poll_fn(|cx| {
            let mut held = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
            match held.as_mut().map(|s| s.poll_recv(cx)) {
                Some(Poll::Ready(Some(()))) => Poll::Ready(()),
                Some(Poll::Ready(None) | Poll::Pending) | None => Poll::Pending,
            }
        })
        .await;
    }

    /// Forgets what was pressed before.
    pub(super) async fn forget(&self) {
        // The runtime learns of a signal only when it is given the turn.
        tokio::task::yield_now().await;
        let drain = self.pressed();
        let mut drain = std::pin::pin!(drain);
        while futures_util::FutureExt::now_or_never(&mut drain).is_some() {
            drain.set(self.pressed());
        }
    }
}
