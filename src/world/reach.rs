//! Whether a host answers: its name, then a connection.
//! It never takes a name that resolves for a host that answers.

use std::time::{Duration, Instant};

use tokio::net::{TcpStream, lookup_host};

use super::net_failure;
use super::process::{self, Limits, Program};
use crate::probe::{Ended, NetFailure, Reach, Reading};

/// The addresses of a name.
pub(super) async fn resolve(host: &str, limit: Duration) -> Reading {
    let started = Instant::now();
    let mut seen = Reach {
        host: host.into(),
        port: None,
        addresses: Vec::new(),
        via: "name".into(),
        ms: None,
        failure: None,
        text: String::new(),
    };
    match tokio::time::timeout(limit, lookup_host((host, 0))).await {
        Ok(Ok(found)) => {
            seen.addresses = found.map(|a| a.ip().to_string()).collect();
            seen.addresses.sort();
            seen.addresses.dedup();
            seen.ms = Some(started.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(Err(error)) => (seen.failure, seen.text) = (Some(NetFailure::Name), error.to_string()),
        Err(_) => (seen.failure, seen.text) = (Some(NetFailure::TimedOut), "the name was not answered in time".into()),
    }
    Reading::Reach(seen)
}

/// Whether a host answers on a port, or to an echo where no port is named.
pub(super) async fn reach(host: &str, port: Option<u16>, limit: Duration) -> Reading {
    let Reading::Reach(mut seen) = resolve(host, limit).await else { return Reading::Interrupted };
    if seen.failure.is_some() {
        return Reading::Reach(seen);
    }
    let started = Instant::now();
    match port {
        Some(port) => {
            (seen.port, seen.via) = (Some(port), "tcp".into());
            match tokio::time::timeout(limit, TcpStream::connect((host, port))).await {
                Ok(Ok(_)) => seen.ms = Some(started.elapsed().as_secs_f64() * 1000.0),
                Ok(Err(error)) => (seen.failure, seen.text) = (Some(net_failure(&error)), error.to_string()),
                Err(_) => (seen.failure, seen.text) = (Some(NetFailure::TimedOut), "no connection in time".into()),
            }
            Reading::Reach(seen)
        }
        None => {
            seen.via = "icmp".into();
            let program = Program::words(&["ping", "-c", "2", "-W", "2", host]);
            match process::run(&program, Limits { time: limit, ..Limits::default() }, &super::Interrupt::never()).await
            {
                Reading::Process(run) => {
                    // `rtt min/avg/max/mdev = 0.1/0.2/0.3/0.1 ms`
                    let average =
                        run.stdout.rsplit(" = ").next().and_then(|t| t.split('/').nth(1)).and_then(|t| t.parse().ok());
                    match run.ended {
                        Ended::Code(0) => seen.ms = average,
                        _ => {
                            (seen.failure, seen.text) =
                                (Some(NetFailure::TimedOut), "no echo came back; it may be filtered".into())
                        }
                    }
                    Reading::Reach(seen)
                }
                other => other,
            }
        }
    }
}
