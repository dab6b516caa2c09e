//! The one integration binary; each file of this folder is a module of it.
//! It never holds a test itself.

// A test may stop at the first thing that is not as it says, and starts the program it tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::disallowed_methods)]

mod alerts;
mod books;
mod cache;
mod causes;
mod check;
mod cli;
mod conversation;
mod effects;
#[cfg(feature = "encoder")]
mod encoder;
mod examples;
mod knowledge;
mod lab;
mod layers;
mod links;
mod live;
mod logs;
mod oracle;
mod program;
mod pty;
mod readings;
mod runbooks;
mod running;
mod scripted;
mod search;
mod terminal;
mod transcripts;
mod workbench;

/// Whether `UNSTUCK_REQUIRE` names it: a test that needs it must not be skipped.
fn is_required(name: &str) -> bool {
    std::env::var("UNSTUCK_REQUIRE").unwrap_or_default().split(',').any(|r| r == name)
}

/// Says aloud that a test is skipped, and why; fails where what it needs is required by `name`.
fn skip(name: &str, why: &str) {
    assert!(!is_required(name), "{name} is required: {why}");
    eprintln!("skipped: {why}");
}
