//! What a sentence or a title says the step behind it is for: to look, or to act.
//! It never looks at the step itself.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Look,
    Act,
}

const LOOK: &str = "
    check checks checking verify verifying confirm confirming validate ensure see list listing show showing find
    finding look looking determine inspect identify view query examine review monitor test testing compare count
    read observe investigate diagnose analyze analyse analyzing search searching display print get compute measure
    watch grep debugging is are which what where";

/// `run` is none of them: what looks is run too.
const ACT: &str = "
    restart restarting start starting stop stopping delete deleting remove removing add adding create creating
    apply set update upgrade upgrading install rebuild reload reset scale scaling restore restoring rollback
    revert rotate renew resize expand increase decrease enable disable disabling kill drain cordon replace
    failover promote edit change modify fix clean clear purge drop move copy push deploy redeploy migrate unblock
    block force patch pause resume unpause truncate free import upload save backup write initiate perform";

static LOOK_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| LOOK.split_whitespace().collect());
static ACT_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| ACT.split_whitespace().collect());

/// What the text before a step says it is for: its last sentence, which is nearest, or else the whole.
pub(super) fn aim(text: &str) -> Option<Aim> {
    let mut sentences = text.trim().trim_end_matches(['.', ':']).split(['.', '!', '?', '\n']);
    let last = sentences.rfind(|s| !fills_in(s) && !s.trim().is_empty()).unwrap_or(text);
    // "..., to update it:" is what it is for, whatever the rest of the sentence tells.
    let purpose = last.rsplit(',').next().filter(|clause| clause.trim_start().to_lowercase().starts_with("to "));
    purpose.and_then(aim_of).or_else(|| aim_of(last)).or_else(|| aim_of(text))
}

/// Whether a sentence says what of a command has to be replaced, and not what the command is for.
fn fills_in(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    ["replace ", "replacing ", "substitute ", "substituting "].iter().any(|w| lower.contains(w))
        && ["command", " with the ", " with your ", " by the ", " by your "].iter().any(|w| lower.contains(w))
}

/// What a sentence says: its first verb of one kind or the other.
fn aim_of(sentence: &str) -> Option<Aim> {
    let lower = sentence.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty());
    for word in words.take(25) {
        if LOOK_SET.contains(word) {
            return Some(Aim::Look);
        }
        if ACT_SET.contains(word) {
            return Some(Aim::Act);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_next_to_the_step_says_what_it_is_for() {
        assert_eq!(aim("There is no need to check anything. Create the folder:"), Some(Aim::Act));
        assert_eq!(aim("The key is in the store, to update it:"), Some(Aim::Act));
        assert_eq!(
            aim("To show the key, run this. Please replace `x` in the command with your name:"),
            Some(Aim::Look)
        );
        assert_eq!(
            (aim("Then check the pods:"), aim("Delete the pod"), aim("Redis")),
            (Some(Aim::Look), Some(Aim::Act), None)
        );
    }
}
