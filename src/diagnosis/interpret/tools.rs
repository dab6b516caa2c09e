//! What the tools of a host print about itself: certificates, names, packages, mounts, interfaces.
//! It never reads an answer whose shape it does not know.

use super::{Said, services};
use crate::diagnosis::{Finding, Kind, Status};
use crate::text::shorten;

/// What the output of a known tool says; `None` where it has no such shape.
pub(super) fn tool(program: &str, words: &[&str], output: &str) -> Option<Said> {
    let has = |word: &str| words.contains(&word);
    match program {
        "systemctl" => services::systemctl(words, output),
        "timedatectl" => services::timedatectl(output),
        "chronyc" => services::chronyc(output),
        "openssl" => openssl(output),
        "dig" => dig(output),
        "lsattr" => lsattr(output),
        "findmnt" => mounts(output, |line| line.split_whitespace().last()),
        "grep" if words.last() == Some(&"/proc/mounts") => mounts(output, |line| line.split_whitespace().nth(3)),
        "lsof" if words.iter().any(|w| w.starts_with("/var/lib/dpkg/lock")) => packages_locked(output),
        "dpkg" if has("-l") || has("--audit") => packages_interrupted(output),
        "find" if words.iter().any(|w| w.contains("reboot-required")) && output.contains("reboot-required") => Some(
            Said::found(Kind::RestartNeeded, "this machine", "it asks for a restart", "An update asks for a restart."),
        ),
        "ip" => ip(words, output),
        _ => None,
    }
}

/// The line that holds `word`, trimmed.
pub(super) fn line<'a>(output: &'a str, word: &str) -> Option<&'a str> {
    output.lines().map(str::trim).find(|l| l.contains(word))
}

/// A look at a certificate: the code of its verification, its end, or why there was no handshake.
fn openssl(output: &str) -> Option<Said> {
    let subject = "the certificate";
    // Without a handshake there is a code too, and it says nothing.
    let code = line(output, "Verify return code: ").filter(|_| !output.contains("Cipher is (NONE)"));
    if let Some(told) = code.and_then(|l| l.split_once("code: ")).map(|(_, v)| v) {
        let code = told.split_whitespace().next().unwrap_or_default();
        let (kind, text) = match code {
            "0" => return Some(Said::ok("it is trusted (code 0)")),
            "9" => (Kind::TlsNotYetValid, "The certificate is not valid yet: perhaps this machine's clock is wrong."),
            "10" => (Kind::TlsExpired, "The certificate has run out."),
            "18" => (Kind::TlsUntrusted, "The certificate is signed by itself, by no authority."),
            "19" => (Kind::TlsUntrusted, "The chain ends at an authority that this machine does not know."),
            "20" | "21" | "2" => {
                (Kind::TlsUntrusted, "A link of the chain is missing, or this machine does not know its authority.")
            }
            "62" => (Kind::TlsWrongName, "The certificate is for another name."),
            _ => (Kind::Certificate, "The certificate is not accepted."),
        };
        return Some(Said::found(kind, subject, shorten(told, 80), text));
    }
    if output.contains("Certificate will not expire") {
        return Some(Said::ok(line(output, "notAfter=").unwrap_or("it will not expire").to_owned()));
    }
    if output.contains("Certificate will expire") {
        let end = line(output, "notAfter=").unwrap_or("it has run out or soon will");
        return Some(Said::found(
            Kind::TlsExpired,
            subject,
            end,
            "The certificate has run out, or does so in the time asked for.",
        ));
    }
    // Where no connection came about, it is no matter of certificates.
    if output.contains("BIO_connect:Connection refused") {
        return Some(Said::found(Kind::HttpRefused, "the port", "connection refused", "Nothing listens at that port."));
    }
    let lines: Vec<String> = output.lines().map(str::to_owned).collect();
    let about =
        |kind| matches!(kind, Kind::TlsNotTls | Kind::TlsNoCommon | Kind::TlsKeyMismatch | Kind::NameUnresolved);
    match super::logs::telling(&lines).filter(|t| about(t.kind)) {
        Some(told) => Some(Said::problem(shorten(&told.line, 100), told.finding("openssl"))),
        // The other side broke the handshake off: it and this side have nothing in common to speak.
        None if output.contains("Cipher is (NONE)") && output.contains(" alert ") => {
            let text =
                "The server breaks the TLS handshake off with an alert: it may speak no version that this side speaks.";
            Some(Said::found(Kind::TlsNoCommon, "the port", "no TLS connection came about", text))
        }
        None if output.contains("Cipher is (NONE)") => Some(Said::new(Status::Problem, "no TLS connection came about")),
        None => None,
    }
}

fn dig(output: &str) -> Option<Said> {
    if ["no servers could be reached", "communications error"].iter().any(|s| output.contains(s)) {
        let local = ["error to 127.", "error to ::1"].iter().any(|s| output.contains(s));
        let (kind, text) = match local {
            true => (Kind::NameLocalDown, "The name service of this machine does not answer."),
            false => (Kind::NameServerSilent, "No name server answers."),
        };
        return Some(Said::found(kind, "the name server", "no name server answers", text));
    }
    let status = line(output, "status: ")?.split_once("status: ")?.1.split(',').next()?;
    let answers = line(output, "ANSWER: ").and_then(|l| l.split_once("ANSWER: ")).map(|(_, n)| n.starts_with("0,"));
    match status {
        "NOERROR" if answers == Some(true) => {
            Some(Said::new(Status::Uncertain, "the name exists, without such a record"))
        }
        "NOERROR" => Some(Said::ok("NOERROR")),
        "NXDOMAIN" => {
            Some(Said::found(Kind::NameUnresolved, "the name", "NXDOMAIN", "The name server knows no such name."))
        }
        "SERVFAIL" | "REFUSED" => {
            let text = format!("The name server answers {status}.");
            Some(Said::found(Kind::NameServerFailed, "the name server", status, text))
        }
        _ => None,
    }
}

fn lsattr(output: &str) -> Option<Said> {
    let flags = output.split_whitespace().next().filter(|f| f.contains('-') && f.len() > 8)?;
    Some(match flags.chars().find(|c| matches!(c, 'i' | 'a')) {
        Some(_) => Said::found(
            Kind::Immutable,
            "the file",
            format!("it is locked ({flags})"),
            "The file is locked by an attribute: not even root may change it.",
        ),
        None => Said::ok("not locked"),
    })
}

/// Mounted file systems that are read-only and should not be: images and media always are.
fn mounts<'a>(output: &'a str, options: impl Fn(&'a str) -> Option<&'a str>) -> Option<Said> {
    const ALWAYS: [&str; 8] = ["squashfs", "iso9660", "erofs", "tmpfs", "ramfs", "overlay", "cgroup", "proc"];
    let stands = |line: &&'a str| options(line).is_some_and(|o| o.split(',').any(|w| w == "ro"));
    let own = |line: &&'a str| !line.split_whitespace().any(|w| ALWAYS.contains(&w) || w.starts_with("nsfs"));
    let found = output.lines().filter(stands).find(own);
    let Some(found) = found else {
        return output
            .lines()
            .any(|l| options(l).is_some_and(|o| o.contains("rw")))
            .then(|| Said::ok("it may be written"));
    };
    let place = found.split_whitespace().find(|w| w.starts_with('/') && !w.starts_with("/dev/")).unwrap_or("it");
    let text = format!("The file system at {place} is read-only.");
    Some(Said::found(Kind::ReadOnly, place, format!("{place} is read-only"), text))
}

fn packages_locked(output: &str) -> Option<Said> {
    let holder =
        output.lines().find(|l| l.contains("/lock") && !l.starts_with("COMMAND") && !l.starts_with("lsof:"))?;
    let mut words = holder.split_whitespace();
    let (name, pid) = (words.next()?, words.next()?);
    pid.parse::<u32>().ok()?;
    let text = format!("{name} (pid {pid}) installs packages now and holds the lock.");
    Some(Said::found(Kind::PackagesLocked, name, format!("{name}, pid {pid}"), text))
}

fn packages_interrupted(output: &str) -> Option<Said> {
    let half = |l: &&str| {
        let state = l.split_whitespace().next().unwrap_or_default();
        let mut chars = state.chars();
        let wanted = chars.next().is_some_and(|c| "uihrp".contains(c));
        wanted
            && matches!(state.len(), 2 | 3)
            && (chars.next().is_some_and(|c| "FUHWt".contains(c)) || state.ends_with('R'))
    };
    let found = output.lines().find(half)?;
    let name = found.split_whitespace().nth(1).unwrap_or("a package");
    let text = format!("The package {name} is half installed.");
    Some(Said::found(Kind::PackagesInterrupted, name, shorten(found, 80), text))
}

/// Interfaces and routes: those that programs make for themselves do not count.
fn ip(words: &[&str], output: &str) -> Option<Said> {
    let about = |names: &[&str]| words.iter().any(|w| names.contains(w));
    if output.contains("Network is unreachable") {
        return Some(Said::found(
            Kind::NoRoute,
            "this machine",
            "no way there",
            "This machine knows no way to that address.",
        ));
    }
    if about(&["neigh", "neighbour", "n"]) {
        let dead = output.lines().find(|l| l.ends_with("FAILED") || l.ends_with("INCOMPLETE"))?;
        let who = dead.split_whitespace().next().unwrap_or("a neighbour");
        let text = format!("{who} does not answer, though it is in a network of this machine.");
        let finding = Finding::new(Kind::HostUnreachable, who, text);
        return Some(Said { findings: vec![finding], ..Said::new(Status::Uncertain, shorten(dead, 80)) });
    }
    if about(&["route", "r"]) && !about(&["get"]) {
        return (!output.trim().is_empty() && !output.lines().any(|l| l.starts_with("default"))).then(|| {
            Said::found(
                Kind::NoRoute,
                "this machine",
                "no default route",
                "This machine has no default route: it reaches its own network alone.",
            )
        });
    }
    if !(about(&["-br", "-brief"]) && about(&["link", "addr", "address", "a", "l"])) {
        return None;
    }
    const MADE: [&str; 7] = ["lo", "docker", "br-", "veth", "virbr", "cni", "tun"];
    let own: Vec<&str> = output.lines().filter(|l| !MADE.iter().any(|m| l.starts_with(m))).collect();
    let state = |l: &&str| l.split_whitespace().nth(1).map(str::to_owned).unwrap_or_default();
    let down = own.iter().find(|l| state(l) == "DOWN").filter(|_| !own.iter().any(|l| state(l) == "UP"))?;
    let name = down.split_whitespace().next().unwrap_or("the interface");
    let text = match down.contains("NO-CARRIER") {
        true => format!("The interface {name} has no signal."),
        false => format!("The interface {name} is down."),
    };
    Some(Said::found(Kind::NoCarrier, name, shorten(down, 80), text))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::diagnosis::interpret) fn told(command: &str, output: &str) -> String {
        let words: Vec<&str> = command.split_whitespace().collect();
        match tool(words[0], &words, output) {
            None => "unknown".into(),
            Some(said) => match said.findings.first() {
                Some(found) => found.fact.name().to_owned(),
                None => format!("{:?}", said.status).to_lowercase(),
            },
        }
    }

    #[test]
    fn certificates_as_openssl_shows_them() {
        let none = "New, (NONE), Cipher is (NONE)\nVerify return code: 0 (ok)";
        let plain = format!("error:0A00010B:SSL routines:ssl3_get_record:wrong version number\n{none}");
        let old = format!("error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version\n{none}");
        for (output, name) in [
            ("New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\n    Verify return code: 0 (ok)", "ok"),
            ("    Verify return code: 18 (self-signed certificate)", "tls.untrusted"),
            ("    Verify return code: 21 (unable to verify the first certificate)", "tls.untrusted"),
            ("    Verify return code: 10 (certificate has expired)", "tls.expired"),
            ("    Verify return code: 9 (certificate is not yet valid)", "tls.not_yet_valid"),
            ("    Verify return code: 62 (hostname mismatch)", "tls.wrong_name"),
            (plain.as_str(), "tls.not_tls"),
            (old.as_str(), "tls.no_common"),
            // Without a handshake the code says nothing.
            (none, "problem"),
            ("subject=CN = a\nnotAfter=Apr  1 00:00:00 2025 GMT\nCertificate will expire", "tls.expired"),
            ("subject=CN = a\nnotAfter=Apr  1 00:00:00 2035 GMT\nCertificate will not expire", "ok"),
            ("subject=CN = a", "unknown"),
            (
                "40E7:error:8000006F:system library:BIO_connect:Connection refused:../bio_sock2.c:117:\nconnect:errno=111",
                "http.refused",
            ),
        ] {
            assert_eq!(told("openssl s_client -connect a:443", output), name, "{output}");
        }
    }

    #[test]
    fn names_packages_mounts_and_interfaces() {
        for (command, output, name) in [
            ("dig a.example.org", ";; communications error to 10.0.0.2#53: timed out", "name.no_answer"),
            ("dig a.example.org", ";; communications error to 127.0.0.53#53: connection refused", "name.local_down"),
            ("dig a.example.org", ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1", "name.unresolved"),
            ("dig a.example.org", ";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1", "name.server_failed"),
            (
                "dig a.example.org",
                ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0",
                "ok",
            ),
            ("dig +short a.example.org", "10.0.0.4", "unknown"),
            ("lsattr -d /etc/resolv.conf", "----i---------e------- /etc/resolv.conf", "file.immutable"),
            ("lsattr -d /tmp", "-----------I--e------- /tmp", "ok"),
            (
                "lsof /var/lib/dpkg/lock-frontend",
                "COMMAND    PID USER   FD   TYPE DEVICE SIZE/OFF   NODE NAME\nunattende 1428 root    3w   REG   0,45        0 382079 /var/lib/dpkg/lock-frontend",
                "packages.locked",
            ),
            ("dpkg -l", "ii  nginx 1.22 amd64 x\niF  knbad 1 all x", "packages.interrupted"),
            ("dpkg -l", "ii  nginx 1.22 amd64 x\nrc  old 1 all x\nhi  held 1 all x", "unknown"),
            (
                "findmnt -T /data",
                "TARGET SOURCE    FSTYPE OPTIONS\n/data  /dev/sdb1 ext4   ro,relatime",
                "disk.read_only",
            ),
            (
                "findmnt -T /data",
                "TARGET SOURCE   FSTYPE OPTIONS\n/      /dev/vda ext4   rw,relatime,errors=remount-ro",
                "ok",
            ),
            ("grep -E ro /proc/mounts", "/dev/loop3 /snap/core/1 squashfs ro,nodev 0 0", "unknown"),
            (
                "grep -E ro /proc/mounts",
                "/dev/loop3 /snap/core/1 squashfs ro,nodev 0 0\n/dev/sda1 / ext4 ro,relatime 0 0",
                "disk.read_only",
            ),
            ("find /var/run -name reboot-required*", "/var/run/reboot-required", "restart.required"),
            (
                "ip neigh",
                "10.71.1.77 dev a0 FAILED\n10.71.1.1 dev a0 lladdr 0e:01:93:06:2d:e4 REACHABLE",
                "host.unreachable",
            ),
            ("ip neigh", "10.71.1.1 dev a0 lladdr 0e:01:93:06:2d:e4 REACHABLE", "unknown"),
            ("ip route", "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel", "unknown"),
            ("ip route", "192.0.2.0/24 dev eth0 proto kernel", "network.no_route"),
            ("ip route get 10.0.0.1", "RTNETLINK answers: Network is unreachable", "network.no_route"),
            ("ip route get 10.0.0.1", "10.0.0.1 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0", "unknown"),
            (
                "ip -br link",
                "lo UNKNOWN 00:00:00:00:00:00 <LOOPBACK,UP>\nens18 DOWN 02:fc:00:00:00:01 <NO-CARRIER,BROADCAST,UP>",
                "network.no_carrier",
            ),
            (
                "ip -br addr",
                "lo UNKNOWN 127.0.0.1/8\neth0 UP 192.0.2.2/24\ndocker0 DOWN 172.17.0.1/16\neth1 DOWN",
                "unknown",
            ),
        ] {
            assert_eq!(told(command, output), name, "{command}: {output}");
        }
    }
}
