//! Which role a heading plays in a section, by its words and their many synonyms, and what a sentence says a step is for.
//! It never looks at what stands below the heading.

/// The roles of a section's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Symptoms,
    Diagnosis,
    Solutions,
    Verification,
    /// Looking and acting in one: each block decides for itself.
    Mixed,
    /// Meaning, impact, notes: to read.
    Prose,
    /// When to stop, and whom to wake.
    Escalation,
    /// A table of contents: no content of its own.
    Contents,
}

impl Role {
    /// Whether it makes the heading above it a section.
    pub(super) fn acts(self) -> bool {
        matches!(self, Role::Symptoms | Role::Diagnosis | Role::Solutions | Role::Verification)
    }
}

const WORDS: &[(Role, &[&str])] = &[
    (Role::Contents, &["table of contents", "contents", "toc", "on this page", "in this document", "index"]),
    (
        Role::Symptoms,
        &[
            "symptoms",
            "symptom",
            "signs",
            "indicators",
            "what you see",
            "what happens",
            "how it looks",
            "alert",
            "alerts",
            "error message",
            "error messages",
            "problem",
            "problem statement",
            "observed behavior",
            "observations",
        ],
    ),
    (
        Role::Diagnosis,
        &[
            "diagnosis",
            "diagnose",
            "diagnosing",
            "diagnostics",
            "diagnostic",
            "checks",
            "check",
            "investigation",
            "investigate",
            "investigating",
            "triage",
            "debugging",
            "debug",
            "how to check",
            "steps to check",
            "what to check",
            "things to check",
            "prechecks",
            "pre-checks",
            "pre checks",
            "health checks",
            "analysis",
            "identification",
            "find the cause",
            "confirm the problem",
        ],
    ),
    (
        Role::Solutions,
        &[
            "solutions",
            "solution",
            "mitigation",
            "mitigations",
            "mitigate",
            "resolution",
            "resolutions",
            "resolve",
            "resolving",
            "fix",
            "fixes",
            "fixing",
            "how to fix",
            "remediation",
            "remediate",
            "workaround",
            "workarounds",
            "remedy",
            "remedies",
            "recovery",
            "recover",
            "rollback",
            "corrective action",
            "corrective actions",
        ],
    ),
    (
        Role::Verification,
        &[
            "verification",
            "verify",
            "verifying",
            "confirm",
            "validation",
            "validate",
            "postchecks",
            "post-checks",
            "post checks",
            "confirm the fix",
            "verify the fix",
            "check that it worked",
        ],
    ),
    (
        Role::Mixed,
        &[
            "troubleshooting",
            "troubleshoot",
            "actions",
            "action",
            "what to do",
            "procedure",
            "procedures",
            "how do i",
            "diagnosis and mitigation",
            "diagnosis and resolution",
            "diagnosis and solution",
            "first response",
            "response",
            "runbook",
            "playbook",
            "steps",
            "quick reference commands",
            "execution",
            "how-to",
            "how to",
            "how-to guides",
        ],
    ),
    (
        Role::Escalation,
        &[
            "escalation",
            "escalation path",
            "escalate",
            "when to escalate",
            "when to stop",
            "whom to wake",
            "who to call",
            "whom to call",
            "who to contact",
        ],
    ),
    (
        Role::Prose,
        &[
            "meaning",
            "impact",
            "overview",
            "summary",
            "description",
            "causes",
            "cause",
            "reason",
            "reasons",
            "root cause",
            "root causes",
            "background",
            "full context",
            "context",
            "notes",
            "note",
            "prevention",
            "severity",
            "scope",
            "references",
            "reference",
            "links",
            "related",
            "related links",
            "related runbooks",
            "see also",
            "resources",
            "additional resources",
            "further reading",
            "intro",
            "introduction",
            "architecture",
            "concepts",
            "dashboards",
            "logging",
            "default definition",
            "prerequisites",
            "prerequisite",
            "requirements",
            "contacts",
            "owner",
            "owners",
            "history",
        ],
    ),
];

/// Words before and behind a role's name that do not change it.
const BEFORE: &[&str] = &[
    "possible",
    "suggested",
    "recommended",
    "initial",
    "further",
    "additional",
    "quick",
    "immediate",
    "basic",
    "common",
    "temporary",
    "permanent",
    "manual",
    "general",
    "other",
    "more",
    "first",
    "next",
    "likely",
    "potential",
    "known",
    "the",
    "some",
    "problem",
    "alert",
    "issue",
];
const BEHIND: &[&str] = &[
    "steps",
    "step",
    "actions",
    "action",
    "procedure",
    "procedures",
    "guide",
    "instructions",
    "process",
    "commands",
    "pointers",
    "tips",
    "section",
    "details",
    "strategies",
    "options",
    "notes",
    "here",
];

/// The role a heading's words name, if they name one.
pub(super) fn role(title: &str) -> Option<Role> {
    let lower = title.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ':' | ' ' | '-'));
    let bare = bare.replace('&', "and").replace(['/', '_'], " and ");
    let words: Vec<&str> = bare.split_whitespace().collect();
    // The whole, then without what does not change it; a long heading names a problem, no role.
    let mut inner = words.as_slice();
    loop {
        if let Some(found) = named(&inner.join(" ")) {
            return Some(found);
        }
        inner = match inner {
            [first, rest @ ..] if !rest.is_empty() && BEFORE.contains(first) => rest,
            [rest @ .., last] if !rest.is_empty() && BEHIND.contains(last) => rest,
            _ => return None,
        };
    }
}

fn named(words: &str) -> Option<Role> {
    WORDS.iter().find(|(_, names)| names.contains(&words)).map(|(role, _)| *role)
}

/// Whether a heading is about setting something up or about how it is made: its commands are no steps towards a problem's end.
pub(super) fn sets_up(title: &str) -> bool {
    let lower = title.to_lowercase();
    let bare = lower.trim_start_matches(|c: char| !c.is_alphabetic());
    let first = bare.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or("");
    matches!(
        first,
        "install"
            | "installing"
            | "installation"
            | "setup"
            | "prerequisite"
            | "prerequisites"
            | "requirements"
            | "required"
            | "connecting"
            | "configuring"
            | "using"
            | "about"
            | "introduction"
            | "intro"
            | "background"
            | "overview"
            | "architecture"
            | "concepts"
            | "definition"
            | "definitions"
            | "development"
            | "example"
            | "examples"
            | "benchmark"
            | "benchmarks"
            | "local"
            | "tutorial"
            | "glossary"
    ) || [
        "set up",
        "setting up",
        "set-up",
        "getting started",
        "quick start",
        "details about",
        "what is",
        "how does",
        "how it works",
        "how to use",
        "how to install",
        "how to connect",
        "how to start using",
        "default definition",
        "environment variables",
    ]
    .iter()
    .any(|s| bare.starts_with(s))
        || bare.ends_with(" benchmark")
        || bare.ends_with(" setup")
        || bare.ends_with(" installation")
}

/// Whether a heading is about what has to be there first.
pub(super) fn is_prerequisite(title: &str) -> bool {
    let title = title.trim().to_lowercase();
    ["prerequisite", "before you begin", "preparation"].iter().any(|s| title.starts_with(s))
}

/// What a sentence or title says the step behind it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    Look,
    Act,
}

const LOOK: &[&str] = &[
    "check",
    "checks",
    "checking",
    "verify",
    "verifying",
    "confirm",
    "confirming",
    "validate",
    "ensure",
    "see",
    "list",
    "listing",
    "show",
    "showing",
    "find",
    "finding",
    "look",
    "looking",
    "determine",
    "inspect",
    "identify",
    "view",
    "query",
    "examine",
    "review",
    "monitor",
    "test",
    "testing",
    "compare",
    "count",
    "read",
    "observe",
    "investigate",
    "diagnose",
    "analyze",
    "analyse",
    "analyzing",
    "search",
    "searching",
    "display",
    "print",
    "get",
    "compute",
    "measure",
    "watch",
    "grep",
    "debugging",
    "is",
    "are",
    "which",
    "what",
    "how many",
    "where",
];
const ACT: &[&str] = &[
    "restart",
    "restarting",
    "start",
    "starting",
    "stop",
    "stopping",
    "run",
    "delete",
    "deleting",
    "remove",
    "removing",
    "add",
    "adding",
    "create",
    "creating",
    "apply",
    "set",
    "update",
    "upgrade",
    "upgrading",
    "install",
    "rebuild",
    "reload",
    "reset",
    "scale",
    "scaling",
    "restore",
    "restoring",
    "rollback",
    "revert",
    "rotate",
    "renew",
    "resize",
    "expand",
    "increase",
    "decrease",
    "enable",
    "disable",
    "disabling",
    "kill",
    "drain",
    "cordon",
    "replace",
    "failover",
    "promote",
    "edit",
    "change",
    "modify",
    "fix",
    "clean",
    "clear",
    "purge",
    "drop",
    "move",
    "copy",
    "push",
    "deploy",
    "redeploy",
    "migrate",
    "unblock",
    "block",
    "force",
    "patch",
    "pause",
    "resume",
    "unpause",
    "truncate",
    "free",
    "import",
    "upload",
    "save",
    "backup",
    "write",
    "initiate",
    "perform",
];

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
        if LOOK.contains(&word) {
            return Some(Aim::Look);
        }
        if ACT.contains(&word) && word != "run" {
            return Some(Aim::Act);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_many_names_and_a_problem_none() {
        for (title, wanted) in [
            ("Diagnosis", Some(Role::Diagnosis)),
            ("## 2. Possible checks:", Some(Role::Diagnosis)),
            ("Recommended Actions", Some(Role::Mixed)),
            ("Mitigation steps", Some(Role::Solutions)),
            ("Troubleshooting pointers", Some(Role::Mixed)),
            ("Diagnosis/Mitigation", Some(Role::Mixed)),
            ("Table of Contents", Some(Role::Contents)),
            ("Verify the fix", Some(Role::Verification)),
            ("Name resolution fails", None),
            ("DNS resolution", None),
            ("Redis Not Available", None),
            ("Check Redis", None),
        ] {
            assert_eq!(role(title), wanted, "{title}");
        }
        assert!(sets_up("Setting up the tool") && sets_up("3. Installation") && !sets_up("Restart the tool"));
        assert_eq!(
            aim("There is no need to check anything. Create the folder:"),
            Some(Aim::Act),
            "the sentence next to the step decides"
        );
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
