//! Programs that ask the network.
//! It never lets through an option that writes a local file, sends one, or changes a server.

use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        names: &[
            "ping",
            "dig",
            "nslookup",
            "host",
            "traceroute",
            "tracepath",
            "mtr",
            "ss",
            "netstat",
            "nc",
            "ncat",
            "whois",
            "arp",
            "ethtool",
            "websocat",
            "pg_isready",
        ],
        judge: look,
        reads: &[
            "ss -tlnp",
            "ping -c 4 x",
            "ping x",
            "dig +short x",
            "nc -z h 80",
            "nc -zv h 80",
            "websocat ws://localhost:8000/ws/events",
            "pg_isready -h x",
        ],
        not: &[
            "ss -K dst 10.0.0.5",
            "nc -l 80",
            "nc -e sh h 80",
            "dig -f x",
            "ethtool -s eth0 speed 10",
            "arp -d x",
            "websocat -s 80",
        ],
    },
    Rule {
        names: &["curl"],
        judge: curl,
        reads: &[
            "curl -v http://x/",
            "curl -s -X OPTIONS -H 'Origin: a' http://x",
            "curl -o /dev/null -sS -w '%{http_code}' x",
            "curl -fsSL x",
            "curl -I x",
            "curl -XGET x",
        ],
        not: &[
            "curl -so /etc/x URL",
            "curl -K f",
            "curl -X POST x",
            "curl -d a=b x",
            "curl -O x",
            "curl -T f x",
            "curl --out f x",
            "curl -H @f x",
        ],
    },
    Rule {
        names: &["wget"],
        judge: wget,
        reads: &["wget -qO- x", "wget --spider x"],
        not: &["wget x", "wget -qO f URL", "wget --post-data=a -O- x"],
    },
    Rule {
        names: &["ip"],
        judge: ip,
        reads: &["ip addr", "ip -br a", "ip route show", "ip route get 1"],
        not: &["ip link set eth0 down", "ip netns exec ns1 rm -rf /x", "ip addr flush dev x", "ip -b f"],
    },
    Rule {
        names: &["iptables", "ip6tables", "nft", "ufw", "firewall-cmd"],
        judge: firewall,
        reads: &["iptables -L -n", "ufw status", "nft list ruleset"],
        not: &["iptables -L -n -Z", "iptables -F", "ufw allow 80", "nft flush ruleset"],
    },
    Rule {
        names: &["openssl"],
        judge: openssl,
        reads: &["openssl s_client -connect a:443", "openssl x509 -noout -dates -in c.pem"],
        not: &["openssl genrsa -out k", "openssl x509 -in a -out b"],
    },
];

fn look(asked: &Asked<'_>) -> Call {
    let bad: &[&str] = match asked.name {
        "ss" => &["K", "kill", "D", "diag"],
        "nc" | "ncat" => &["l", "e", "c", "listen", "exec", "sh-exec", "k", "o", "output"],
        "dig" => &["f"],
        "arp" => &["d", "s", "f"],
        "ethtool" => &["s", "K", "G", "A", "C", "L", "r", "E", "f", "X", "change"],
        "websocat" => &["s", "E", "exec"],
        _ => &[],
    };
    if let Some(option) = asked.options("").any(bad) {
        return Call::changes(&option, "this option opens, closes or sets something");
    }
    if matches!(asked.name, "nc" | "ncat") && asked.options("wps").any(&["z"]).is_none() {
        return Call::changes(asked.name, "it sends whatever it is given");
    }
    if asked.name == "websocat"
        && asked.args.iter().any(|a| a.contains("exec:") || a.contains("sh-c:") || a.contains("writefile:"))
    {
        return Call::changes("exec:", "it runs a program or writes a file");
    }
    let call = Call::reads("it only asks the network");
    let counted = asked.options("cWwit").any(&["c", "count", "r", "report"]).is_some();
    match asked.name {
        "ping" | "mtr" if !counted => call.endless(),
        "websocat" if !asked.has("-1") => call.endless(),
        _ => call,
    }
}

const CURL_VALUED: &str = "XHdomwTKuAebrEFxyYzcCDPQtU request header data output max-time write-out upload-file config user user-agent referer cookie range form proxy connect-timeout data-raw data-binary data-urlencode json retry resolve cacert cert key url";
const CURL_READS: &[&str] = &[
    "s",
    "S",
    "f",
    "v",
    "i",
    "I",
    "k",
    "L",
    "X",
    "H",
    "m",
    "w",
    "o",
    "u",
    "A",
    "e",
    "r",
    "q",
    "g",
    "G",
    "N",
    "4",
    "6",
    "silent",
    "show-error",
    "fail",
    "fail-with-body",
    "verbose",
    "include",
    "head",
    "insecure",
    "location",
    "request",
    "header",
    "max-time",
    "connect-timeout",
    "write-out",
    "output",
    "user",
    "user-agent",
    "referer",
    "range",
    "get",
    "no-buffer",
    "http1.1",
    "http2",
    "compressed",
    "retry",
    "resolve",
    "cacert",
    "url",
    "ipv4",
    "ipv6",
    "no-progress-meter",
    "noproxy",
    "x",
    "p",
];

fn curl(asked: &Asked<'_>) -> Call {
    let options = asked.options(CURL_VALUED);
    if options
        .given
        .iter()
        .any(|(n, v)| matches!(n.as_str(), "o" | "output") && v.as_deref().is_none_or(|v| v != "/dev/null" && v != "-"))
    {
        return Call::destroys("-o", "it writes what it gets into a file");
    }
    if let Some(option) = options.stranger(CURL_READS) {
        return Call::changes(&option, "this option sends data, writes a file, or is not known to be harmless");
    }
    let method = options
        .given
        .iter()
        .filter(|(n, _)| matches!(n.as_str(), "X" | "request"))
        .filter_map(|(_, v)| v.as_deref())
        .next_back();
    if let Some(method) = method.filter(|m| !matches!(*m, "GET" | "HEAD" | "OPTIONS")) {
        return Call::changes(method, "this method asks the server to change something");
    }
    if options.given.iter().any(|(n, v)| {
        matches!(n.as_str(), "H" | "header" | "w" | "write-out")
            && v.as_deref().is_some_and(|v| v.starts_with('@') || v.contains("%output{"))
    }) {
        return Call::changes("@", "it reads or writes a local file");
    }
    match options.words.iter().find(|w| w.starts_with("file:") || w.contains("169.254.")) {
        Some(url) => Call::changes(url, "this address is a local file or the machine's own identity"),
        None => Call::reads("it only asks a server"),
    }
}

fn wget(asked: &Asked<'_>) -> Call {
    let options = asked.options("OoTtU output-document timeout tries");
    let out = options.value("O").or(options.value("output-document"));
    let quiet = options
        .stranger(&[
            "q",
            "O",
            "S",
            "T",
            "t",
            "spider",
            "quiet",
            "server-response",
            "timeout",
            "tries",
            "no-check-certificate",
            "output-document",
            "n",
            "v",
        ])
        .is_none();
    if quiet && (out == Some("-") || out == Some("/dev/null") || options.any(&["spider"]).is_some()) {
        return Call::reads("it only asks a server");
    }
    Call::destroys("wget", "it writes what it gets into a file")
}

fn ip(asked: &Asked<'_>) -> Call {
    if let Some(option) = asked.args.iter().find(|a| matches!(a.as_str(), "-b" | "-batch" | "-force" | "-B")) {
        return Call::changes(option, "it runs commands from a file");
    }
    let words: Vec<&str> = asked.args.iter().filter(|a| !a.starts_with('-')).map(String::as_str).collect();
    match words.as_slice() {
        ["netns", "exec", _, ..] => {
            let at = asked.args.iter().position(|a| a == "exec").map_or(0, |i| i + 2);
            asked.tail(asked.args.get(at..).unwrap_or_default())
        }
        [_] | [_, "show" | "list" | "ls" | "get" | "s" | "sh", ..] => {
            Call::reads("it only shows the network's settings")
        }
        [_, verb, ..] => Call::changes(verb, "it changes the network's settings"),
        [] => Call::changes("ip", "there is no verb"),
    }
}

fn firewall(asked: &Asked<'_>) -> Call {
    let first = asked.args.first().map_or("", String::as_str);
    let reads = match asked.name {
        "ufw" => first == "status",
        "nft" => first == "list",
        "firewall-cmd" => {
            asked.args.iter().all(|a| a.starts_with("--list") || a.starts_with("--get") || a == "--state")
        }
        _ => {
            let options = asked.options("t table");
            options.any(&["L", "S", "list", "list-rules"]).is_some()
                && options
                    .stranger(&[
                        "L",
                        "S",
                        "n",
                        "v",
                        "x",
                        "t",
                        "list",
                        "list-rules",
                        "numeric",
                        "verbose",
                        "table",
                        "line-numbers",
                    ])
                    .is_none()
        }
    };
    if reads {
        Call::reads("it only lists rules")
    } else {
        Call::changes(if first.is_empty() { asked.name } else { first }, "it changes what the firewall lets through")
    }
}

fn openssl(asked: &Asked<'_>) -> Call {
    if let Some(option) = asked.args.iter().find(|a| {
        matches!(a.as_str(), "-out" | "-keyout" | "-writerand" | "-engine" | "-provider" | "-sess_out" | "-keylogfile")
    }) {
        return Call::changes(option, "it writes a file or loads code");
    }
    match asked.verb() {
        "x509" | "s_client" | "version" | "verify" | "crl" | "ciphers" | "asn1parse" => Call::reads("it only shows"),
        verb => Call::changes(verb, "this verb can make or change keys"),
    }
}
