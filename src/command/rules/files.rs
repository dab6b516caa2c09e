//! Programs that look at files and those that change them.
//! It never lets through an option that deletes, writes or runs something.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &[
            "ls", "stat", "du", "df", "file", "readlink", "realpath", "which", "whereis", "tree", "lsblk", "findmnt",
            "blkid", "namei", "getfacl", "lsattr",
        ],
        judge: look,
        reads: &["ls -la /export/foscam/", "df -h", "du -sh /var/lib/docker", "stat x", "which redis-cli"],
        not: &["tree -o x", "file -C -m x"],
    },
    Rule {
        names: &["find"],
        judge: find,
        reads: &[
            "find . -name '*.log' -mtime +7",
            "find /x -type f -size +100M -exec ls -l {} +",
            "find . -maxdepth 2 -print0",
        ],
        not: &[
            "find . -name core -delete",
            "find . -name '*.log' -fprintf x '%p'",
            "find . -exec rm {} ;",
            "find . -ok rm {} ;",
            "find . -fls x",
        ],
    },
    Rule {
        names: &[
            "rm",
            "shred",
            "unlink",
            "rmdir",
            "truncate",
            "mkfs",
            "mkfs.ext4",
            "mkfs.xfs",
            "wipefs",
            "dd",
            "fdisk",
            "parted",
            "mkswap",
            "srm",
        ],
        judge: destroyer,
        reads: &["fdisk -l", "rm --version"],
        not: &["rm x", "dd if=/dev/zero of=/dev/sda", "truncate -s 0 log", "mkfs.ext4 -L lsblk /dev/sdb1"],
    },
    Rule {
        names: &[
            "mv", "cp", "install", "rsync", "ln", "chmod", "chown", "chgrp", "touch", "mkdir", "setfacl", "chattr",
            "mkfifo", "mktemp", "gzip", "gunzip", "bzip2", "xz", "zip", "unzip", "patch", "ed", "vi", "vim", "nano",
            "emacs", "split", "flock", "ldconfig", "setcap",
        ],
        judge: changer,
        reads: &[],
        not: &[
            "chmod -R 755 /export/foscam/",
            "cp a b",
            "touch x",
            "flock /tmp/l true",
            "mv a b",
            "split -l1 --filter=id f",
        ],
    },
    Rule {
        names: &["tar"],
        judge: tar,
        reads: &["tar -tf a.tar", "tar tzf a.tgz"],
        not: &[
            "tar -tf a.tar --checkpoint=1 --checkpoint-action=exec=id",
            "tar -xf a.tar",
            "tar -tf a.tar -I 'sh -c x'",
            "tar czf a.tgz x",
        ],
    },
    Rule {
        names: &["fsck", "e2fsck", "fsck.ext4", "xfs_repair"],
        judge: fsck,
        reads: &["fsck -n /dev/sda1"],
        not: &["fsck /dev/sda1", "fsck -y /dev/sda1"],
    },
    Rule {
        names: &["mount", "umount", "swapon", "swapoff"],
        judge: mount,
        reads: &["mount", "mount -l", "swapon --show"],
        not: &["mount /dev/sda1 /mnt", "umount /mnt", "swapoff -a"],
    },
    Rule {
        names: &["git"],
        judge: git,
        reads: &["git --version"],
        not: &["git status", "git log --output=f", "git -c alias.x='!id' x", "git stash", "git diff", "git pull"],
    },
];

fn look(asked: &Asked<'_>) -> Call {
    let options = asked.options("");
    let bad: &[&str] = match asked.name {
        "tree" => &["o", "fromfile"],
        "file" => &["C", "compile", "f", "files-from"],
        "blkid" => &["c", "g"],
        _ => &[],
    };
    match options.any(bad) {
        Some(option) => Call::changes(&option, "this option writes a file"),
        None => Call::reads("it only looks at files"),
    }
}

fn find(asked: &Asked<'_>) -> Call {
    for (at, arg) in asked.args.iter().enumerate() {
        match arg.as_str() {
            "-delete" => return Call::destroys("-delete", "it deletes what it finds"),
            "-fprint" | "-fprintf" | "-fls" | "-fprint0" => return Call::destroys(arg, "it writes into a file"),
            "-ok" | "-okdir" => return Call::changes(arg, "it runs a command on what it finds"),
            "-exec" | "-execdir" => {
                let rest = asked.args.get(at + 1..).unwrap_or_default();
                let end = rest.iter().position(|a| a == ";" || a == "+").unwrap_or(rest.len());
                let mut words = vec!["xargs".to_owned()];
                words.extend(rest.get(..end).unwrap_or_default().iter().filter(|w| *w != "{}").cloned());
                let inner = asked.tail(&words);
                if inner.effect > super::Effect::Reads {
                    return Call { token: arg.clone(), ..inner };
                }
            }
            "-files0-from" => return Call::changes(arg, "the places it looks at come from a file"),
            _ => {}
        }
    }
    Call::reads("it only looks for files")
}

fn destroyer(asked: &Asked<'_>) -> Call {
    match asked.args {
        [one] if matches!(one.as_str(), "--version" | "--help") => return Call::reads("it prints its version"),
        [one, ..] if asked.name == "fdisk" && one == "-l" => return Call::reads("it lists disks"),
        _ => {}
    }
    Call::destroys(asked.name, "it deletes or overwrites data").evidence()
}

fn changer(asked: &Asked<'_>) -> Call {
    match asked.args {
        [one] if matches!(one.as_str(), "--version" | "--help") => Call::reads("it prints its version"),
        _ if matches!(asked.name, "cp" | "mv" | "install" | "rsync" | "patch" | "unzip") => {
            Call::destroys(asked.name, "it can overwrite files")
        }
        _ => Call::changes(asked.name, "it changes files or their rights"),
    }
}

fn tar(asked: &Asked<'_>) -> Call {
    let mut words = asked.args.to_vec();
    // `tar tzf` is the old way of writing `tar -tzf`.
    if let Some(first) = words.first_mut()
        && !first.starts_with('-')
    {
        first.insert(0, '-');
    }
    let inner = Asked { name: asked.name, args: &words, depth: asked.depth };
    let options = inner.options("fCTX file directory");
    let lists = options.any(&["t", "list"]).is_some();
    match options.stranger(&[
        "t",
        "list",
        "f",
        "file",
        "v",
        "verbose",
        "z",
        "gzip",
        "j",
        "bzip2",
        "J",
        "xz",
        "zstd",
        "C",
        "directory",
    ]) {
        Some(option) if lists => Call::changes(&option, "this option can run a program or write"),
        _ if lists => Call::reads("it only lists an archive"),
        _ => Call::destroys("tar", "it writes an archive or unpacks over files"),
    }
}

fn fsck(asked: &Asked<'_>) -> Call {
    if asked.has("-n") && !asked.has("-y") && !asked.has("-a") && !asked.has("-p") {
        Call::reads("it only looks at a file system")
    } else {
        Call::destroys(asked.name, "it repairs a file system, which can lose data")
    }
}

fn mount(asked: &Asked<'_>) -> Call {
    match (asked.name, asked.args) {
        ("mount", []) => Call::reads("it lists what is mounted"),
        ("mount", [one]) if one == "-l" => Call::reads("it lists what is mounted"),
        ("swapon", [one]) if matches!(one.as_str(), "-s" | "--show" | "--summary") => Call::reads("it lists swap"),
        _ => Call::changes(asked.name, "it changes what is mounted"),
    }
}

fn git(asked: &Asked<'_>) -> Call {
    match asked.args {
        [one] if one == "--version" => Call::reads("it prints its version"),
        // Even `git status` runs what a repository's own settings name, and rewrites the index.
        [first, ..] => Call::changes(first, "git runs what a repository's own settings say"),
        [] => Call::changes("git", "there is no verb"),
    }
}
