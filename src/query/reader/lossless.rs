//! What a search through a large text must not lose: each line the full reader would have kept as the first of its
//! kind, over generated logs of all formats and over bytes that are no log at all.

use proptest::prelude::*;

use super::*;

/// Lines of the usual formats, with the name of a level in them and a message.
const FORMATS: &[(&str, &[&str])] = &[
    ("2026-03-14 02:17:46,128 - app.core - {} - {m}", &["INFO", "WARNING", "ERROR", "CRITICAL"]),
    ("backend-1  | 2026-03-14 02:17:46 [{}] {m}", &["info", "warn", "error", "fatal"]),
    ("Mar 14 02:17:38 node-7 kubelet[812]: {m}{}", &[""]),
    ("Mar 14 02:17:38 node-7 kernel: [1012.5] {m}{}", &[""]),
    ("{}0314 02:17:38.991942       1 lease.go:325] {m}", &["I", "W", "E", "F"]),
    ("api-1 | {}0314 02:17:38.991942       1 lease.go:325] {m}", &["I", "W", "E", "F"]),
    ("[pod/api-7d/api] {}1231 02:17:38.991942       1 lease.go:325] {m}", &["I", "W", "E"]),
    (
        "{\"level\":\"{}\",\"ts\":\"2026-03-14T02:17:38Z\",\"msg\":\"{m}\"}",
        &["info", "warn", "error", "err", "crit", "panic"],
    ),
    ("{\"time\":1,\"level\":{},\"msg\":\"{m}\"}", &["30", "40", "50", "60"]),
    ("{\"severity\": \"{}\", \"message\": \"{m}\"}", &["INFO", "WARNING", "ERROR", "ALERT", "EMERGENCY"]),
    ("{\"PRIORITY\":\"{}\",\"MESSAGE\":\"{m}\"}", &["6", "4", "3", "2", "0"]),
    ("{\"path\":\"/x\",\"status\":{},\"ms\":12}", &["200", "404", "500", "503"]),
    ("ts=2026-03-14T02:17:38Z level={} component=tsdb msg=\"{m}\"", &["info", "warn", "error", "crit", "eror"]),
    ("time=\"2026-03-14T02:17:38Z\" level={} msg=\"{m}\"", &["debug", "warning", "error", "panic"]),
    (
        "10.0.0.1 - - [14/Mar/2026:02:17:38 +0000] \"GET /api/x HTTP/1.1\" {} 157 \"-\" \"curl\"",
        &["200", "404", "429", "500", "502", "413"],
    ),
    ("2026/03/14 02:17:38 [{}] 31#31: *9 {m}", &["notice", "warn", "error", "crit", "emerg", "alert"]),
    ("[Fri Mar 14 02:17:38.123 2026] [proxy:{}] [pid 12:tid 14] {m}", &["notice", "warn", "error", "crit"]),
    ("2026-03-14 02:17:38.120 UTC [77] {}:  {m}", &["LOG", "WARNING", "ERROR", "FATAL", "PANIC", "HINT", "DETAIL"]),
    ("1:M 14 Mar 2026 02:17:38.123 {} {m}", &["*", "#", "-"]),
    ("2026-03-14T02:17:38.12Z 0 [{}] [MY-010119] [Server] {m}", &["Note", "Warning", "ERROR"]),
    ("2026-03-14 02:17:38.120  {} 1 --- [nio-8080-exec-1] c.acme.Orders : {m}", &["INFO", "WARN", "ERROR"]),
    ("[2026-03-14 02:20:11,022: {}/MainProcess] {m}", &["INFO", "WARNING", "ERROR", "CRITICAL"]),
    ("E, [2026-03-14T02:17:38.123456 #812] {} -- : {m}", &["ERROR", "FATAL", "WARN"]),
    ("2026-03-14T02:17:38.1234567Z ##[{}]{m}", &["error", "warning"]),
    ("31m   {}  Seen  job/run  {m}", &["Normal", "Warning"]),
    ("\u{1b}[31m{}\u{1b}[0m {m}", &["INFO", "ERROR", "WARN", "ERR"]),
    ("{}: {m}\r", &["info", "warning", "error", "ERR", "fatal"]),
    ("\t{}{m}", &[""]),
];

/// Messages with the words of trouble, and calm ones.
const MESSAGES: &[&str] = &[
    "order stored",
    "push failed",
    "could not bind",
    "connection refused",
    "no such host",
    "disk is full",
    "OOM command not allowed",
    "exited with code 137",
    "job timed out",
    "read timeout",
    "permission denied",
    "can't open x",
    "unable to lock",
    "table full, dropping",
    "Back-off restarting",
    "segfault at 0",
    "certificate has expired",
    "deadlock detected",
    "not found in upstream",
    "unhealthy",
    "java.net.SocketException: x",
    "ValueError: y",
    "connect ECONNREFUSED",
    "open EMFILE, x",
    "lookup EAI_AGAIN",
    "write EPIPE",
    "too many clients",
    "body too large",
    "not ready",
    "lost contact",
    "slot evicted",
    "backoff limit",
    "mismatch of x",
    "missing key",
    "stalled",
    "queue overflow",
    "reset by peer",
    "broken pipe",
    "no route to host",
    "killed",
    "panicked at x",
    "caused by y",
    "Traceback (most",
    "insufficient cpu",
    "upstream unavailable",
    "pod terminated",
    "invalid token",
    "rejected",
    "aborted",
    "blocked by policy",
    "node degraded",
    "was oomkilled",
    "oom-killer invoked",
    "oom killer",
    "forbidden",
    "unauthorized",
    "limit reached",
    "exceeded quota",
    "stuck in x",
    "corrupted",
];

fn line() -> impl Strategy<Value = String> {
    let format = prop::sample::select(FORMATS);
    (format, any::<prop::sample::Index>(), prop::sample::select(MESSAGES), "[a-z]{0,7}", 0..99_999u32).prop_map(
        |((format, levels), level, message, word, number)| {
            let message = if word.is_empty() { message.to_owned() } else { format!("{word} {number} {message}") };
            format.replace("{}", levels[level.index(levels.len())]).replace("{m}", &message)
        },
    )
}

fn read(lines: &[u8], mut reader: Reader, part: usize) -> Vec<Kept> {
    lines.chunks(part.max(1)).for_each(|part| reader.push(part));
    if reader.read >= WHOLE && !reader.priorities {
        reader.flush()
    } else {
        reader.end_line()
    }
    reader.kept
}

/// A reader that is past its beginning.
fn searching() -> Reader {
    Reader { read: WHOLE, ..Reader::default() }
}

/// The first of their kind that speak of trouble, with how often they came.
fn troubles(kept: &[Kept]) -> Vec<(&str, usize)> {
    kept.iter().filter(|k| k.line.weight >= TELLING).map(|k| (k.line.template.as_str(), k.count)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_keeps_what_the_full_reader_keeps(lines in prop::collection::vec(line(), 1..60), part in 1..4000usize) {
        let text = lines.join("\n");
        let full = read(text.as_bytes(), Reader::default(), part);
        let searched = read(text.as_bytes(), searching(), part);
        let found = troubles(&searched);
        for wanted in troubles(&full) {
            prop_assert!(found.contains(&wanted), "{wanted:?} is not among {found:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_log_lose_nothing_either(
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 1..12),
        lines in prop::collection::vec(line(), 12),
        part in 1..600usize,
    ) {
        // Between the lines anything may stand, with all that a terminal obeys.
        let mut text = Vec::new();
        for (noise, line) in noise.iter().zip(&lines) {
            text.extend(noise.iter().filter(|b| **b != b'\n' && **b != b'\r'));
            text.push(b'\n');
            text.extend_from_slice(line.as_bytes());
            text.push(b'\n');
        }
        let searched = read(&text, searching(), part);
        let found: Vec<&str> = searched.iter().map(|k| k.line.template.as_str()).collect();
        for line in lines.iter().take(noise.len()) {
            let full = read(line.as_bytes(), Reader::default(), 4096);
            for (wanted, _) in troubles(&full) {
                prop_assert!(found.contains(&wanted), "{wanted:?} of {line:?} is not among {found:?}");
            }
        }
    }
}

#[test]
fn a_fault_in_a_line_without_end_is_found() {
    let calm = "{\"level\":\"info\",\"msg\":\"request served\"},".repeat(20_000);
    let text = format!("[{calm}{{\"level\":\"error\",\"msg\":\"disk quota exceeded on /data\"}},{calm}]");
    let kept = read(text.as_bytes(), Reader::default(), 65_536);
    assert!(kept.iter().any(|k| k.line.text.contains("disk quota exceeded on /data")), "{}", kept.len());
}

#[test]
fn a_storm_of_different_errors_hides_no_other_fault() {
    let storm: String = (0..30_000u32)
        .map(|i| {
            let word: String = i.to_string().bytes().map(|b| char::from(b + 49)).collect();
            format!("2026-03-14 02:17:46 ERROR {word} failed\n")
        })
        .collect();
    let text = format!("{storm}2026-03-14 02:18:00 FATAL could not write: No space left on device\n{storm}");
    let mut reader = Reader::default();
    text.as_bytes().chunks(65_536).for_each(|part| reader.push(part));
    assert!(reader.kept.len() <= TEMPLATES);
    let query = reader.finish();
    assert!(query.lines[..4].iter().any(|l| l.text.contains("No space left")), "{:?}", query.lines);
    assert_eq!(query.read, 60_001);
}
