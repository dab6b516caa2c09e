//! The one integration binary; each file of this folder is a module of it.

mod cli;
mod conversation;
mod knowledge;
mod layers;
mod live;
mod search;
