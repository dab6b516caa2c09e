//! Where the checks tell no cause: what an error names in the project's files, and what was changed there, lead on.
//! It never looks at this machine.

use unstuck::probe::{Container, Containers, ProjectFile, Reading};
use unstuck::session::Settings;
use unstuck::session::ports::{Changed, Survey};

use crate::books::invented;
use crate::scripted::{self, End, Script, Staged};

const PAGE: &str = "# Page\n\n## Page Is Gone\n\n### Symptoms\n\n- the page does not come\n\n### Diagnosis\n\n```bash\n# does it run\ndocker compose ps web\n```\n\n### Solutions\n\n**1. Start it:**\n\n<!-- unstuck: when: container.cannot_start -->\n\n```bash\ndocker compose up -d web\n```\n";
const CHANGES: &str = "# Changes\n\n## Something Was Edited\n\n### Symptoms\n\n- somebody edited a file\n\n### Diagnosis\n\n```bash\n# does it run\ndocker compose ps web\n```\n\n### Solutions\n\n**1. Correct the value:**\n\n<!-- unstuck: when: value.set_here -->\n\nCorrect the line that is named.\n\n**2. Put it back:**\n\n<!-- unstuck: when: changed.lately -->\n\nAsk whoever edited it.\n";
const ERROR: &str = "failed to initialize logging driver: dial tcp 127.0.0.1:5514: connect: connection refused";
const COMPOSE: &str =
    "services:\n  web:\n    image: own\n    logging:\n      options:\n        syslog-address: tcp://127.0.0.1:5514\n";

/// A page that Docker does not start, in a project with this compose file.
fn conversation(compose: &str, says: &[&str]) -> End {
    let web = Container {
        name: "app-web-1".into(),
        service: Some("web".into()),
        state: "created".into(),
        error: Some(ERROR.into()),
        ..Container::default()
    };
    let seen = Reading::Containers(Containers { containers: vec![web], ..Containers::default() });
    let file =
        ProjectFile { name: "compose.yaml".into(), by_service: true, text: compose.into(), ..ProjectFile::default() };
    let changed = Changed { name: "compose.yaml".into(), ago_s: 240, lines: vec![6] };
    let around = Survey { files: vec![file], changed: vec![changed], ..Survey::default() };
    let world = Staged {
        around: Box::new(move |_| around.clone()),
        fails: Box::new(|_| Some((1, format!("Error response from daemon: {ERROR}")))),
        ..Staged::answering(move |_, _| seen.clone())
    };
    let library = invented(&[("page.md", PAGE), ("changes.md", CHANGES)]);
    scripted::converse(Script::saying(says), &world, &library, Settings::default(), &["the page does not come"])
}

#[test]
fn what_an_error_names_is_told_with_its_place_and_leads_to_its_fix() {
    let end = conversation(COMPOSE, &["y", "y", "", "n"]);
    let screen = end.screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "“127.0.0.1:5514”, which the error names, stands in compose.yaml, line 6",
        "Go on with what was changed here, Something Was Edited?",
        "Fix 1 · Correct the value",
    ] {
        assert!(screen.contains(text), "`{text}` is missing in\n{}", end.screen);
    }
}

#[test]
fn what_no_file_holds_is_not_claimed_and_the_last_change_is_told_instead() {
    let end = conversation(&COMPOSE.replace("5514", "601"), &["y", "y", "", "n"]);
    assert!(!end.screen.contains("which the error names"), "{}", end.screen);
    let screen = end.screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in ["Something Was Edited", "compose.yaml 4 min ago (line 6 differs from the last commit)", "Put it back"]
    {
        assert!(screen.contains(text), "`{text}` is missing in\n{}", end.screen);
    }
}
