//! The programs of the stack that are not Debian's: the backend and the AI services, played by this binary.
//! They never know that they are tested: a fault reaches them as it would reach the real ones.

mod ai;
mod backend;
mod breaker;
mod events;
mod health;
mod http;
mod log;
mod monitoring;
mod settings;
mod store;
mod watch;
mod work;

use std::process::ExitCode;
use std::time::Duration;

/// Plays `role` (`backend`, `yolo26`, `nemotron`, or the name of an optional service) until SIGTERM.
pub fn run(role: &str, words: &[String]) -> ExitCode {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let playing = async {
            match role {
                "backend" => backend::serve().await,
                "prometheus" => monitoring::serve("prometheus", 9090).await,
                "alertmanager" => monitoring::serve("alertmanager", 9093).await,
                "grafana" => monitoring::serve("grafana", 3000).await,
                "noise" => http::anything(words.first().and_then(|p| p.parse().ok()).unwrap_or(8000)).await,
                name => ai::serve(name, words.first().and_then(|p| p.parse().ok()).unwrap_or(8000)).await,
            }
        };
        tokio::select! {
            code = playing => code,
            () = terminated() => {
                log::info("main", "Received SIGTERM, initiating graceful shutdown...");
                ExitCode::SUCCESS
            }
        }
    })
}

async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).expect("a signal handler");
    let mut int = signal(SignalKind::interrupt()).expect("a signal handler");
    tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
}

/// A wait inside the system, shortened so that a fault costs seconds: `LAB_TEMPO` is the factor.
fn tempo(seconds: f64) -> Duration {
    let factor = std::env::var("LAB_TEMPO").ok().and_then(|t| t.parse().ok()).unwrap_or(1.0);
    Duration::from_secs_f64(seconds * factor)
}
