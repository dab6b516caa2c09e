//! Programs about the host: processes, kernel, hardware, users, clocks.
//! It never lets through a word that starts, stops or sets something.

use super::options::Given;
use super::{Asked, Call, ENDLESS, EVIDENCE, HEAVY, Mark, Rule, SECRETS};

pub(super) const RULES: &[Rule] = &[
    Rule::only_reads("ps", "it only lists processes", "*").takes_anything()
        .words(|asked, _| {
            let shows = |a: &String| !a.starts_with('-') && a.len() <= 6 && a.contains('e') && a.chars().all(|c| c.is_ascii_lowercase());
            asked.args.first().filter(|a| shows(a)).map(|_| Call::reads("").flagged(SECRETS))
        })
        .must(&["ps aux", "ps -ef", "ps eww", "ps -eo pid,ppid,cmd --sort=-%mem", "ps -p 1 -o args="]),
    Rule::only_reads("pgrep|pidof|pstree|pmap|lsns|lslocks|ipcs|lsof", "it only lists processes", "*")
        .words(|asked, given| match asked.name {
            "pmap" => given.any(&["n", "N", "create-rc", "create-rc-to"]).map(|o| Call::changes(o, "it writes a settings file")),
            "lsof" if asked.args.iter().any(|a| a.starts_with('-') && !a.starts_with("-i") && a.contains('D')) => {
                Some(Call::changes("-D", "it writes a cache file"))
            }
            "lsof" if given.any(&["r"]).is_some() => Some(Call::reads("").flagged(ENDLESS)),
            _ => None,
        })
        .must(&["lsof -i :8000", "pgrep -af model.py", "pidof nginx", "lsof -nP -iTCP -sTCP:LISTEN", "pstree -p", "lsns -t net"])
        .must_not(&["lsof -D b", "lsof -nDb", "pmap -N f 1", "pmap -n 1"]),
    Rule::only_reads("fuser", "it only lists who has a file open", "-avmMuncs46: all mount user verbose namespace= silent")
        .marks(&[Mark::destroys("-k kill", "it kills every process that has the file open")])
        .must(&["fuser 8000/tcp", "fuser -vm /mnt"])
        .must_not(&["fuser -k /dev/nvidia0", "fuser -km /mnt", "fuser -SIGTERM x", "fuser --k x"]),
    Rule::only_reads("free|uptime|lscpu|lsmod|lspci|lsusb|lsipc|numastat|locale|getconf|sestatus|getenforce|aa-status|modinfo|cpuid|ras-mc-ctl", "it only shows the host", "-abBcdDeFghHiJkKlmMnNopPqrsStTuvwxyzLC:0 bytes kilo mega giga human si total wide pretty since seconds= count= status mib gib all parse= json version summary errors field= kernel-nn nn")
        .words(|asked, given| (asked.name == "free" && given.any(&["s", "seconds"]).is_some() && given.any(&["c", "count"]).is_none()).then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["free -h", "uptime -p", "lsmod", "lspci -nnk", "lscpu", "free -m -s 1", "modinfo nvidia"])
        .must_not(&["free --nonsense"]),
    Rule::changes("nvcc", "it builds a program").must(&["nvcc --version"]).must_not(&["nvcc x.cu"]),
    Rule::only_reads("vmstat|iostat|mpstat|nfsiostat|nfsstat|dstat|ifstat", "it only measures", "-abcdDefhijklmnNpPqrstTuUvVwxyzAI:S:o:0123456 human all net=? cpu disk")
        .words(|asked, given| match asked.name {
            "ifstat" if given.any(&["s"]).is_none() => Some(Call::changes("ifstat", "it keeps a file of what it saw; with `-s` it does not")),
            "nfsstat" => given.any(&["z", "Z"]).map(|o| Call::changes(o, "it sets the counters to nothing")),
            "dstat" if given.any(&["o"]).is_some() => Some(Call::destroys("-o", "it writes a file")),
            _ => interval(asked, given),
        })
        .must(&["vmstat 1 5", "iostat -xz 1 3", "mpstat -P ALL 1 1", "vmstat 1"])
        .must_not(&["nfsstat -z", "dstat --output f"]),
    Rule::only_reads("sar|pidstat", "it only measures", "-AbBdFHIqrRSuvVWwyhlptTUkZjP:n:i:m:C:G:f?s? human dev= iface=")
        .marks(&[Mark::destroys("-o?", "it writes a file")])
        .words(|asked, given| match asked.name {
            "pidstat" if given.any(&["e"]).is_some() => Some(Call::changes("-e", "it runs a program")),
            _ => interval(asked, given),
        })
        .must(&["sar -q -f /var/log/sa/sa10", "sar -n DEV 1 5", "sar -u 1 5", "pidstat 1 3", "sar -r", "pidstat -p 12"])
        .must_not(&["sar -o f 1 5", "pidstat -e rm x", "sar -of 1"]),
    Rule::only_reads("top|atop|iotop", "it only shows processes", "-bcHiSoPaqtkn:d:p:u:U:o:E:w?1e: batch iter= delay= processes accumulated")
        .words(|asked, given| match (asked.name, given.any(&["w", "P", "b", "n", "iter"])) {
            ("atop", Some("-w")) => Some(Call::destroys("-w", "it writes a file")),
            ("top", _) if given.any(&["n"]).is_some() => None,
            ("iotop", _) if given.any(&["n", "iter"]).is_some() => None,
            _ => Some(Call::reads("").flagged(ENDLESS)),
        })
        .must(&["top -b -n 1", "top", "top -bn1 -o %MEM", "iotop -b -n 3"])
        .must_not(&["atop -w f 1"]),
    Rule::changes("htop|btop|glances|nmon|powertop|iftop|nethogs|bpytop|ctop|lazydocker|k9s", "it is a screen on which things can be changed").must_not(&["htop", "k9s"]),
    Rule::only_reads("last|lastb|w|who|finger|lslogins|lastlog2", "it only shows who was here", "-adFwxiRnN:f:s:t:p:hHuTbqrml#c limit= since= until= fulltimes").must(&["last -n 20", "w", "who -b", "last -x reboot", "lslogins"]),
    Rule::only_reads("lastlog", "it only shows who was here", "-u:t:b: user= time= before=").must(&["lastlog -u root"]).must_not(&["lastlog -C -u root", "lastlog --clear"]),
    Rule::only_reads("getent|printenv|ausearch|aureport", "it only looks up", "*")
        .words(|asked, _| match asked.name {
            "ausearch" => asked.args.iter().find(|a| a.starts_with("--ch")).map(|o| Call::changes(o, "it writes where it got to")),
            "printenv" => Some(Call::reads("").flagged(SECRETS)),
            "getent" if asked.args.iter().any(|a| a == "shadow" || a == "gshadow") => Some(Call::reads("").flagged(SECRETS)),
            _ => None,
        })
        .must(&["getent hosts redis", "printenv PATH", "ausearch -m avc -ts recent"])
        .must_not(&["ausearch --checkpoint f -m avc"]),
    Rule::reads("ulimit", "it only shows limits", "-aHScdefilmnpqrstuvxPRTb")
        .words(|_, given| given.words.first().map(|w| Call::changes(w, "it sets a limit")))
        .must(&["ulimit -n", "ulimit -a"])
        .must_not(&["ulimit -n 10", "ulimit -c unlimited"]),
    Rule::own("kill|pkill|killall|skill|tgkill|xkill", kill)
        .must(&["kill -0 1234", "pkill -0 nginx", "kill -l", "kill -s 0 12", "killall -l"])
        .must_not(&["kill 1234", "kill -9 1234", "kill -3 1", "pkill -f x", "killall nginx", "kill -0 12 -9 13", "kill", "kill -9 -1", "pkill -l -9 x", "pkill -0 -9 nginx", "kill -s 0 -9 12"]),
    Rule::only_reads("dmesg", "it only shows kernel messages", "-HkTxeLPrStuadpjl:f:F:K: human kernel ctime decode reltime color=? nopager raw level= facility= time-format= since= until= userspace follow-nothing noescape force-prefix json")
        .marks(&[
            Mark::erases("-cC clear read-clear", "it clears the kernel's messages"),
            Mark::changes("-n:DE console-level= console-on console-off", "it sets what the console shows"),
            Mark::flag("-wW follow follow-new", ENDLESS),
        ])
        .must(&["dmesg", "dmesg -T --level=err,warn", "dmesg -w", "dmesg -H"])
        .must_not(&["dmesg -c", "dmesg -C", "dmesg -n 1", "dmesg --clear", "dmesg -Tc", "dmesg --read-c", "dmesg -E"]),
    Rule::reads("sysctl", "it only shows values of the kernel", "-aAnNexrqdbX all values names ignore pattern= binary quiet")
        .marks(&[Mark::changes("-wpf? write load=? system", "it sets values of the kernel")])
        .words(|_, given| given.words.iter().find(|w| w.contains('=')).map(|w| Call::changes(w, "it sets a value of the kernel")))
        .must(&["sysctl fs.inotify.max_user_watches", "sysctl -a", "sysctl -n vm.swappiness", "sysctl -a --pattern net"])
        .must_not(&["sysctl vm.swappiness=10", "sysctl -w a=1", "sysctl -p", "sysctl --system", "sysctl -p /x", "sysctl -q vm.swappiness=1"]),
    Rule::reads("date", "it only shows the time", "-uRd:r:f:I? date= reference= file= utc universal iso-8601=? rfc-3339= rfc-email debug")
        .marks(&[Mark::changes("-s: set=", "it sets the clock")])
        .words(|_, given| given.words.iter().find(|w| !w.starts_with('+')).map(|w| Call::changes(w, "it sets the clock")))
        .must(&["date", "date +%s", "date -u '+%F'", "date -d '1 hour ago'", "date --iso-8601=seconds"])
        .must_not(&["date 11240030", "date -s now", "date --set=x", "date --se now", "date -us 12:00"]),
    Rule::reads("hostname|domainname|dnsdomainname", "it only shows the host's name", "-aAdfiIsyvF_ all-fqdns all-ip-addresses alias domain fqdn long ip-address short")
        .words(|_, given| given.words.first().map(|w| Call::changes(w, "it sets the host's name")).or_else(|| given.any(&["F"]).map(|o| Call::changes(o, "it sets the host's name"))))
        .must(&["hostname", "hostname -I", "hostname -f"])
        .must_not(&["hostname web1", "hostname -F f", "hostname -b", "hostname --file f"]),
    Rule::reads("hwclock", "it only shows the clock", "-rvul show get verbose utc localtime").needs("-r show get").must(&["hwclock -r", "hwclock --show"]).must_not(&["hwclock -w", "hwclock --systohc", "hwclock -s", "hwclock"]),
    Rule::reads("mokutil", "it only shows the keys of secure boot", "sb-state list-enrolled list-new").needs("sb-state list-enrolled list-new").must(&["mokutil --sb-state"]).must_not(&["mokutil --import x", "mokutil"]),
    Rule::reads("sensors", "it only measures", "-AufjUc:").takes_words().must(&["sensors", "sensors -u"]).must_not(&["sensors -s", "sensors --set"]),
    Rule::reads("nvidia-smi", "it only asks the card", "~ L q d= i= query list-gpus display= id= query-gpu= query-compute-apps= query-accounted-apps= query-supported-clocks= format= x s= c= o= m= n= h help u")
        .marks(&[Mark::flag("l= loop= lms= loop-ms=", ENDLESS), Mark::destroys("f= filename=", "it writes a file")])
        .words(nvidia)
        .must(&["nvidia-smi", "nvidia-smi -L", "nvidia-smi --query-gpu=memory.used --format=csv", "nvidia-smi -q -d POWER", "nvidia-smi dmon -s pucvmet -c 5", "nvidia-smi -l 1", "nvidia-smi topo -m", "nvidia-smi -i 0 -q", "nvidia-smi pmon", "nvidia-smi nvlink -s", "nvidia-smi --query-gpu=power.draw --format=csv,noheader -i 0"])
        .must_not(&["nvidia-smi -pl 200", "nvidia-smi --gpu-reset", "nvidia-smi -pm 1", "nvidia-smi -f x", "nvidia-smi -r", "nvidia-smi -i 0 -pl 200", "nvidia-smi drain -p 0", "nvidia-smi -q -f x", "nvidia-smi mig -cgi 9", "nvidia-smi -rgc", "nvidia-smi -e 0"]),
    Rule::reads("ipmitool|ipmi-sel", "it only asks the controller", "+ -I:H:U:P:L:vc")
        .words(|_, given| {
            let words: Vec<&str> = given.words.iter().take(2).copied().collect();
            let reads = matches!(words.as_slice(), ["sdr" | "sensor" | "fru"] | ["sel" | "sdr" | "sensor" | "fru" | "user", "list" | "elist" | "info" | "print"] | ["chassis" | "power", "status"] | ["mc", "info"] | ["lan", "print"]) || matches!(given.words.as_slice(), ["dcmi", "power", "reading" | "get_limit"]);
            (!reads).then(|| match words.as_slice() {
                ["sel", "clear"] => Call::destroys("clear", "it erases the log of the hardware").flagged(EVIDENCE),
                words => Call::changes(words.last().unwrap_or(&"ipmitool"), "it acts on the hardware"),
            })
        })
        .must(&["ipmitool dcmi power reading", "ipmitool sel list", "ipmitool chassis status", "ipmitool sensor"])
        .must_not(&["ipmitool sel clear", "ipmitool power cycle", "ipmitool chassis power off", "ipmitool", "ipmitool dcmi power activate"]),
    Rule::changes("strace|ltrace|gdb|lldb|perf|jmap|jstack|jcmd|jinfo|py-spy|bpftrace|bcc|rr|pstack|gcore|gstack|eu-stack|trace-cmd|stap|arthas", "it stops or slows the process it looks at")
        .flags(HEAVY)
        .must_not(&["strace -p 1", "gdb -p 1", "jmap -histo:live 1", "perf record -a", "strace ls", "gcore 12"]),
    Rule::only_reads("jps|jstat", "it only asks a JVM", "-lmvqgcutilh:t").words(interval).must(&["jps -lv", "jps"]),
    Rule::reads("chronyc", "it only asks the clock's service", "-ncah:w46v")
        .words(|_, given| match given.verb() {
            "tracking" | "sources" | "sourcestats" | "ntpdata" | "activity" | "serverstats" | "rtcdata" | "selectdata" => None,
            "" => Some(Call::changes("chronyc", "it opens a prompt for any command")),
            verb => Some(Call::changes(verb, "it can set the clock or its service")),
        })
        .must(&["chronyc tracking", "chronyc -n sources", "chronyc sources -v", "chronyc -c tracking"])
        .must_not(&["chronyc makestep", "chronyc", "chronyc burst 4/4", "chronyc -m tracking makestep", "chronyc -c makestep tracking"]),
    Rule::reads("ntpq", "it only asks the clock's service", "-npc:wu46 peers")
        .words(|_, given| match given.verb() {
            "" if given.values(&["c"]).any(|c| !matches!(c, "peers" | "pe" | "rv" | "as" | "associations" | "sysinfo" | "kerninfo")) => {
                Some(Call::changes("-c", "this command can set the clock's service"))
            }
            "" if given.any(&["p", "peers", "c"]).is_some() => None,
            "" => Some(Call::changes("ntpq", "it opens a prompt for any command")),
            verb => Some(Call::changes(verb, "it can set the clock or its service")),
        })
        .must(&["ntpq -p", "ntpq -pn"])
        .must_not(&["ntpq -c 'config x'", "ntpq"]),
    Rule::reads("prlimit", "it only shows limits", "-p:o:cdefilmnqrstuvxyS? pid= output= noheadings raw verbose nofile=? nproc=? core=? as=? memlock=? stack=?")
        .needs("-p: pid=")
        .words(|_, given| {
            let sets = given.options.iter().find(|o| o.value.is_some() && !matches!(o.name.as_str(), "p" | "o" | "pid" | "output"));
            sets.map(|o| Call::changes(&o.shown, "it sets a limit")).or_else(|| given.words.first().map(|w| Call::changes(w, "it runs a program")))
        })
        .must(&["prlimit --pid 1", "prlimit -p 1 --nofile"])
        .must_not(&["prlimit --pid 1 --nofile=5", "prlimit -n5 -p 1", "prlimit -p 1 rm x", "prlimit ls"]),
    Rule::reads("stty", "it only shows how the terminal is set", "-agF: all save").needs("-ag all save").words(|_, given| given.words.first().map(|w| Call::changes(w, "it sets the terminal"))).must(&["stty -a"]).must_not(&["stty raw", "stty", "stty -a raw"]),
    Rule::changes("ntpdate|adjtimex|renice|modprobe|insmod|rmmod|depmod|dkms|kexec|swapctl|loadkeys|setterm|reset|clear|tput|chvt|rfkill|cpupower|tuned-adm|setenforce|setsebool|semanage|auditctl|aa-enforce|aa-complain|nvidia-ctk|nvidia-persistenced|needrestart|rpm-ostree|update-grub|grub-install|grubby|update-initramfs|dracut|mkinitcpio|efibootmgr|zramctl|useradd|userdel|usermod|groupadd|groupdel|groupmod|adduser|deluser|passwd|chpasswd|chsh|chfn|gpasswd|newgrp|ssh-copy-id|ssh-agent|kinit|kdestroy", "it changes the host, its kernel or its users")
        .must(&["passwd --help"])
        .must_not(&["renice 5 1", "modprobe x", "rmmod nvidia", "useradd x", "passwd root", "setenforce 0", "ntpdate x"]),
    Rule::destroys("reboot|shutdown|poweroff|halt|init|telinit", "it stops the whole machine").flags(EVIDENCE).must_not(&["reboot", "shutdown -h now", "init 6", "halt -p"]),
];

/// `vmstat 1` never ends, `vmstat 1 5` does.
pub(super) fn interval(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let numbers = given.words.iter().filter(|w| w.chars().all(|c| c.is_ascii_digit())).count();
    (numbers == 1).then(|| Call::reads("").flagged(ENDLESS))
}

fn kill(asked: &Asked<'_>) -> Call {
    let operands = |words: &[String]| {
        words.iter().all(|w| !w.starts_with('-') || asked.name == "pkill" && matches!(w.as_str(), "-f" | "-x"))
    };
    match asked.args {
        [list] | [list, ..]
            if matches!(list.as_str(), "-l" | "-L") && asked.name != "pkill" && asked.args.len() <= 2 =>
        {
            Call::reads("it lists the names of signals")
        }
        [zero, rest @ ..] if zero == "-0" && !rest.is_empty() && operands(rest) => {
            Call::reads("it only asks whether a process exists")
        }
        [s, zero, rest @ ..] if s == "-s" && zero == "0" && !rest.is_empty() && operands(rest) => {
            Call::reads("it only asks whether a process exists")
        }
        args if args.last().is_some_and(|a| a == "-1") => Call::destroys("-1", "it signals every process"),
        args if args.iter().any(|a| matches!(a.as_str(), "-9" | "-KILL" | "-SIGKILL")) => {
            Call::changes("-9", "it ends processes at once; what they had not written is lost")
        }
        _ => Call::changes(asked.name, "it signals or stops processes"),
    }
}

fn nvidia(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    match given.verb() {
        "" => given.any(&["c", "s", "m", "n", "o"]).map(|o| Call::changes(o, "this option sets something on the card")),
        "dmon" | "pmon" if given.any(&["c"]).is_some() => None,
        "dmon" | "pmon" => Some(Call::reads("").flagged(ENDLESS)),
        "topo" | "nvlink" if given.any(&["m", "s", "c", "i", "n"]).is_some() => None,
        verb => Some(Call::changes(verb, "this verb can set something on the card")),
    }
}
