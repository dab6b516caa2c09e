//! The live system: processes, Docker, Redis, HTTP, WebSockets, sockets, files and kernel values, each in its own file.
//! It never judges what it sees, and changes only by an `Approved`.

mod commits;
mod ctrl_c;
mod docker;
mod envfile;
mod host;
mod http;
mod kernel;
mod live;
mod place;
mod process;
mod reach;
mod redis;
mod site;
mod sockets;
mod survey;
mod target;
mod tls;
mod websocket;

pub use envfile::replace as write_atomically;
pub use live::Live;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::probe::{NetFailure, Reading, Unavailable};

/// A text as one word of a shell line.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,=-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Ends a running process from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<Notify>);

impl Interrupt {
    /// One that is never triggered.
    pub(crate) fn never() -> Interrupt {
        Interrupt::default()
    }

    pub(crate) fn trigger(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn triggered(&self) {
        self.0.notified().await;
    }
}

fn unavailable(what: impl Into<String>, why: impl Into<String>, hint: impl Into<String>) -> Reading {
    Reading::Unavailable(Unavailable { what: what.into(), why: why.into(), hint: hint.into() })
}

/// What an input or output error says about the network.
fn net_failure(error: &std::io::Error) -> NetFailure {
    use std::io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => NetFailure::Refused,
        Kind::TimedOut => NetFailure::TimedOut,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => NetFailure::Reset,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
            NetFailure::Unreachable
        }
        Kind::PermissionDenied => NetFailure::Denied,
        _ if error.to_string().contains("lookup") => NetFailure::Name,
        _ => NetFailure::Other,
    }
}
