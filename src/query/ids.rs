//! What changes from line to line: ids, counters, times; and the numbers that do not: codes and the ports of services.
//! It never judges a line.

/// Ports that tell which service is meant.
const PORTS: &[u32] = &[
    21, 22, 25, 53, 80, 110, 111, 143, 389, 443, 465, 514, 587, 636, 993, 995, 1433, 1521, 1883, 2049, 2181, 2375,
    2376, 2379, 2380, 3000, 3100, 3306, 3389, 4222, 4317, 4318, 5000, 5044, 5432, 5433, 5601, 5672, 5984, 6379, 6380,
    6432, 6443, 7000, 7474, 7687, 8000, 8080, 8081, 8086, 8123, 8125, 8200, 8300, 8443, 8500, 8554, 8888, 9000, 9042,
    9090, 9091, 9092, 9093, 9094, 9100, 9200, 9300, 10250, 11211, 15672, 16379, 18080, 26257, 26379, 27017,
];

/// The last letters of the words before a code, and how many digits it may have.
const CODES: &[(&[u8; 4], usize)] = &[
    (b"code", 5),
    (b"atus", 3),
    (b"rrno", 3),
    (b"exit", 3),
    (b"ited", 3),
    (b"gnal", 2),
    (b"rror", 4),
    (b"http", 3),
    (b"tate", 5),
    (b"evel", 2),
    (b"rity", 1),
];

/// Files of programs: what stands behind their name is a line.
const SOURCES: &[&[u8]] = &[
    b".go", b".py", b".js", b".ts", b".rs", b".rb", b".java", b".kt", b".c", b".cc", b".cpp", b".cs", b".php", b".ex",
    b".erl",
];

/// Whether a run of letters and digits is an id: hexadecimal, or letters and digits in turn.
fn is_id(run: &[u8]) -> bool {
    let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
    if run.len() < 3 || digits == 0 || digits == run.len() {
        return false;
    }
    let hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    if run.starts_with(b"0x") || run.len() >= 8 && hex(run) {
        return hex(run.get(2..).unwrap_or_default());
    }
    let turns = run.windows(2).filter(|w| matches!(w, [a, b] if a.is_ascii_digit() != b.is_ascii_digit())).count();
    run.len() >= 10 && turns >= 4
}

/// Whether the number at `from..to` is a code or a port that tells one trouble from another.
fn tells(text: &[u8], from: usize, to: usize) -> bool {
    let before = text.get(..from).unwrap_or_default();
    let length = to - from;
    if length > 5 || before.is_empty() {
        return false;
    }
    let next = text.get(to);
    let number = || {
        let digits = text.get(from..to).unwrap_or_default();
        digits.iter().fold(0, |n, b| n * 10 + u32::from(b.wrapping_sub(b'0')))
    };
    let (bare, mark) = before.split_at(before.len() - 1);
    match mark {
        // `redis:6379`, `127.0.0.1:5432`, but no time of day and no line of a file.
        b":" => match bare.last() {
            Some(b) if b.is_ascii_digit() && (length < 3 || next == Some(&b':')) => return false,
            Some(b'"' | b'\'') => {}
            _ if PORTS.contains(&number()) => return !SOURCES.iter().any(|source| bare.ends_with(source)),
            _ => {}
        },
        b"<" if bare.is_empty() => return next == Some(&b'>'),
        b" " if bare.ends_with(b"\"") => return length == 3,
        _ => {}
    }
    let word =
        before.iter().rposition(|b| !matches!(b, b' ' | b'=' | b':' | b'(' | b'[' | b'"' | b'\'' | b'/' | b'#' | b'-'));
    let Some(end) = word.filter(|end| from - end <= 5) else { return false };
    if before.get(end.saturating_sub(3)..=end).is_some_and(|w| w.eq_ignore_ascii_case(b"port")) {
        return PORTS.contains(&number());
    }
    if before.ends_with(b"ORA-") {
        return true;
    }
    let last = before.get(end.saturating_sub(3)..=end).unwrap_or_default();
    CODES.iter().any(|(code, most)| last.eq_ignore_ascii_case(*code) && length <= *most)
}

/// The next run of letters and digits that holds a digit, at or after `from`.
fn next_run(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let digit = rest.iter().position(u8::is_ascii_digit)?;
    let before = rest.get(..digit)?.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let after = rest.get(digit..)?.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    Some((from + digit - before, from + digit + after))
}

/// The text without ids.
pub(super) fn without_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some((start, end)) = next_run(text.as_bytes(), from) {
        let run = text.get(start..end).unwrap_or_default();
        out.push_str(text.get(from..start).unwrap_or_default());
        out.push_str(if is_id(run.as_bytes()) { " " } else { run });
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The text without numbers that count, so that lines that are alike are the same.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some((start, end)) = next_run(text.as_bytes(), from) {
        out.push_str(text.get(from..start).unwrap_or_default());
        let run = text.get(start..end).unwrap_or_default();
        if run.bytes().all(|b| b.is_ascii_digit()) && tells(text.as_bytes(), start, end) {
            out.push_str(run);
        } else {
            let mut digits = false;
            for c in run.chars() {
                if !c.is_ascii_digit() {
                    out.push(c);
                } else if !digits {
                    out.push('#');
                }
                digits = c.is_ascii_digit();
            }
        }
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The text with a sign for each number that another like it has otherwise.
pub(super) fn without_varying(text: &str, others: &[String]) -> String {
    let numbers = |text: &str| -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        for (at, _) in text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()) {
            match out.last_mut() {
                // `1.5` is one number.
                Some((_, end)) if *end == at || *end + 1 == at && text.as_bytes().get(*end) == Some(&b'.') => {
                    *end = at + 1
                }
                _ => out.push((at, at + 1)),
            }
        }
        out
    };
    let own = numbers(text);
    let mut varies = vec![false; own.len()];
    for other in others {
        let theirs = numbers(other);
        if theirs.len() == own.len() {
            for ((varies, a), b) in varies.iter_mut().zip(&own).zip(&theirs) {
                *varies |= text.get(a.0..a.1) != other.get(b.0..b.1);
            }
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for ((start, end), _) in own.iter().zip(&varies).filter(|(_, varies)| **varies) {
        out.push_str(text.get(from..*start).unwrap_or_default());
        out.push('…');
        from = *end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// A line without what changes from one like it to the next, as one number.
pub(super) fn shape(line: &[u8]) -> u64 {
    let (mut hash, mut from) = (0, 0);
    while let Some((start, end)) = next_run(line, from) {
        hash = mix(hash, line.get(from..start).unwrap_or_default());
        let run = line.get(start..end).unwrap_or_default();
        from = end;
        if is_id(run) {
            if let Some(after) = uuid(line, start, end) {
                from = after;
            }
            hash = mix(hash, b"\0");
        } else if run.iter().all(u8::is_ascii_digit) {
            hash = mix(hash, if tells(line, start, end) { run } else { b"#" });
        } else {
            for part in run.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
                hash = mix(hash, if part.first().is_some_and(u8::is_ascii_digit) { b"#" } else { part });
            }
        }
    }
    mix(hash, line.get(from..).unwrap_or_default())
}

/// Where a UUID ends that begins with the run `start..end`.
fn uuid(line: &[u8], start: usize, end: usize) -> Option<usize> {
    let whole = line.get(start..start + 36).filter(|_| end - start == 8)?;
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let shaped = whole.iter().enumerate().all(|(at, b)| if dash(at) { *b == b'-' } else { b.is_ascii_hexdigit() });
    shaped.then_some(start + 36)
}

fn mix(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut step = |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| step(u64::from_le_bytes(*word)));
    if !rest.is_empty() {
        step(rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte)));
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_and_names_stay() {
        assert_eq!(without_ids("container 9c1e77f2ab of 01JNF8CD964F at 0x7ffd2a"), "container   of   at  ");
        for kept in ["E11000 duplicate key", "sha1 v1beta1 x86_64 k8s ipv4", "port 6379 exit 137", "deadbeef 20260314"]
        {
            assert_eq!(without_ids(kept), kept);
        }
    }

    #[test]
    fn counters_are_folded_and_codes_and_ports_are_not() {
        assert_eq!(fold("attempt 12 took 1.5s on worker3"), "attempt # took #.#s on worker#");
        for kept in [
            "exit code 137",
            "exited with code 1",
            "[Errno 28] x",
            "http status 502",
            "SQLSTATE[23505]",
            "redis:6379 down",
            "ECONNREFUSED 127.0.0.1:5432",
            "ORA-00600: internal",
            "port 8080 is taken",
            "Error 111",
        ] {
            let numbers = |text: &str| {
                text.split(|c: char| !c.is_ascii_digit()).filter(|n| n.len() > 1).map(str::to_owned).collect::<Vec<_>>()
            };
            let left = fold(kept);
            assert_eq!(numbers(&left), numbers(kept).into_iter().filter(|n| n != "127").collect::<Vec<_>>(), "{left}");
        }
        assert_eq!(fold("a.go:443] 12:22:53 :47012"), "a.go:#] #:#:# :#");
    }

    #[test]
    fn lines_alike_have_one_shape() {
        let same = [
            "2026-03-14 02:17:46,128 - app - ERROR - push 1 of 9c1e77f2 failed: id=0f401d77-98fc-4a11-9b1e-aaaaaaaaaaaa",
            "2026-11-01 12:07:06,009 - app - ERROR - push 27 of ab12cd34 failed: id=c0ffee11-beef-4bbb-bbbb-123456789012",
        ];
        assert_eq!(shape(same[0].as_bytes()), shape(same[1].as_bytes()));
        for (one, other) in [
            ("connect 127.0.0.1:6379 refused", "connect 127.0.0.1:5432 refused"),
            ("GET /x HTTP/1.1\" 200 12", "GET /x HTTP/1.1\" 502 12"),
            ("{\"level\":30,\"msg\":\"x\"}", "{\"level\":50,\"msg\":\"x\"}"),
            ("exited with code 0", "exited with code 137"),
            ("disk a failed", "disk b failed"),
        ] {
            assert_ne!(shape(one.as_bytes()), shape(other.as_bytes()), "{one}");
        }
    }

    #[test]
    fn what_varies_has_a_sign() {
        let others = ["attempt 3 of 5 after 2.5 s".to_owned()];
        assert_eq!(without_varying("attempt 1 of 5 after 1.0 s", &others), "attempt … of 5 after … s");
    }
}
