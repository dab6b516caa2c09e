//! A log from a pipe as the question: read to its end in bounded memory.
//! It never reads where a terminal is.

use std::io::{IsTerminal, Read};

use crate::query::{Query, Reader};

/// What a pipe on standard input says; `None` where there is no pipe, or nothing in it.
pub fn question() -> Option<Query> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() || !is_pipe_or_file() {
        return None;
    }
    let mut reader = Reader::default();
    let mut chunk = vec![0; 64 * 1024];
    let mut any = false;
    loop {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                any = true;
                reader.push(chunk.get(..n).unwrap_or_default());
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            // A pipe that breaks leaves what came so far.
            Err(_) => break,
        }
    }
    any.then(|| reader.finish())
}

/// Whether standard input is a pipe, a socket or a file: `/dev/null` and a closed input are no question.
fn is_pipe_or_file() -> bool {
    use nix::sys::stat::{SFlag, fstat};
    let Ok(stat) = fstat(std::io::stdin()) else { return false };
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    matches!(kind, SFlag::S_IFIFO | SFlag::S_IFREG | SFlag::S_IFSOCK)
}
