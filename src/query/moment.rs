//! When a line was written, as a number that can be compared with that of another line of the same log.
//! It knows no zones and no year: what lies seconds apart is told from what lies hours apart, and no more.

use super::pattern;
use regex::Regex;
use std::sync::LazyLock;

static CLOCK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|[^0-9])(\d{1,2}):(\d\d):(\d\d)"));
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\d{4}[-/](\d\d)[-/](\d\d)|([A-Z][a-z]{2})\s+(\d{1,2})\b|(\d{1,2})[ /]([A-Z][a-z]{2})\b")
});
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since some beginning of a year, or of a day where no date is told; `None` where no time of day is.
pub fn moment(time: &str) -> Option<i64> {
    let clock = CLOCK.captures(time)?;
    let number = |found: &regex::Captures<'_>, nth: usize| found.get(nth).and_then(|m| m.as_str().parse::<i64>().ok());
    let of_day = number(&clock, 1)? * 3600 + number(&clock, 2)? * 60 + number(&clock, 3)?;
    let Some(date) = DATE.captures(time) else { return Some(of_day) };
    let named = date.get(3).or(date.get(6)).and_then(|m| MONTHS.iter().position(|month| *month == m.as_str()));
    let month = number(&date, 1).or(named.map(|at| at as i64 + 1)).unwrap_or(0);
    let day = number(&date, 2).or(number(&date, 4)).or(number(&date, 5)).unwrap_or(0);
    Some((month * 31 + day) * 86_400 + of_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_one_log_can_be_compared() {
        let same =
            ["2026-03-14T02:17:38.120Z", "Mar 14 02:17:38", "14/Mar/2026:02:17:38 +0000", "14 Mar 2026 02:17:38.9"];
        assert!(same.iter().all(|t| moment(t) == moment(same[0])), "{:?}", same.map(moment));
        assert_eq!(moment("02:17:38.99"), Some(8258));
        assert_eq!(moment("yesterday"), None);
    }
}
