//! The chain a call of `iptables` changes: its rules as they are now, and the call that brings them back.
//! It never takes a rule for another: where two could be meant there is no way back.

use std::path::Path;

use super::quoted;
use super::settings::ask;
use crate::command::Script;
use crate::session::ports::Target;

/// What a call of `iptables` acts on; `None` where it changes more than one rule or a policy.
pub(super) async fn of(words: &[String], dir: &Path) -> Option<Target> {
    let call = Call::read(words)?;
    let listed = ask(&call.words(&["-S", &call.chain]), dir).await?;
    let rules: Vec<&str> = listed.lines().filter(|l| l.starts_with("-A ")).collect();
    let back = call.back(&listed, &rules);
    Some(Target {
        shown: format!("firewall chain {} of table {}, now {} rules", call.chain, call.table, rules.len()),
        identity: format!("iptables {} {listed}", call.table),
        undo: back.map(|back| format!("sudo {back}")),
        forbidden: None,
    })
}

struct Call {
    program: String,
    table: String,
    /// `-A`, `-I`, `-D` or `-P`.
    verb: char,
    chain: String,
    /// What stands behind the chain, without the table.
    spec: Vec<String>,
}

impl Call {
    fn read(words: &[String]) -> Option<Call> {
        let (program, args) = words.split_first()?;
        let mut call = Call {
            program: program.clone(),
            table: "filter".into(),
            verb: ' ',
            chain: String::new(),
            spec: Vec::new(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-t" | "--table" => call.table = args.next()?.clone(),
                "-w" | "--wait" => {}
                "-A" | "--append" | "-I" | "--insert" | "-D" | "--delete" | "-P" | "--policy" if call.verb == ' ' => {
                    let letter = arg.trim_start_matches('-').chars().next()?;
                    call.verb = letter.to_ascii_uppercase();
                    call.chain = args.next()?.clone();
                }
                _ => call.spec.push(arg.clone()),
            }
        }
        (call.verb != ' ').then_some(call)
    }

    fn words(&self, more: &[&str]) -> Vec<String> {
        [&[self.program.as_str(), "-t", &self.table][..], more].concat().into_iter().map(str::to_owned).collect()
    }

    /// The call that takes this one back, where the chain is as it was listed.
    fn back(&self, listed: &str, rules: &[&str]) -> Option<String> {
        let line = |more: &[&str]| self.words(more).iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" ");
        let number = self.spec.first().filter(|w| w.chars().all(|c| c.is_ascii_digit()));
        match self.verb {
            'A' | 'I' => {
                let spec = self.spec.get(usize::from(self.verb == 'I' && number.is_some())..)?;
                let spec: Vec<&str> = spec.iter().map(String::as_str).collect();
                // A rule that stands there already would be taken for the new one.
                let there = rules.iter().any(|rule| same(rule, &spec));
                (!there).then(|| line(&[&["-D", self.chain.as_str()][..], &spec[..]].concat()))
            }
            'P' => {
                let policy = listed.lines().find_map(|l| l.strip_prefix(&format!("-P {} ", self.chain)))?;
                Some(line(&["-P", &self.chain, policy.trim()]))
            }
            _ => {
                let at = match number {
                    Some(number) => number.parse::<usize>().ok()?.checked_sub(1)?,
                    None => {
                        let spec: Vec<&str> = self.spec.iter().map(String::as_str).collect();
                        let mut same = rules.iter().enumerate().filter(|(_, rule)| same(rule, &spec));
                        let (at, _) = same.next()?;
                        same.next().is_none().then_some(at)?
                    }
                };
                let rule = rules.get(at)?.strip_prefix(&format!("-A {}", self.chain))?;
                let back = format!("{}{rule}", line(&["-I", &self.chain, &(at + 1).to_string()]));
                Script::plain(&back).map(|_| back)
            }
        }
    }
}

/// Whether a listed rule is the one `spec` writes; the listing adds `/32` and `-m tcp`.
fn same(rule: &str, spec: &[&str]) -> bool {
    let bare = |w: &str| w.trim_matches('"').trim_end_matches("/32").to_owned();
    let mut listed: Vec<String> = rule.split(' ').skip(2).map(bare).collect();
    while let Some(at) = listed.iter().position(|w| w == "-m").filter(|_| !spec.contains(&"-m")) {
        listed.drain(at..(at + 2).min(listed.len()));
    }
    spec.iter().map(|w| bare(w)).eq(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str =
        "-P INPUT ACCEPT\n-A INPUT -s 10.0.0.5/32 -j DROP\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\n";

    fn back(line: &str) -> Option<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let rules: Vec<&str> = LISTED.lines().filter(|l| l.starts_with("-A ")).collect();
        Call::read(&words)?.back(LISTED, &rules)
    }

    #[test]
    fn each_call_has_the_one_that_takes_it_back() {
        for (line, wanted) in [
            ("iptables -A INPUT -p udp -j DROP", Some("iptables -t filter -D INPUT -p udp -j DROP")),
            ("iptables -t nat -I OUTPUT 1 -j ACCEPT", Some("iptables -t nat -D OUTPUT -j ACCEPT")),
            ("iptables -P INPUT DROP", Some("iptables -t filter -P INPUT ACCEPT")),
            ("iptables -D INPUT 1", Some("iptables -t filter -I INPUT 1 -s 10.0.0.5/32 -j DROP")),
            (
                "iptables -D INPUT -p tcp --dport 80 -j ACCEPT",
                Some("iptables -t filter -I INPUT 2 -p tcp -m tcp --dport 80 -j ACCEPT"),
            ),
            // It stands there already: which of the two would go is not known.
            ("iptables -A INPUT -s 10.0.0.5 -j DROP", None),
            ("iptables -D INPUT 9", None),
            ("iptables -D INPUT -j ACCEPT", None),
            ("iptables -F", None),
        ] {
            assert_eq!(back(line).as_deref(), wanted, "{line}");
        }
    }

    /// Firewalls belong to a network, so this runs in one of its own.
    #[test]
    fn what_is_taken_back_is_as_it_was() {
        if std::env::var_os("UNSTUCK_TEST_ALONE").is_none() {
            let exe = std::env::current_exe().unwrap();
            #[expect(clippy::disallowed_methods, reason = "a test starts itself")]
            let run = std::process::Command::new("unshare")
                .arg("-n")
                .arg(exe)
                .args(["--exact", "world::target::firewall::tests::what_is_taken_back_is_as_it_was", "--nocapture"])
                .env("UNSTUCK_TEST_ALONE", "1")
                .output();
            match run {
                Ok(run) if run.status.success() => {}
                Ok(run) if String::from_utf8_lossy(&run.stderr).contains("Operation not permitted") => {
                    eprintln!("skipped: no network of its own here");
                }
                Ok(run) => panic!("{}", String::from_utf8_lossy(&run.stdout)),
                Err(error) => eprintln!("skipped: {error}"),
            }
            return;
        }
        #[expect(clippy::disallowed_methods, reason = "a test makes what it is about")]
        let run = |line: &str| {
            let words = Script::plain(line.trim_start_matches("sudo ")).unwrap().single().unwrap().argv.clone();
            std::process::Command::new(&words[0]).args(&words[1..]).output()
        };
        let Ok(first) = run("iptables -S") else { return eprintln!("skipped: there is no iptables") };
        if !first.status.success() {
            return eprintln!("skipped: {}", String::from_utf8_lossy(&first.stderr));
        }
        let state = || String::from_utf8(run("iptables -S").unwrap().stdout).unwrap();
        for line in ["iptables -A INPUT -s 10.0.0.5 -j DROP", "iptables -A INPUT -p tcp --dport 80 -j ACCEPT"] {
            assert!(run(line).unwrap().status.success(), "{line}");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for line in [
            "iptables -A INPUT -p udp --dport 53 -j DROP",
            "iptables -I INPUT -s 10.9.9.9 -j ACCEPT",
            "iptables -I INPUT 2 -p icmp -j DROP",
            "iptables -D INPUT 1",
            "iptables -D INPUT -p tcp --dport 80 -j ACCEPT",
            "iptables -P FORWARD DROP",
        ] {
            let before = state();
            let words = Script::plain(line).unwrap().single().unwrap().argv.clone();
            let target = runtime.block_on(of(&words, Path::new("/"))).unwrap();
            assert!(run(line).unwrap().status.success(), "{line}");
            assert_ne!(state(), before, "{line}");
            let undo = target.undo.unwrap();
            assert!(run(&undo).unwrap().status.success(), "{undo}");
            assert_eq!(state(), before, "{line} and {undo}");
        }
    }
}
