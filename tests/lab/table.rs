//! Results as a table for people and as lines for programs, with their totals.
//! It never leaves a fault out.

use serde::Serialize;

use crate::fault::End;

/// What came of one fault.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    pub fault: String,
    pub title: String,
    pub end: String,
    /// Of the ways of saying it (words, error, log), how many were led to a right section.
    pub section: (usize, usize),
    pub findings: (usize, usize),
    pub first_fix: (usize, usize),
    /// The conversation ended as it should.
    pub solved: bool,
    pub questions: usize,
    pub seconds: f64,
    /// With every fix refused it stayed broken, as it must; `None` where there is nothing to refuse.
    pub control: Option<bool>,
    /// The stack was as before once the fault was taken back.
    pub clean: bool,
    /// Where the lab's own time went: seconds by phase.
    pub phases: Vec<(&'static str, f64)>,
    /// What is not as it should be, and why.
    pub notes: Vec<String>,
}

/// Whether a row counts as a success of the program and of the lab.
fn well(row: &Row) -> bool {
    row.solved && row.control != Some(false)
}

pub fn print(rows: &[Row]) {
    println!(
        "\n{:<34} {:>8} {:>8} {:>9} {:>7} {:>5} {:>8} {:>8}",
        "fault", "section", "findings", "first fix", "solved", "asked", "seconds", "control"
    );
    for row in rows {
        let of = |(n, all): (usize, usize)| if all == 0 { "-".to_owned() } else { format!("{n}/{all}") };
        let solved = match (row.solved, row.end.as_str()) {
            (true, "solved") => "yes",
            (true, _) => "yes*",
            (false, _) => "NO",
        };
        let control = match row.control {
            None => "-",
            Some(true) => "held",
            Some(false) => "BROKE",
        };
        println!(
            "{:<34} {:>8} {:>8} {:>9} {:>7} {:>5} {:>8.1} {:>8}",
            row.fault,
            of(row.section),
            of(row.findings),
            of(row.first_fix),
            solved,
            row.questions,
            row.seconds,
            control
        );
    }
    let noted: Vec<&Row> = rows.iter().filter(|r| !r.notes.is_empty()).collect();
    if !noted.is_empty() {
        println!("\nNot as it should be");
        for row in noted {
            for note in &row.notes {
                println!("  {}: {note}", row.fault);
            }
        }
    }
    let sum = |part: fn(&Row) -> (usize, usize)| rows.iter().map(part).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    let share = |(n, all): (usize, usize)| {
        if all == 0 { "-".to_owned() } else { format!("{n} of {all} ({:.0} %)", 100.0 * n as f64 / all as f64) }
    };
    let count = |test: fn(&Row) -> bool| (rows.iter().filter(|r| test(r)).count(), rows.len());
    let controls: Vec<bool> = rows.iter().filter_map(|r| r.control).collect();
    println!("\nTotals over {} faults", rows.len());
    println!(
        "  ended as they should       {}   (* of them {} by changing nothing: wait, not in the runbooks, uncertain)",
        share(count(well)),
        rows.iter().filter(|r| well(r) && r.end != format!("{:?}", End::Solved).to_lowercase()).count()
    );
    println!("  section right              {}", share(sum(|r| r.section)));
    println!("  findings right             {}", share(sum(|r| r.findings)));
    println!("  first fix right            {}", share(sum(|r| r.first_fix)));
    println!("  control held               {}", share((controls.iter().filter(|c| **c).count(), controls.len())));
    println!("  left as it was found       {}", share(count(|r| r.clean)));
    let n = rows.len().max(1) as f64;
    println!(
        "  questions, seconds (mean)  {:.1}, {:.1}",
        rows.iter().map(|r| r.questions).sum::<usize>() as f64 / n,
        rows.iter().map(|r| r.seconds).sum::<f64>() / n
    );
}

/// Whether at least so many of a hundred faults ended as they should, and the lab itself is right about that.
pub fn passes(rows: &[Row], at_least: usize) -> bool {
    let solved = rows.iter().filter(|r| well(r)).count();
    solved * 100 >= rows.len() * at_least && rows.iter().all(|r| r.clean && r.control != Some(false))
}
