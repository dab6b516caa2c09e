//! A real Redis on loopback: what the program says of it, as other programs read it.
//! It never talks to a Redis that it did not start.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{json, unstuck};

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Redis on a free port; `None`, said aloud, where there is no Redis and nobody requires one.
fn redis(arguments: &[&str]) -> Option<(Server, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else {
        crate::skip("redis", "redis-server cannot be started");
        return None;
    };
    let server = Server(child);
    let until = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "redis-server does not come up");
        std::thread::yield_now();
    }
    Some((server, port))
}

/// Diagnoses a section of one check: `redis-cli` with these words.
fn diagnose(command: &str) -> serde_json::Value {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "# Store\n\n## Store Down\n\n### Symptoms\n\n- no answer\n\n### Diagnosis\n\n```bash\n# ask\n{command}\n```\n"
    );
    std::fs::write(dir.path().join("store.md"), text).unwrap();
    let args = ["diagnose", "--json", "--only-knowledge", "--section", "Store Down", "--knowledge", "."];
    json(&unstuck(dir.path(), &[], &args))
}

#[test]
fn a_redis_that_runs_wants_a_password_or_is_full_is_told_apart() {
    let Some((_server, port)) = redis(&[]) else { return };
    let answer = diagnose(&format!("redis-cli -p {port} ping"));
    assert_eq!(answer["outcomes"][0]["status"], "ok", "{answer}");
    assert!(answer["outcomes"][0]["summary"].as_str().unwrap().starts_with("PONG"), "{answer}");

    let Some((_locked, port)) = redis(&["--requirepass", "geheimgeheim"]) else { return };
    assert_eq!(diagnose(&format!("redis-cli -p {port} ping"))["findings"][0]["fact"], "redis.auth_required");
    let wrong = diagnose(&format!("redis-cli -p {port} -a falschfalsch ping"));
    assert_eq!(wrong["findings"][0]["fact"], "redis.wrong_password", "{wrong}");
    assert!(!wrong.to_string().contains("falschfalsch"), "a password is shown: {wrong}");

    let Some((_full, port)) = redis(&["--maxmemory", "100kb", "--maxmemory-policy", "noeviction"]) else { return };
    assert_eq!(diagnose(&format!("redis-cli -p {port} info memory"))["findings"][0]["fact"], "redis.memory_full");
}

#[test]
fn a_port_where_nothing_listens_is_refused() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(diagnose(&format!("redis-cli -p {port} ping"))["findings"][0]["fact"], "redis.refused");
    assert_eq!(diagnose(&format!("curl http://127.0.0.1:{port}/health"))["findings"][0]["fact"], "http.refused");
    assert_eq!(diagnose(&format!("ss -tlnp | grep {port}"))["findings"][0]["fact"], "port.nothing_listens");
}
