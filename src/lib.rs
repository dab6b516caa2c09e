//! `unstuck`: from words or a log to the runbook section that fits, its checks, what they mean, one confirmed fix, and the proof.
//! This file names the flow and the layers; it holds no logic of its own.
//!
//! # The flow, and the folders that follow it
//!
//! words or log → [`query`] → ranked sections ([`search`]) → steps with effects ([`runbook`], [`command`]) →
//! readings ([`probe`]) → outcomes, findings, ranked fixes ([`diagnosis`]) → a confirmed fix and the checks again
//! ([`session`]) → [`journal`] and report.
//!
//! # The layers: a module imports only from layers above it in this list
//!
//! | layer | modules | may do |
//! |---|---|---|
//! | text | [`text`] | clean and mask what comes from outside |
//! | language | [`command`], [`query`] | understand commands, logs and questions |
//! | knowledge | [`runbook`], [`probe`] | what runbooks say; which native question a command stands for |
//! | judgement | [`search`], [`diagnosis`] | which section fits; what readings mean; which fix comes first |
//! | flow | [`session`] | the conversation, over the traits `Console`, `World` and `Recorder` |
//! | workbench | [`examples`], [`review`] | what an author asks: do my examples hold, what should I look at again |
//! | edges | [`world`], [`term`], [`journal`], [`cache`], `embed` | the system, the screen, the record, what can be made again, an optional encoder; never one another |
//! | program | [`app`] | command line, configuration, putting the parts together |
//!
//! # What holds everywhere
//!
//! 1. Everything above the edges does no input or output, knows no clock, and cannot fail on bad input: it returns problems.
//! 2. Only `world/process.rs` starts programs and only `term` and `app` write to the terminal.
//! 3. A world looks only at a `Look` and changes only by an `Approved`; each can be made in one module alone.
//! 4. A journal line is written before the question it belongs to is asked, and after each step ended.
//! 5. Text from outside reaches screen and record only through `text::clean` and `text::mask`.

pub mod app;
pub mod cache;
pub mod command;
pub mod diagnosis;
#[cfg(feature = "encoder")]
pub mod embed;
pub mod examples;
pub mod journal;
pub mod probe;
pub mod query;
pub mod review;
pub mod runbook;
pub mod search;
pub mod session;
pub mod term;
pub mod text;
pub mod world;
