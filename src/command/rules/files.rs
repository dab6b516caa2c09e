//! Programs that look at files and those that change them.
//! It never lets through an option that deletes, writes or runs something.

use super::{Asked, Call, EVIDENCE, HEAVY, Mark, Rule, options};
use crate::command::effect::Effect;
use crate::command::shell::Open;

pub(super) const RULES: &[Rule] = &[
    Rule::only_reads(
        "ls|dir|vdir|exa|eza|ll",
        "it only lists files",
        "-aAbBcCdfFgGhHiklLmnNopqQrRsStuUvxXZ1I:w:T:D all almost-all author block-size= color=? directory classify=? file-type format= full-time group-directories-first no-group human-readable si dereference inode numeric-uid-gid literal quote-name reverse recursive size sort= time= time-style= context zero hide= ignore=",
    ).takes_anything()
    .must(&["ls -la /export/foscam/", "ls", "ls -lhtr --color=auto /var/log", "ls -1 /proc/*/cwd", "ls *.log"])
    .must_not(&["ls --nonsense", "LD_PRELOAD=./x.so ls"]),
    Rule::only_reads("stat|namei|getfacl|lsattr|getfattr|getcap", "it only shows what files are", "-aAcdeElLmnoprRtvVx:f:hP:X: format= printf= terse dereference file-system absolute-names recursive tabular numeric access default").takes_anything()
        .must(&["stat x", "stat -c '%U %a' /x", "getfacl /x", "namei -l /a/b", "lsattr x"]),
    Rule::only_reads("du|df|ncdu", "it only measures files", "-aAbBcDhHiklLmPsSxtTvd:0X: all apparent-size block-size= bytes total human-readable si inodes local max-depth= one-file-system summarize time=? type= exclude-type= exclude= output=? print-type portability separate-dirs threshold=").takes_anything()
        .words(|asked, _| (asked.name == "ncdu").then(|| Call::changes("ncdu", "it is a screen on which files can be deleted")))
        .must(&["df -h", "du -sh /var/lib/docker", "df -hT --output=source,pcent", "du -xh --max-depth=1 /var", "df -i"])
        .must_not(&["ncdu /", "du --files0-from=x"]),
    Rule::only_reads("which|whereis|locate|mountpoint|tree|whatis|apropos", "it only looks for files", "-abBmMsSfudqxapCghilnrtDFJLPINcXe#: all quiet noreport dirsfirst limit= ignore-case basename count")
        .marks(&[Mark::destroys("-o: output=", "it writes what it found into a file")])
        .must(&["which redis-cli", "tree -L 2 /etc", "mountpoint /data", "locate -i x"])
        .must_not(&["tree -o x", "tree --fromfile x", "tree -o /etc/motd ."]),
    Rule::only_reads("file", "it only says what a file is", "-bhikLNnprsSzZ0dEFm:e:P: brief mime mime-type mime-encoding dereference no-dereference special-files uncompress separator=")
        .must(&["file x", "file -bi x", "file -s x"])
        .must_not(&["file -C -m x", "file -f x", "file --compile -m x"]),
    Rule::own("find", find)
        .takes_words()
        .must(&[
            "find . -name '*.log' -mtime +7",
            "find /x -type f -size +100M -exec ls -l {} +",
            "find . -maxdepth 2 -print0",
            "find /var/log/*.log -mtime +1",
            "find . -type f -printf '%s %p\\n'",
            "find / -xdev -exec sudo stat {} \\;",
        ])
        .must_not(&[
            "find . -name core -delete",
            "find . -name '*.log' -fprintf x '%p'",
            "find . -exec rm {} \\;",
            "find . -ok rm {} \\;",
            "find . -fls x",
            "find . -exec sh -c 'rm $1' _ {} \\;",
            "find . -fprint0 x",
            "find . -name x -exec ls {} \\; -exec rm {} \\;",
            "find . -name *.log",
            "find . -execdir {} \\;",
            "find . -newflag",
            "find . -okdir ls {} \\;",
        ]),
    Rule::destroys("rm|unlink|rmdir|shred|srm|wipe|trash", "it deletes files").flags(EVIDENCE).must(&["rm --version"]).must_not(&["rm x", "rm -rf /", "shred x"]),
    Rule::destroys("truncate|fallocate", "it cuts a file").flags(EVIDENCE).must_not(&["truncate -s 0 log", "fallocate -p x"]),
    Rule::destroys("mv|cp|install|rename|patch|unzip|7z|scp|sftp|ftp|lftp|cpio|dcfldd", "it can overwrite files")
        .must(&["cp --help"])
        .must_not(&["cp a b", "mv a b", "scp a h:", "patch -p1", "install -m 644 a b"]),
    Rule::own("rsync", rsync)
        .must(&["rsync -n -av a/ b/", "rsync --dry-run -a --delete a/ b/", "rsync -navz --itemize-changes a h:b"])
        .must_not(&["rsync -a a/ b/", "rsync -n -e 'sh x' a b", "rsync -av --delete a/ b/", "rsync -n --log-file=x a b", "rsync -n --rsync-path=x a h:b"]),
    Rule::changes(
        "ln|chmod|chown|chgrp|touch|mkdir|setfacl|setfattr|chattr|mkfifo|mknod|mktemp|gzip|gunzip|bzip2|bunzip2|xz|unxz|zstd|lz4|zip|ldconfig|setcap|restorecon|chcon|updatedb|link|compress|sync",
        "it changes files or their rights",
    )
    .must(&["chmod --version"])
    .must_not(&["chmod -R 755 /export/foscam/", "touch x", "ln -s a b", "gzip x", "setfacl -m u:1:r x", "sync"]),
    Rule::own("tar|bsdtar", tar)
        .takes_words()
        .must(&["tar -tf a.tar", "tar tzf a.tgz", "tar -tvf a.tar x", "tar --list --file=a.tar"])
        .must_not(&[
            "tar -tf a.tar --checkpoint=1 --checkpoint-action=exec=id",
            "tar -xf a.tar",
            "tar -tf a.tar -I 'sh -c x'",
            "tar czf a.tgz x",
            "tar --to-command=x -tf a",
            "tar -tf a --use-compress-program=x",
            "tar xtf a",
            "tar -cf - /x",
            "tar tfI a.tar 'touch x'",
            "tar tfF a.tar ./x",
            "tar -tf a.tar -T list",
            "tar -tf h:a",
            "tar -tf h:a --rsh-command=x",
        ]),
    Rule::only_reads("unsquashfs|zipinfo|lsar|nm|objdump|readelf|size|rpm2cpio", "it only shows what a file holds", "-tTlhaSsdDCVnrgpxXWLZ1v2m all headers symbols dynamic sections file-headers needed")
        .words(|asked, given| match asked.name {
            "unsquashfs" if given.any(&["s", "l"]).is_none() => Some(Call::changes("unsquashfs", "it unpacks files")),
            _ => given.words.iter().find(|w| w.starts_with('@')).map(|w| Call::changes(w, "it takes further options from a file")),
        })
        .must(&["readelf -h x", "nm -D x", "zipinfo a.zip"])
        .must_not(&["unsquashfs x", "objdump --nonsense x", "nm @f"]),
    Rule::reads("ar", "it only lists an archive", "").words(|_, given| (!matches!(given.verb(), "t" | "tv" | "p")).then(|| Call::changes(given.verb(), "it changes an archive"))).must(&["ar t a.a"]).must_not(&["ar r a.a x"]),
    Rule::changes("ldd", "it can start the program it is asked about").must_not(&["ldd ./vendor-binary"]),
];

fn find(asked: &Asked<'_>) -> Call {
    // Tests and actions that only look, each with the number of words it takes.
    const NONE_TAKEN: &str = "-print -print0 -ls -prune -quit -depth -d -mount -xdev -daystart -follow -empty -nouser -nogroup -readable -writable -executable -noleaf -true -false -not -o -or -a -and -H -L -P -E -X -x -nowarn -warn -ignore_readdir_race -noignore_readdir_race";
    const ONE_TAKEN: &str = "-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size -mtime -mmin -atime -amin -ctime -cmin -newer -anewer -cnewer -newermt -newerct -newerat -newermm -user -group -uid -gid -perm -links -inum -samefile -lname -ilname -maxdepth -mindepth -fstype -used -context -printf -D";
    let mut call = Call::reads("it only looks for files");
    let mut at = 0;
    while let Some(arg) = asked.args.get(at).map(String::as_str) {
        at += 1;
        match arg {
            "-delete" => call = call.and(Call::destroys("-delete", "it deletes what it finds").flagged(EVIDENCE)),
            "-fprint" | "-fprintf" | "-fls" | "-fprint0" => {
                call = call.and(Call::destroys(arg, "it writes into a file"))
            }
            "-ok" | "-okdir" => call = call.and(Call::changes(arg, "it runs a command on what it finds")),
            "-exec" | "-execdir" => {
                let rest = asked.args.get(at..).unwrap_or_default();
                let end = rest.iter().position(|a| a == ";" || a == "+").unwrap_or(rest.len());
                let words = rest.get(..end).unwrap_or_default();
                at += end + 1;
                if words.first().is_none_or(|w| w.contains("{}")) {
                    call = call.and(Call::changes(arg, "it runs what it finds"));
                    continue;
                }
                let added = if words.iter().any(|w| w.contains("{}")) { Open::Words } else { Open::Closed };
                let inner = asked.tail_with(words, added);
                if inner.effect > Effect::Reads {
                    call = call.and(inner);
                } else {
                    call = call.flagged(inner.flags);
                }
            }
            "(" | ")" | "!" | "," => {}
            word if !word.starts_with('-') => {}
            word if NONE_TAKEN.split(' ').any(|known| known == word) || is_level(word) => {}
            word if ONE_TAKEN.split(' ').any(|known| known == word) => at += 1,
            word => call = call.and(Call::changes(word, "this test of find is not known to be harmless")),
        }
    }
    call
}

/// `-O3`.
fn is_level(word: &str) -> bool {
    word.strip_prefix("-O").is_some_and(|n| n.len() == 1 && n.chars().all(|c| c.is_ascii_digit()))
}

fn rsync(asked: &Asked<'_>) -> Call {
    let given = options::read(
        asked.args,
        &[
            "-navzhrlptgoDHAXxuciPqS dry-run archive verbose compress human-readable recursive delete delete-excluded exclude= include= stats itemize-changes progress checksum size-only partial list-only max-size= min-size= bwlimit= info=",
        ],
    );
    match (&given.stranger, given.any(&["n", "dry-run", "list-only"])) {
        (None, Some(_)) => Call::reads("it only says what it would copy").flagged(HEAVY),
        (Some(option), Some(_)) => Call::changes(option, "this option is not known to be harmless in a dry run"),
        (_, None) => Call::destroys("rsync", "it can overwrite and delete files"),
    }
}

fn tar(asked: &Asked<'_>) -> Call {
    const LISTS: &str = "-tvzjJaPZf:C:X: list file= verbose gzip bzip2 xz zstd lzma directory= exclude= auto-compress wildcards no-wildcards numeric-owner full-time";
    // `tar tzf x` is the old way: its letters take their values from the words behind, one after another.
    let old = asked.args.first().filter(|first| !first.starts_with('-'));
    let given = options::read(asked.args.get(usize::from(old.is_some())..).unwrap_or_default(), &[LISTS]);
    let lists = old.is_some_and(|letters| letters.contains('t')) || given.any(&["t", "list"]).is_some();
    let strange = old.and_then(|letters| letters.chars().find(|c| !"tvzjJaPZf".contains(*c))).map(|c| format!("-{c}"));
    match strange.or(given.stranger.clone()) {
        None if lists => {
            match given.values(&["f", "file"]).chain(given.words.first().copied()).find(|f| f.contains(':')) {
                Some(host) => Call::changes(host, "it asks another machine by a program of its own"),
                None => Call::reads("it only lists an archive"),
            }
        }
        Some(option) if lists && !matches!(option.as_str(), "-x" | "-c" | "-r" | "-u" | "-A") => {
            Call::changes(&option, "this option can run a program or write")
        }
        _ => Call::destroys("tar", "it writes an archive, or unpacks over files"),
    }
}
