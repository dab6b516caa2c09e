//! What a step needs before it can be done: a value for its placeholders, its program on the host, its setting passed on.
//! It never warns of what the program answers by itself.

use std::collections::HashMap;

use super::Surroundings;
use crate::command::placeholder::{self, judge_open};
use crate::command::{Placeholder, PlaceholderType, ReadOnly, bounded, programs};
use crate::probe::{Look, Probe};
use crate::runbook::lint::warn;
use crate::runbook::{Problem, Runbook, Section, Step, StepKind, variables};
use crate::text::shorten;

/// A program that so many commands of a collection use is part of the author's system.
const USUAL: usize = 3;

/// Programs that are on nearly every host that runs services.
const COMMON: &str = "[ [[ apt apt-get awk base64 bash cat cd chgrp chmod chown cmp command cp crontab curl cut date df diff dig
    dirname dmesg dnf docker docker-compose dpkg du echo egrep env eval exec exit export false fgrep file find for free fsck
    fuser getent git grep groups gunzip gzip head host hostname hostnamectl id if ip journalctl kill killall less ln logger
    login ls lsblk lsmod lsof md5sum mkdir modprobe more mount mountpoint mv nano netstat nice nohup nproc nslookup openssl
    passwd pgrep ping pkill podman printf ps pwd python python3 read readlink realpath reboot renice resolvectl rm rmdir rpm
    rsync scp sed seq service set sftp sh sha256sum shutdown sleep sort source ss ssh stat strings su sudo swapon sync sysctl
    systemctl tail tar tee test time timedatectl timeout top touch tr traceroute true truncate type ulimit umount uname uniq
    unset until unzip update-ca-certificates uptime useradd vi vim vmstat w watch wc wget which while who whoami xargs yum zcat
    zgrep zip aa-complain aa-enforce aa-status apparmor_parser apt-cache apt-mark ausearch blkid chattr chroot chrt dpkg-reconfigure fallocate fdisk findmnt firewall-cmd getenforce getfacl
    growpart ionice iptables last ldconfig logrotate losetup lsattr lscpu lspci lsusb mkfs.ext4 mkswap nc nft nsenter parted pidof prlimit resize2fs restorecon
    alias dd groupmod perl ssh-add ssh-copy-id ssh-keyscan update-alternatives wait
    semanage sestatus setenforce setfacl setsebool ssh-keygen swapoff taskset tune2fs ufw unshare usermod visudo xfs_growfs";

/// The native question that answers a command, where there is one.
fn probe(text: &str) -> Option<Probe> {
    let plain = bounded(text).unwrap_or_else(|| text.to_owned());
    let proof = ReadOnly::prove(&placeholder::plain(&plain)).ok()?;
    Look::new(proof, std::time::Duration::ZERO).probe().cloned()
}

fn commands(section: &Section) -> impl Iterator<Item = (&Step, &str)> {
    variables::steps(section).filter_map(|s| match &s.kind {
        StepKind::Command(text) => Some((s, text.as_str())),
        _ => None,
    })
}

/// The programs of a line; its placeholders are no redirections.
fn programs_of(text: &str) -> Vec<String> {
    programs(&placeholder::plain(text))
}

/// How many commands of a collection use each program.
pub(super) fn tools(runbooks: &[Runbook]) -> HashMap<String, usize> {
    let mut used = HashMap::new();
    for (_, text) in runbooks.iter().flat_map(|r| &r.sections).flat_map(commands) {
        for name in programs_of(text) {
            *used.entry(name).or_default() += 1;
        }
    }
    used
}

/// Commands whose program is neither common nor the author's everyday one.
pub(super) fn rare_tools(section: &Section, used: &HashMap<String, usize>) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    for (step, text) in commands(section) {
        for name in programs_of(text) {
            let path = name.contains(['/', '$', '<', '=', '(', '{']) || name.starts_with('-');
            let known = path
                || COMMON.split_whitespace().any(|c| c == name)
                || used.get(&name).is_some_and(|n| *n >= USUAL)
                || probe(text).is_some()
                || subject(section, &name)
                || where_from(section, &name);
            if !known {
                found.push(warn(
                    step.line,
                    "rare-tool",
                    format!("`{name}` is not on most hosts: say how to install {name}, or name another way to see it"),
                ));
            }
        }
    }
    found
}

/// Steps that never end, and that nothing here bounds.
pub(super) fn endless(section: &Section) -> Vec<Problem> {
    let never = |text: &str| judge_open(text).flags.endless && bounded(text).is_none() && probe(text).is_none();
    let checks =
        section.checks.iter().chain(&section.verification).map(|c| (&c.step, "endless-check", "the check never ends"));
    let fixes = section.fixes.iter().flat_map(|f| &f.steps).map(|s| (s, "endless-step", "the fix never ends"));
    let each = checks.chain(fixes).filter_map(|(step, rule, so)| match &step.kind {
        StepKind::Command(text) if never(text) => {
            let text = shorten(text, 60);
            let message =
                format!("`{text}` does not end by itself, so {so}: bound it, with `timeout 10`, `-n 1` or `head`");
            Some(warn(step.line, rule, message))
        }
        _ => None,
    });
    each.collect()
}

/// Placeholders that no check fills and no sentence explains.
pub(super) fn placeholders(section: &Section) -> Vec<Problem> {
    let mut found = Vec::new();
    let probes: Vec<Probe> = section
        .checks
        .iter()
        .filter_map(|c| if let StepKind::Command(t) = &c.step.kind { probe(t) } else { None })
        .collect();
    for (step, _) in commands(section) {
        for wanted in variables::open(section, step) {
            if !fills(&probes, wanted.kind) && !explains(section, step, &wanted) {
                found.push(warn(
                    step.line,
                    "unfillable-placeholder",
                    format!(
                        "no check fills `{}` and no sentence says what it is: say where it is found, or add a check that shows it",
                        wanted.text
                    ),
                ));
            }
        }
    }
    found
}

fn fills(probes: &[Probe], kind: PlaceholderType) -> bool {
    probes.iter().any(|probe| match kind {
        PlaceholderType::Pid => matches!(probe, Probe::Listening { .. }),
        PlaceholderType::Container | PlaceholderType::Service => {
            matches!(probe, Probe::Containers { .. } | Probe::Stats { .. })
        }
        _ => false,
    })
}

/// Whether the words of a placeholder stand in what the section says.
fn explains(section: &Section, step: &Step, wanted: &Placeholder) -> bool {
    let words: Vec<String> = wanted
        .name
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 1 && !matches!(*w, "your" | "the" | "of" | "name" | "id"))
        .map(str::to_owned)
        .collect();
    // What everybody knows of the own system explains itself, and so do three words.
    use PlaceholderType::{Container, Host, Path, Port, Service, Url};
    let plain = matches!(wanted.kind, Container | Host | Path | Port | Service | Url);
    plain
        || words.len() >= 3
        || words.is_empty()
        || wanted.text.starts_with("your-")
        || step.title.as_deref().is_some_and(|t| has_all(t, &words))
        || has_all(&said(section), &words)
        || commands(section).any(|(_, text)| !text.contains(&wanted.text) && shows(text, &words))
}

/// Whether a command shows what the words name: a column, a field, the processes.
fn shows(text: &str, words: &[String]) -> bool {
    let looks = |tools: &[&str]| programs_of(text).iter().any(|p| tools.contains(&p.as_str()));
    words.iter().all(|w| match w.as_str() {
        "pid" => {
            text.to_lowercase().contains("pid") || looks(&["ps", "pgrep", "ss", "lsof", "fuser", "top", "netstat"])
        }
        "uid" | "gid" | "user" | "group" => looks(&["id", "ls", "stat", "getent"]),
        "device" | "disk" | "partition" => looks(&["lsblk", "blkid", "df", "findmnt", "mount", "fdisk"]),
        "mount" | "point" | "mountpoint" => looks(&["df", "findmnt", "mount", "lsblk"]),
        "interface" => looks(&["ip", "nmcli", "ifconfig", "networkctl"]),
        word => text.to_lowercase().contains(word),
    })
}

fn has_all(text: &str, words: &[String]) -> bool {
    let lower = text.to_lowercase();
    words.iter().all(|w| lower.contains(w.as_str()))
}

/// Whether a section is about a program, or about what the program belongs to: `redis-check-aof` in one on Redis.
/// Who has that problem has the program.
fn subject(section: &Section, program: &str) -> bool {
    let symptoms = section.symptoms.iter().map(|s| s.text.as_str());
    let about = section.heading_path.iter().chain(&section.aliases).map(String::as_str).chain(symptoms);
    let program = program.to_lowercase();
    let names = |word: &str| {
        word == program || word.len() > 2 && program.strip_prefix(word).is_some_and(|t| t.starts_with(['-', '_']))
    };
    about
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_'))
        .any(|word| names(&word.to_lowercase()))
}

/// Whether a sentence says where a program comes from.
fn where_from(section: &Section, program: &str) -> bool {
    let text = said(section).to_lowercase();
    let program = program.to_lowercase();
    let tells = |s: &str| s.contains(&program) && (s.contains("install") || s.contains("package"));
    text.split(['.', '\n']).any(tells)
}

/// What a section says in words.
fn said(section: &Section) -> String {
    let mut text = format!("{}\n{}", section.title, section.prose);
    for fix in &section.fixes {
        text.push('\n');
        text.push_str(&format!("{} {}", fix.title, fix.explanation));
    }
    for check in section.checks.iter().chain(&section.verification).filter(|c| c.title != c.step.text()) {
        text.push('\n');
        text.push_str(&check.title);
    }
    for step in variables::steps(section) {
        text.push('\n');
        text.push_str(step.title.as_deref().unwrap_or_default());
        if let StepKind::Instruction(words) = &step.kind {
            text.push_str(words);
        }
    }
    text
}

/// Settings that compose passes to no service, so that writing them changes nothing.
pub(super) fn settings(section: &Section, around: &Surroundings<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    for step in section.fixes.iter().flat_map(|f| &f.steps) {
        let StepKind::Setting(settings) = &step.kind else { continue };
        for setting in settings {
            if (around.passed)(&setting.key).is_some_and(|services| services.is_empty()) {
                found.push(warn(
                    step.line,
                    "setting-not-passed",
                    format!(
                        "compose passes `{}` to no service, so the setting changes nothing: add it to the service's environment first",
                        shorten(&setting.key, 60)
                    ),
                ));
            }
        }
    }
    found
}
