//! `unstuck check`: every rule finds what it is for and nothing in a sound runbook; its forms, its exit codes, what it mends.
//! It never needs a system: what is checked is text.

use std::fs;
use std::path::Path;
use std::process::Output;

use unstuck::session::library::Source;

use crate::books::{read, shared};
use crate::program::{json, said, unstuck};

const SOUND: &str = "# Stores\n\n## Redis Not Available\n\n### Symptoms\n\n- queue operations fail since redis is away\n\n### Diagnosis\n\n```bash\n# is Redis running\ndocker compose ps redis\n```\n\nSee [disks](#disk-full) and [the map](map.png).\n\n### Solutions\n\n**1. Start Redis:**\n\n```bash\ndocker compose up -d redis\n```\n\n**2. Say where it is:**\n\n```bash\nREDIS_URL=redis://redis:6379/0\n```\n\n## Disk Full\n\n### Symptoms\n\n- no space left on the device\n\n### Diagnosis\n\n```bash\ndf -h\n```\n\n### Solutions\n\n**1. Remove one folder:**\n\n<!-- unstuck: allow: no-undo -->\n\n```bash\nrm -r /var/cache/<folder>\n```\n";

/// A runbook with one mistake a rule, each at a line of its own.
const WRONG: &str = "# Wrong

## Contents

- [Gone](#gone)

## First

### Symptoms

- queue operations fail since redis is away and not available

### Diagnosis

```bash
systemctl restart redis
watch df -h
sometool --print <serial>
```

See [nothing](missing.md), [a picture](gone.png) and [there](#frst).

### Solutions

**1. Erase it:**

```bash
rm -rf /var/lib/redis
```

## Second

### Symptoms

- the thing does not work at all

### Solutions

**1. Turn it:**

```bash
systemctl restart thing
```

**2. Set it:**

```bash
UNHEARD_OF=1
```

## Second

### Symptoms

- the thing does not work at all

<!-- unstuck: allow: no-verificaton -->

### Diagnosis

```bash
$ df -h
```

```bash
ls -l

## Last

Some words of text.
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn check(dir: &Path, more: &[&str]) -> Output {
    unstuck(dir, &[], &[&["check"], more, &["."]].concat())
}

#[test]
fn a_sound_folder_is_clean_and_quiet() {
    let dir = folder(&[("stores.md", SOUND), ("map.png", "")]);
    let output = check(dir.path(), &["-q"]);
    assert_eq!((said(&output).as_str(), output.status.code()), ("", Some(0)));
    let output = check(dir.path(), &[]);
    let text = said(&output);
    for part in [
        "Redis Not Available",
        "reads     docker compose ps redis  [docker.ps]",
        "setting   REDIS_URL",
        "nothing to look at again",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
}

#[test]
fn every_rule_finds_its_mistake_at_its_line() {
    let dir = folder(&[("wrong.md", WRONG), ("stores.md", SOUND), ("map.png", "")]);
    let output = check(dir.path(), &["-q"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1));
    for (line, rule) in [
        (3, "table-of-contents"),
        (16, "changing-check"),
        (17, "endless-check"),
        (18, "rare-tool"),
        (18, "unfillable-placeholder"),
        (21, "dead-link"),
        (28, "no-undo"),
        (39, "no-verification"),
        (51, "twin-section"),
        (51, "unknown-rule"),
        (62, "prompt"),
        (65, "unbalanced-fence"),
    ] {
        assert!(text.contains(&format!("wrong.md:{line}: {rule}: ")), "{line} {rule} is missing in\n{text}");
    }
    for part in [
        "did you mean `#first`?",
        "there is no runbook `missing.md`",
        "there is no file `gone.png`",
        "did you mean `no-verification`?",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    assert!(!text.lines().any(|l| l.starts_with("stores.md:")), "{text}");
}

#[test]
fn a_setting_that_compose_passes_to_nobody_is_said_where_the_project_is_named() {
    let compose = "services:\n  app:\n    image: x\n    environment:\n      - REDIS_URL\n";
    let dir = folder(&[("wrong.md", WRONG), ("stores.md", SOUND), ("map.png", ""), ("compose.yaml", compose)]);
    let text = said(&check(dir.path(), &["-q", "--project", "."]));
    assert!(text.contains("setting-not-passed: compose passes `UNHEARD_OF` to no service"), "{text}");
    assert!(!text.contains("`REDIS_URL`"), "{text}");
    assert!(!said(&check(dir.path(), &["-q"])).contains("setting-not-passed"));
}

#[test]
fn the_forms_for_programs_name_file_line_and_rule() {
    let dir = folder(&[("wrong.md", WRONG)]);
    let output = check(dir.path(), &["--json"]);
    let shape = json(&output);
    assert_eq!(shape["runbook"], "wrong.md");
    assert!(shape["warnings"].as_array().unwrap().iter().any(|w| w["rule"] == "no-undo" && w["line"] == 28), "{shape}");
    let step = &shape["sections"][0]["checks"][0];
    assert_eq!((step["kind"].as_str(), step["effect"].as_str()), (Some("command"), Some("changes")), "{step}");

    let output = check(dir.path(), &["--format", "sarif"]);
    let log = json(&output);
    let run = &log["runs"][0];
    let result = run["results"].as_array().unwrap().iter().find(|r| r["ruleId"] == "no-undo").unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        (place["artifactLocation"]["uri"].as_str(), place["region"]["startLine"].as_u64()),
        (Some("wrong.md"), Some(28))
    );
    let known: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    for result in run["results"].as_array().unwrap() {
        assert!(known.contains(&result["ruleId"].as_str().unwrap()), "{result}");
    }

    let text = said(&check(dir.path(), &["--format", "github"]));
    assert!(text.contains("::warning file=wrong.md,line=28,title=no-undo::“Erase it” destroys"), "{text}");
    assert!(text.lines().all(|l| l.starts_with("::warning ")), "{text}");
}

#[test]
fn what_is_mechanical_is_mended_and_nothing_else() {
    let dir = folder(&[("wrong.md", WRONG)]);
    let output = check(dir.path(), &["-q", "--fix"]);
    let text = said(&output);
    assert!(
        text.contains("wrong.md:62: took the prompts away") && text.contains("wrong.md:65: closed the fence"),
        "{text}"
    );
    let mended = fs::read_to_string(dir.path().join("wrong.md")).unwrap();
    assert_eq!(mended, WRONG.replace("$ df -h", "df -h").replace("ls -l\n\n## Last", "ls -l\n\n```\n## Last"));
    let again = said(&check(dir.path(), &["-q"]));
    assert!(!again.contains("prompt: ") && !again.contains("unbalanced-fence") && again.contains("no-undo"), "{again}");
}

#[test]
fn what_is_wrong_with_the_folder_is_a_usage_error() {
    let dir = folder(&[]);
    let output = check(dir.path(), &[]);
    assert!(said(&output).contains("there is no Markdown in"), "{}", said(&output));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_is_mended_says_the_same_and_is_mended_once() {
    use unstuck::runbook::{StepKind, mend, parse, variables};
    let Some(folder) = shared("bench/corpora") else { return };
    let commands = |text: &str| -> Vec<String> {
        let runbook = parse("a.md", text);
        let steps = runbook.sections.iter().flat_map(variables::steps);
        let command = |s: &unstuck::runbook::Step| match &s.kind {
            StepKind::Command(text) => Some(text.clone()),
            _ => None,
        };
        steps.filter_map(command).collect()
    };
    // A line without what is taken away or put in: its prompt, a fence's mark.
    let bare = |text: &str| -> Vec<String> {
        let line = |l: &str| {
            let mut rest = l.trim().trim_end_matches('`').trim_end();
            while let Some(behind) = rest.strip_prefix("$ ") {
                rest = behind.trim_start();
            }
            rest.to_owned()
        };
        text.lines().map(line).filter(|l| !l.is_empty()).collect()
    };
    let mut mended = 0;
    for Source { path, text } in read(&folder) {
        let Some((after, done)) = mend::mend(&text) else { continue };
        mended += 1;
        assert!(!done.is_empty());
        assert_eq!(bare(&text), bare(&after), "{path}");
        assert_eq!(commands(&text), commands(&after), "{path}");
        assert!(mend::mend(&after).is_none(), "{path} is mended twice");
    }
    assert!(mended > 100, "only {mended} files were mended");
}
