//! Programs that print and filter text.
//! It never lets through one that can write to a file it is given, or run a program.

use super::options::Given;
use super::{Asked, Call, ENDLESS, Mark, Rule, SECRETS};

pub(super) const RULES: &[Rule] = &[
    Rule::only_reads(
        "cat|tac|nl|zcat|bzcat|xzcat|zstdcat|lz4cat",
        "it only prints files",
        "-AabeEnpstTuvrfqd:h:i:l:w: show-all number number-nonblank show-ends squeeze-blank show-tabs \
        show-nonprinting separator= before",
    )
    .takes_anything()
    .words(names)
    .must(&["cat /proc/sys/fs/inotify/max_user_watches", "zcat a.gz", "cat -n x", "tac x"])
    .must_not(&["cat /dev/watchdog", "cat --nonsense x", "cat /dev/sda"]),
    Rule::only_reads(
        "head",
        "it only prints the start of a file",
        "-n:c:qvz# lines= bytes= quiet silent verbose zero-terminated",
    )
    .takes_anything()
    .words(names)
    .must(&["head -n 5 x", "head -20", "head -c1M x"])
    .must_not(&["head --x f"]),
    Rule::only_reads(
        "tail",
        "it only prints the end of a file",
        "-n:c:s:vqz# lines= bytes= pid= sleep-interval= quiet silent verbose zero-terminated \
        max-unchanged-stats=",
    )
    .takes_anything()
    .marks(&[Mark::flag("-fF follow=? retry", ENDLESS)])
    .words(names)
    .must(&["tail -n 50 x", "tail -f x", "tail -F /tmp/a /tmp/b", "tail +5 x", "tail -n100 -f x"])
    .must_not(&["tail --y x"]),
    Rule::only_reads(
        "wc|cksum|sum",
        "it only counts",
        "-clLmwra: bytes chars lines words max-line-length total= algorithm=",
    )
    .takes_anything()
    .words(names)
    .must(&["wc -l x", "cksum x"]),
    Rule::only_reads(
        "cut|tr|rev|fold|expand|unexpand|paste|join|comm|column|fmt|pr|tsort|shuf|colrm|look",
        "it only prints parts of text",
        "*",
    )
    .marks(&[Mark::destroys("output=", "it writes its result over a file")])
    .words(|asked, given| match given.any(&["o"]) {
        Some(o) if asked.name == "shuf" => Some(Call::destroys(o, "it writes its result over a file")),
        _ => opened(&given.words),
    })
    .must(&["cut -d: -f1 /etc/passwd", "tr -d '\\n'", "column -t", "paste -sd, x", "shuf -n 5 x"])
    .must_not(&["shuf -o x x", "shuf --output=x x"]),
    Rule::only_reads(
        "diff|cmp|sdiff|diff3",
        "it only compares",
        "-abBcdeEfhiI:nNpqrstTuwyU:C:D:F:L:S:W:x:X:# brief unified=? context=? side-by-side ignore-case \
        ignore-all-space ignore-space-change recursive color=? report-identical-files text \
        strip-trailing-cr exclude= suppress-common-lines",
    )
    .marks(&[Mark::destroys("output=", "it writes what is merged into a file")])
    .words(|asked, given| match given.any(&["o"]) {
        Some(o) if asked.name == "sdiff" => Some(Call::destroys(o, "it writes what is merged into a file")),
        _ => opened(&given.words),
    })
    .must(&["diff -u a b", "cmp a b", "diff -r --brief a b"])
    .must_not(&["diff --output=x a b", "sdiff -o x a b"]),
    Rule::only_reads(
        "md5sum|sha1sum|sha224sum|sha256sum|sha384sum|sha512sum|b2sum|base64|base32|od|hexdump|hd|strings|\
        xxhsum|crc32",
        "it only prints what a file holds",
        "*",
    )
    .takes_anything()
    .words(names)
    .must(&[
        "base64 -d x",
        "md5sum -c sums",
        "od -c x",
        "strings -n 8 x",
        "hexdump -C x",
        "base64 --decode",
        "base64 -w0 x",
    ])
    .must_not(&["hexdump -C /dev/sda"]),
    Rule::only_reads(
        "basename|dirname|seq|realpath|readlink|pathchk",
        "it only prints names and numbers",
        "-aefmnqs:vwz# multiple \
        suffix= zero equal-width separator= format= canonicalize canonicalize-existing canonicalize-missing \
        no-newline relative-to=",
    )
    .takes_anything()
    .must(&["basename /a/b .b", "seq 1 10", "seq 5 -1 1", "readlink -f x"]),
    Rule::only_reads("yes", "it prints without end", "").flags(ENDLESS).must(&["yes"]),
    Rule::only_reads(
        "more|less",
        "it only prints",
        "-NSRiIFXrEeMmnsqQwdfgGJKaCuUcxp:# quit-if-one-screen chop-long-lines raw-control-chars LINE-NUMBERS",
    )
    .words(pager)
    .must(&["more x", "less x", "less -S x", "less +F x", "less +G x"])
    .must_not(&["less '+!id' x", "less -o f x", "less -O f", "less -k f x"]),
    Rule::only_reads(
        "jq|gojq|jaq",
        "it only prints parts of JSON",
        "-cCeEjMnrRsSaPr compact-output color-output monochrome-output exit-status join-output null-input \
        raw-input raw-output raw-output0 slurp sort-keys ascii-output tab indent= arg= argjson= slurpfile= \
        rawfile= args jsonargs stream seq unbuffered",
    )
    .words(|asked, given| {
        let environment = |a: &String| a.contains("env.") || a.contains("$ENV");
        opened(&given.words)
            .or_else(|| asked.args.iter().find(|a| environment(a)).map(|_| Call::reads("").flagged(SECRETS)))
    })
    .must(&["jq .file_watcher", "jq -r '.a[] | select(.b)' x", "jq --arg a b .x"])
    .must_not(&["jq --from-file x", "jq -f x"]),
    Rule::only_reads(
        "yq",
        "it only prints parts of YAML",
        "-rPjCMneNo:p: prettyPrint output-format= input-format= raw-output null-input",
    )
    .must(&["yq '.a' f", "yq -r .a f"])
    .must_not(&["yq -i '.a = 1' f", "yq --inplace . f", "yq -s .name f", "yq --split-exp .name f"]),
    Rule::only_reads(
        "iconv|numfmt|cal|ncal|dos2unix",
        "it only prints changed text",
        "-f:t:lcsjm13y# from-code= to-code= list to= from= suffix= header",
    )
    .words(|asked, given| match asked.name {
        "dos2unix" => Some(Call::destroys("dos2unix", "it writes the file in place")),
        _ => opened(&given.words),
    })
    .must(&["iconv -f latin1 -t utf8 x", "numfmt --to=iec 1000"])
    .must_not(&["iconv -o out x", "dos2unix f"]),
    Rule::only_reads(
        "uname|whoami|id|groups|tty|nproc|arch|logname|users|hostid",
        "it only says where and who you are",
        "-amnrsvpioghGnruzZ all kernel-name kernel-release machine nodename user group groups name real \
        ignore=",
    )
    .takes_anything()
    .must(&["uname -a", "id -un", "nproc --all", "whoami"]),
    Rule::only_reads(
        "grep|egrep|fgrep|zgrep|zegrep|zfgrep|xzgrep|bzgrep|rgrep",
        "it only searches text",
        "-EFGPivwxcloqshnHbTUzrRILayuA:B:C:e:f:m:d:D:Z# color=? colour=? include= exclude= exclude-dir= \
        exclude-from= context= after-context= before-context= regexp= file= max-count= only-matching \
        invert-match ignore-case line-number with-filename no-filename no-messages recursive \
        dereference-recursive fixed-strings extended-regexp perl-regexp basic-regexp word-regexp \
        line-regexp count quiet silent files-with-matches files-without-match text binary-files= devices= \
        directories= line-buffered null null-data label= byte-offset initial-tab",
    )
    .takes_anything()
    .words(names)
    .must(&[
        "grep 'rm -rf' deploy.sh",
        "grep -rniE 'a|b' /var/log",
        "grep -5 x f",
        "zgrep x f.gz",
        "grep -A3 -B2 x f",
        "egrep -v '^#' x",
        "df -h | grep /dev/vda1",
        "grep -r --include='*.conf' x /etc",
    ])
    .must_not(&["grep --pre=x y", "grep x /dev/sda"]),
    Rule::reads(
        "rg|ripgrep",
        "it only searches text",
        "-iSsvwxclonNHIuUFPpqahLA:B:C:e:g:t:T:m:r:j:M:E: glob= type= type-not= ignore-case hidden no-ignore \
        no-config files count files-with-matches files-without-match line-number no-line-number context= \
        after-context= before-context= max-count= max-depth= only-matching fixed-strings word-regexp \
        multiline pcre2 sort= sortr= color= no-heading heading no-messages replace= json stats invert-match \
        smart-case",
    )
    .takes_words()
    .must(&["rg -n error x", "rg -i --glob '*.log' foo"])
    .must_not(&["rg --pre ./x foo", "rg --hostname-bin=x foo", "rg -z foo", "rg --pre=sh foo"]),
    Rule::reads(
        "sort",
        "it only sorts",
        "-bdfgiMhnRrVcCmsuzk:t:S: ignore-leading-blanks dictionary-order ignore-case general-numeric-sort \
        human-numeric-sort month-sort numeric-sort random-sort reverse version-sort check=? merge stable \
        unique zero-terminated key= field-separator= buffer-size= parallel= debug",
    )
    .marks(&[
        Mark::destroys("-o: output=", "it writes its result over a file"),
        Mark::changes("compress-program=", "it runs a program"),
    ])
    .takes_words()
    .words(|_, given| opened(&given.words))
    .must(&["sort -rn -k2 f", "sort -u f", "sort -t, -k1,1 f", "sort -h"])
    .must_not(&[
        "sort -uo f f",
        "sort --o=f g",
        "sort --compress-program=./x big",
        "sort --files0-from=x",
        "sort -T /x f",
        "sort f -o g",
        "sort -nrof",
    ]),
    Rule::reads(
        "uniq",
        "it only folds lines that repeat",
        "-cdDiuzf:s:w: count repeated unique ignore-case skip-fields= skip-chars= check-chars= \
        all-repeated=? group=?",
    )
    .words(into_second)
    .must(&["uniq -c", "uniq -c f", "uniq -f 1 x"])
    .must_not(&["uniq a.txt b.txt", "uniq -c a b", "uniq -- a b"]),
    Rule::reads("xxd", "it only prints what a file holds", "-abeEg:iupl:s:c:o:n:d")
        .marks(&[Mark::changes("-r revert", "it writes what it reads back into bytes")])
        .words(into_second)
        .must(&["xxd f", "xxd -l 16 f", "xxd -g 1 f"])
        .must_not(&["xxd in out", "xxd -r in out"]),
    Rule::reads("tee", "it only passes text on", "-aip append ignore-interrupts output-error=?")
        .words(tee)
        .must(&["ls | tee /dev/null", "ls | tee"])
        .must_not(&["ls | tee -", "echo 1 | tee /proc/sys/x", "tee -a f", "ls | tee -i x"]),
    Rule::changes(
        "sponge|split|csplit|logger|wall|write|mail|mailx|sendmail|mesg",
        "it writes files, or to other people",
    )
    .must_not(&["sponge x", "split -l1 --filter=id f", "logger x", "wall hi", "mail -s x y"]),
];

/// `uniq`, `xxd`: the first file is read, a second one is written.
fn into_second(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let out = given.words.get(1).map(|out| Call::destroys(out, "its second file is where it writes"));
    out.or_else(|| opened(&given.words))
}

/// Opening a device can do something to it, and some files hand out each of their lines only once.
pub(super) fn opened(files: &[&str]) -> Option<Call> {
    const TAME: [&str; 8] =
        ["/dev/fd/63", "/dev/null", "/dev/stdin", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/fd/0", "/dev/kmsg"];
    files.iter().find_map(|file| {
        let path = plain_path(file);
        let device = path.starts_with("/dev/") && !path.starts_with("/dev/shm/") && !TAME.contains(&path.as_str());
        if device {
            return Some(Call::changes(file, "opening a device can do something to it"));
        }
        let once = path == "/proc/kmsg" || path.ends_with("/trace_pipe");
        once.then(|| {
            Call::changes(file, "what is read from it is gone for the next who reads").flagged(super::EVIDENCE)
        })
    })
}

/// A path from the root on, without `.`, `..`, doubled slashes, and ways round by `/proc/PID/root`.
fn plain_path(file: &str) -> String {
    if !file.starts_with('/') {
        return file.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
        if let ["proc", _, "root"] = parts.as_slice() {
            parts.clear();
        }
    }
    format!("/{}", parts.join("/"))
}

/// Devices answer to being opened, and names of keys mean secrets.
pub(super) fn names(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    // The first word of a search is its pattern.
    let pattern = asked.name.ends_with("grep") && given.any(&["e", "regexp", "f", "file"]).is_none();
    let files = given.words.get(usize::from(pattern)..).unwrap_or_default();
    if let Some(call) = opened(files) {
        return Some(call);
    }
    let endless = files.iter().any(|w| matches!(*w, "/dev/zero" | "/dev/urandom" | "/dev/random" | "/dev/kmsg"));
    let secret = [
        "/run/secrets/",
        "/etc/shadow",
        "/etc/gshadow",
        ".env",
        "id_rsa",
        "id_ed25519",
        ".pem",
        ".key",
        "/environ",
        ".pgpass",
        ".netrc",
        "kubeconfig",
        "credentials",
        "_password",
    ];
    let secrets = files.iter().any(|w| secret.iter().any(|s| w.contains(s)));
    let call = Call::reads("");
    let call = if endless { call.flagged(ENDLESS) } else { call };
    (endless || secrets).then(|| if secrets { call.flagged(SECRETS) } else { call })
}

/// A pager given commands to start with can be given `!`, which is a shell.
fn pager(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    if let Some(pattern) = given.value(&["p"]).filter(|p| p.contains(char::is_control)) {
        return Some(Call::changes(pattern, "a command given to a pager can be a shell"));
    }
    let Some(plus) = asked.args.iter().find(|a| a.starts_with('+')) else { return opened(&given.words) };
    let place = plus.trim_start_matches('+');
    if place == "F" {
        return Some(Call::reads("").flagged(ENDLESS));
    }
    let harmless = place == "G"
        || place.chars().all(|c| c.is_ascii_digit())
        || place.starts_with('/') && !place.contains(char::is_control) && given.words.len() < 3;
    (!harmless).then(|| Call::changes(plus, "a command given to a pager can be a shell"))
}

fn tee(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let file = given.words.iter().find(|w| !matches!(**w, "/dev/null" | "/dev/stderr" | "/dev/stdout"))?;
    Some(if given.any(&["a", "append"]).is_some() {
        Call::changes(file, "it adds to a file")
    } else if file.starts_with("/proc/") || file.starts_with("/sys/") {
        Call::changes(file, "it sets a value of the kernel")
    } else {
        Call::destroys(file, "it overwrites a file").flagged(super::EVIDENCE)
    })
}
