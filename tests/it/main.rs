//! The one integration binary; each file of this folder is a module of it.

// A test may stop at the first thing that is not as it says, and starts the program it tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::disallowed_methods)]

mod alerts;
mod cache;
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
mod pty;
mod readings;
mod runbooks;
mod running;
mod scripted;
mod search;
mod terminal;
mod transcripts;
mod workbench;
