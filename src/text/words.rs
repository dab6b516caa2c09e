//! Small words for numbers: counts with plurals, sizes, durations, shortened lines.
//! It never rounds a number so that it crosses a limit it was compared with.

/// `count(1, "check")` is `1 check`, `count(3, "check")` is `3 checks`.
pub fn count(n: usize, noun: &str) -> String {
    match (n, noun) {
        (1, _) => format!("1 {noun}"),
        (_, n_) if n_.ends_with('s') || n_.ends_with("sh") || n_.ends_with("ch") || n_.ends_with('x') => {
            format!("{n} {noun}es")
        }
        (_, n_) if n_.ends_with('y') && !n_.ends_with("ay") && !n_.ends_with("ey") => {
            format!("{n} {}ies", &noun[..noun.len() - 1])
        }
        _ => format!("{n} {noun}s"),
    }
}

/// The first `most` of them, and how many more there are: `a, b and 3 more`.
pub fn listed<T: AsRef<str>>(all: &[T], most: usize, between: &str) -> String {
    let first: Vec<&str> = all.iter().take(most).map(AsRef::as_ref).collect();
    match all.len().saturating_sub(most) {
        0 => first.join(between),
        more => format!("{} and {more} more", first.join(between)),
    }
}

/// A size in bytes as people write it: `64 MiB`, `1.5 GiB`, `812 B`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || (value - value.round()).abs() < 0.05 {
        format!("{} {}", value.round() as u64, UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// A duration in milliseconds as people say it: `4 ms`, `0.8 s`, `4 min`, `3 h`, `2 d`.
pub fn duration_ms(ms: u64) -> String {
    match ms {
        0..=99 => format!("{ms} ms"),
        100..=9_999 => format!("{:.1} s", ms as f64 / 1000.0),
        10_000..=119_999 => format!("{} s", ms / 1000),
        120_000..=7_199_999 => format!("{} min", ms / 60_000),
        7_200_000..=172_799_999 => format!("{} h", ms / 3_600_000),
        _ => format!("{} d", ms / 86_400_000),
    }
}

/// At most `max` characters of one line, with `…` where something was left out.
pub fn shorten(line: &str, max: usize) -> String {
    let one: String = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if one.chars().count() <= max {
        return one;
    }
    let mut cut: String = one.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[test]
fn a_list_says_how_many_it_leaves_out() {
    assert_eq!(listed(&["a", "b"], 2, ", "), "a, b");
    assert_eq!(listed(&["a", "b", "c", "d"], 2, ", "), "a, b and 2 more");
    assert_eq!(listed(&[""; 0], 2, ", "), "");
}
