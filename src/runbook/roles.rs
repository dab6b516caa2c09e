//! Which role a heading plays in a section, by its words and their many synonyms.
//! It never looks at what stands below the heading.

/// The roles of a section's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Symptoms,
    Diagnosis,
    Solutions,
    Verification,
    /// Meaning, impact, notes: to read.
    Prose,
    /// A table of contents: no content of its own.
    Contents,
}

const WORDS: &[(Role, &[&str])] = &[
    (Role::Contents, &["table of contents", "contents", "toc"]),
    (Role::Symptoms, &["symptoms", "symptom", "signs", "what you see", "alert", "error message", "error messages"]),
    (
        Role::Diagnosis,
        &[
            "diagnosis",
            "diagnose",
            "diagnostics",
            "diagnostic",
            "checks",
            "check",
            "investigation",
            "investigate",
            "triage",
            "debugging",
            "debug",
            "how to check",
        ],
    ),
    (
        Role::Solutions,
        &[
            "solutions",
            "solution",
            "mitigation",
            "mitigations",
            "resolution",
            "resolutions",
            "resolve",
            "fix",
            "fixes",
            "how to fix",
            "remediation",
            "workaround",
            "workarounds",
            "remedy",
            "recovery",
            "actions",
            "possible actions",
            "troubleshooting",
            "what to do",
        ],
    ),
    (Role::Verification, &["verification", "verify", "verifying", "confirm", "validation"]),
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
            "possible causes",
            "root cause",
            "background",
            "full context",
            "context",
            "escalation",
            "notes",
            "prevention",
            "severity",
        ],
    ),
];

/// The role a heading's words name, if they name one.
pub(super) fn role(title: &str) -> Option<Role> {
    let lower = title.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
    WORDS.iter().find(|(_, words)| words.contains(&bare)).map(|(role, _)| *role)
}
