//! What can be put right in a runbook without asking its author: fences that are not whole, prompts before commands.
//! It never changes what is understood: where the commands would read differently, the text stays as it is.

use super::lines::whole;
use super::parse::problem;
use super::variables::steps;
use super::{Problem, StepKind, blocks, fences, parse};

/// The text with what can be mended mended, and what that was; `None` where there is nothing to do.
pub fn mend(markdown: &str) -> Option<(String, Vec<Problem>)> {
    let fences = fences::whole(markdown);
    let mut done = fences.problems;
    let mut text = if done.is_empty() { markdown.to_owned() } else { ended(fences.text, markdown) };
    let (bare, mut prompts) = without_prompts(&text);
    if !prompts.is_empty() && commands(&bare) == commands(&text) {
        text = bare;
        done.append(&mut prompts);
    }
    if markdown.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    (!done.is_empty() && text != markdown).then_some((text, done))
}

/// The blocks whose every command stands behind a prompt.
pub fn prompts(markdown: &str) -> Vec<Problem> {
    let (bare, found) = without_prompts(markdown);
    if found.is_empty() || commands(&bare) == commands(markdown) { found } else { Vec::new() }
}

/// `text` with the line ending at its end that the file had.
fn ended(mut text: String, markdown: &str) -> String {
    if markdown.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn commands(markdown: &str) -> Vec<String> {
    let runbook = parse("", markdown);
    let each = runbook.sections.iter().flat_map(steps).filter_map(|s| match &s.kind {
        StepKind::Command(text) => Some(text.clone()),
        _ => None,
    });
    each.collect()
}

/// The text without the prompts of blocks that hold nothing but commands, and the first line of each such block.
fn without_prompts(markdown: &str) -> (String, Vec<Problem>) {
    let mut lines: Vec<String> = markdown.lines().map(str::to_owned).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some((mark, language)) = lines.get(at).and_then(|l| opening(l)) else {
            at += 1;
            continue;
        };
        let end =
            (at + 1..lines.len()).find(|i| lines.get(*i).is_some_and(|l| l.trim() == mark)).unwrap_or(lines.len());
        let inside = lines.get(at + 1..end).unwrap_or_default().to_vec();
        if blocks::is_shell(&language)
            && let Some(bare) = unprompted(&inside)
        {
            found.push(problem(
                at + 2,
                "prompt",
                "each command stands behind a prompt, so that the block cannot be copied and run; `--fix` takes the prompts away",
            ));
            lines.splice(at + 1..end, bare);
        }
        at = end + 1;
    }
    (ended(lines.join("\n"), markdown), found)
}

/// The mark that closes the fence which a line opens, and its language.
fn opening(line: &str) -> Option<(String, String)> {
    let bare = line.trim_start();
    let mark: String = bare.chars().take_while(|c| *c == '`').collect();
    let language = bare.get(mark.len()..).unwrap_or("").trim().to_lowercase();
    (mark.len() >= 3 && !language.contains('`')).then_some((mark, language))
}

/// The lines without `$ `, where every command has one and nothing else stands between them.
fn unprompted(lines: &[String]) -> Option<Vec<String>> {
    let mut out = Vec::with_capacity(lines.len());
    let (mut at, mut prompts) = (0, 0);
    while let Some(line) = lines.get(at) {
        at += 1;
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with("# ") {
            out.push(line.clone());
            continue;
        }
        let typed = bare.strip_prefix("$ ")?;
        let indent = line.get(..line.len() - bare.len()).unwrap_or("");
        out.push(format!("{indent}{typed}"));
        prompts += 1;
        let rest: Vec<&str> = lines.iter().skip(at).map(String::as_str).collect();
        let (_, taken) = whole(typed, &rest);
        out.extend(lines.iter().skip(at).take(taken).cloned());
        at += taken;
    }
    (prompts > 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_are_closed_and_prompts_taken_away() {
        let text = "# A\n\n```bash\n# Look\n$ docker ps \\\n  -a\n\n$ df -h\n```\n\n```bash\nls -l\n\n## B\n\nwords\n";
        let (mended, done) = mend(text).unwrap();
        assert_eq!(
            mended,
            "# A\n\n```bash\n# Look\ndocker ps \\\n  -a\n\ndf -h\n```\n\n```bash\nls -l\n\n```\n## B\n\nwords\n"
        );
        let rules: Vec<_> = done.iter().map(|p| (p.rule, p.line)).collect();
        assert_eq!(rules, [("unbalanced-fence", 11), ("prompt", 4)]);
        assert_eq!(mend(&mended), None, "what is mended stays");
    }

    #[test]
    fn a_session_with_output_keeps_its_prompts() {
        for text in ["```console\n$ df -h\n/dev/sda1 20G\n```\n", "```yaml\n$ x\n```\n", "```bash\ndf -h\n```\n"] {
            assert_eq!(mend(text), None, "{text}");
        }
    }
}
