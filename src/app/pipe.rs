//! A log from a pipe as the question: one thread reads it to its end, another looks through it, in bounded memory.
//! It never reads where a terminal is.

use std::io::{ErrorKind, IsTerminal, Read};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use crate::query::{Query, Reader};

/// How much is read before it is looked through, and how many such parts may wait.
const PART: usize = 256 * 1024;
const WAITING: usize = 4;
/// How much the pipe itself may hold, so that its writer seldom waits.
const PIPE: i32 = 1024 * 1024;

/// What a pipe on standard input says; `None` where there is no pipe, or nothing in it.
pub fn question() -> Option<Query> {
    if std::io::stdin().is_terminal() || !is_pipe_or_file() {
        return None;
    }
    // A pipe that cannot grow is as good, only slower.
    let _ = nix::fcntl::fcntl(std::io::stdin(), nix::fcntl::FcntlArg::F_SETPIPE_SZ(PIPE));
    let (filled, full) = sync_channel::<(Vec<u8>, usize)>(WAITING);
    let (emptied, empty) = channel();
    let mut reader = Reader::default();
    let mut any = false;
    std::thread::scope(|scope| {
        scope.spawn(move || fill(&filled, &empty));
        for (part, length) in full {
            any = true;
            reader.push(part.get(..length).unwrap_or_default());
            // At the end nobody takes it back.
            let _ = emptied.send(part);
        }
    });
    any.then(|| reader.finish())
}

/// Reads standard input to its end, in parts that come back to be filled again.
fn fill(filled: &SyncSender<(Vec<u8>, usize)>, empty: &Receiver<Vec<u8>>) {
    let mut input = std::io::stdin().lock();
    let mut open = true;
    while open {
        let mut part = empty.try_recv().unwrap_or_else(|_| vec![0; PART]);
        let mut length = 0;
        while open && length < PART / 2 {
            match input.read(part.get_mut(length..).unwrap_or_default()) {
                Ok(0) => open = false,
                Ok(n) => length += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // A pipe that breaks leaves what came so far.
                Err(_) => open = false,
            }
        }
        if length > 0 && filled.send((part, length)).is_err() {
            return;
        }
    }
}

/// Whether standard input is a pipe, a socket or a file: `/dev/null` and a closed input are no question.
fn is_pipe_or_file() -> bool {
    use nix::sys::stat::{SFlag, fstat};
    let Ok(stat) = fstat(std::io::stdin()) else { return false };
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    matches!(kind, SFlag::S_IFIFO | SFlag::S_IFREG | SFlag::S_IFSOCK)
}
