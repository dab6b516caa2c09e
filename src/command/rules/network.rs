//! Programs that ask the network, or show how this host's own is set.
//! It never lets through an option or verb that opens, closes, sends or sets something.

use super::options::Given;
use super::{Asked, Call, ENDLESS, EVIDENCE, HEAVY, Mark, Rule, SECRETS, options};

pub(super) const RULES: &[Rule] = &[
    Rule::reads("ss", "it only lists connections", "-hVHOnrlaoempiTsEbNzZtuwdSx460M:f:A:F:Q listening all options extended memory processes info summary events numeric resolve tcp udp raw unix family= query= no-header oneline bpf context net=")
        .takes_words()
        .marks(&[Mark::destroys("-K kill", "it closes connections"), Mark::destroys("-D: diag=", "it writes a file"), Mark::flag("-E events", ENDLESS)])
        .must(&["ss -tlnp", "ss -s", "ss -tan state established", "ss -ltn sport = :8000", "ss -lntup"])
        .must_not(&["ss -K dst 10.0.0.5", "ss -tK dst x", "ss --kill dst x", "ss -D f", "ss --ki dst x"]),
    Rule::only_reads("netstat", "it only lists connections", "-aAeFgilMnNoprstuvWwxZ46c numeric listening tcp udp all programs route interfaces statistics extend wide")
        .words(|_, given| given.any(&["c"]).map(|_| Call::reads("").flagged(ENDLESS)))
        .must(&["netstat -tlnp", "netstat -s", "netstat -rn"]),
    Rule::only_reads("ping|ping6|fping", "it only asks whether a host answers", "-c:i:I:W:w:s:t:M:4n6qDvUOaAbBdLrRm:p:Q:S:C:eul count= interval= numeric quiet")
        .marks(&[Mark::flag("-f", HEAVY)])
        .words(|asked, given| (asked.name != "fping" && given.any(&["c", "count", "w"]).is_none() || asked.name == "fping" && given.any(&["l"]).is_some()).then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["ping -c 4 x", "ping x", "ping -c1 -W 2 8.8.8.8", "ping -4 -c 3 h"]),
    Rule::only_reads("traceroute|traceroute6|tracepath|tracepath6|tcptraceroute|pathping", "it only asks the way to a host", "-nITUdFeArV46bf:g:i:m:N:p:q:s:w:z:l: icmp tcp udp max-hops= port= queries=").must(&["traceroute -n x", "tracepath x", "traceroute -T -p 443 x"]),
    Rule::only_reads("mtr", "it only asks the way to a host", "-rwnbTu46zc:i:s:m:P:o:jp report report-wide report-cycles= no-dns show-ips tcp udp json csv port=")
        .words(|_, given| given.any(&["c", "report", "r", "report-cycles", "w"]).is_none().then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["mtr -rwc 10 x", "mtr --report x", "mtr x"]),
    Rule::reads("dig|kdig|delv", "it only asks for names", "-46c:p:q:t:x:b:k:mruv").takes_words().must(&["dig +short x", "dig @8.8.8.8 x MX", "dig -x 10.0.0.1", "dig x +trace", "dig -t txt x"]).must_not(&["dig -f x"]),
    Rule::only_reads("nslookup|host|whois", "it only asks for names", "-aCdlrTvwW:c:N:R:t:m:46sih:p:H type= query= port= timeout= debug")
        .must(&["nslookup x 10.0.0.10", "host -t MX x", "whois x", "nslookup -type=SRV x"]),
    Rule::reads("nc|ncat|netcat", "it only asks whether a port is open", "-zvnu46w:i:s:q:G:")
        .needs("-z")
        .must(&["nc -z h 80", "nc -zv h 80", "nc -vz -w 3 h 6379", "nc -zvu h 53"])
        .must_not(&["nc -l 80", "nc -e sh h 80", "nc h 80", "ncat -c x h 1", "nc -z -e sh h 80", "nc -lz 80", "nc -X connect -x p:1 h 2"]),
    Rule::only_reads("arp", "it only shows neighbours", "-anveDi:H: all numeric verbose device=")
        .marks(&[Mark::changes("-dsf", "it sets neighbours")])
        .must(&["arp -n", "arp -an"])
        .must_not(&["arp -d x", "arp -s h aa:bb"]),
    Rule::reads("route", "it only shows routes", "-nevFC46").words(|_, given| given.words.first().map(|w| Call::changes(w, "it changes routes"))).must(&["route -n"]).must_not(&["route add default gw x", "route del default"]),
    Rule::reads("ifconfig", "it only shows interfaces", "-as")
        .words(|_, given| given.words.get(1).map(|w| Call::changes(w, "it sets an interface")))
        .must(&["ifconfig", "ifconfig -a", "ifconfig eth0"])
        .must_not(&["ifconfig eth0 down", "ifconfig eth0 10.0.0.1"]),
    Rule::reads("ethtool", "it only asks a network card", "-iSkgacldPTumnx driver statistics show-features show-ring show-pause show-coalesce show-channels module-info show-permaddr show-time-stamping")
        .takes_words()
        .must(&["ethtool eth0", "ethtool -S eth0", "ethtool -i eth0", "ethtool -k eth0"])
        .must_not(&["ethtool -s eth0 speed 10", "ethtool -K eth0 tso off", "ethtool -G eth0 rx 9", "ethtool -r eth0", "ethtool -t eth0", "ethtool -p eth0", "ethtool -E eth0", "ethtool --change eth0"]),
    Rule::reads("websocat", "it only listens to a server", "-1nEkvtHqBU one-message no-close ping-interval= insecure text exit-on-eof header= protocol= max-messages-rev=")
        .words(websocat)
        .must(&["websocat ws://localhost:8000/ws/events", "websocat -1 ws://x"])
        .must_not(&["echo x | websocat ws://h", "websocat ws://h < f", "websocat -s 80", "websocat exec:id ws://x", "websocat ws://x writefile:f", "websocat -E --exec x", "websocat sh-c:id -"]),
    Rule::only_reads("pg_isready|grpc_health_probe|rpcinfo|showmount|ipcalc|sipcalc|nmblookup|klist", "it only asks", "-h:p:U:d:t:qaepsbmn host= port= dbname= username= timeout= quiet exports addr=")
        .words(|asked, given| (asked.name == "rpcinfo").then(|| given.any(&["d"])).flatten().map(|o| Call::changes(o, "it removes a service")))
        .must(&["pg_isready -h x", "showmount -e h", "rpcinfo -p h", "klist"])
        .must_not(&["rpcinfo -d 1 2"]),
    Rule::only_reads("ssh-keyscan|snmpwalk|snmpget|snmpbulkwalk|snmpstatus|ldapsearch|ldapwhoami|smbstatus", "it only asks a server", "-v:c:p:H46D:b:s:LxWw:ZO:ul:A:a:X:r:qnSkNy:Y:zE:")
        .must(&["ssh-keyscan h", "snmpwalk -v2c -c public h", "ldapsearch -x -H ldap://h -b dc=x", "smbstatus"])
        .must_not(&["snmpset -v2c h x i 1", "ldapmodify x", "ldapsearch -x -t -b dc=x"]),
    Rule::reads("ssh-keygen|ssh-add", "it only shows keys", "-lLf:E:vF:").needs("-lLF:").must(&["ssh-keygen -lf x.pub", "ssh-add -l", "ssh-keygen -F host"]).must_not(&["ssh-keygen -t rsa", "ssh-add", "ssh-keygen -R host", "ssh-add -D", "ssh-keygen -l -f x -y -P '' -N x -p"]),
    Rule::only_reads("nmap", "it asks a host for its open ports", "-sTVPnvFp:O46r open top-ports= host-timeout= reason max-retries= version-light")
        .flags(HEAVY)
        .must(&["nmap -sT -p 22,80 h", "nmap -Pn h"])
        .must_not(&["nmap -oN f h", "nmap --script=x h", "nmap -iL f", "nmap -oA x h", "nmap -sC h", "nmap -A h"]),
    Rule::changes("dumpcap", "it writes what it sees into a file").must_not(&["dumpcap -i eth0 -c 1"]),
    Rule::reads("tcpdump|tshark", "it only shows packets", "-i:c:nnvveAXxqtpUlKNOSs:y:Q:r:Y:T:V:j:E:H#")
        .flags(SECRETS)
        .marks(&[Mark::destroys("-w: -b:", "it writes a file"), Mark::changes("-z: -G: -W: -C:", "it writes files or runs a program")])
        .words(|asked, given| match given.any(&["X"]) {
            Some(o) if asked.name == "tshark" => Some(Call::changes(o, "it loads a program")),
            _ => given.any(&["c", "r"]).is_none().then(|| Call::reads("").flagged(ENDLESS)),
        })
        .must(&["tcpdump -i eth0 -c 10 port 80", "tcpdump -nnr x.pcap", "tcpdump -i any -nn port 6379"])
        .must_not(&["tcpdump -G 60 -w x -z /tmp/p", "tcpdump -w x", "tcpdump -nw x", "tcpdump -F f", "tcpdump --relinquish-privileges=x", "tshark -X lua_script:f -c 1"]),
    Rule::own("ip", ip)
        .must(&["ip addr", "ip -br a", "ip route show", "ip route get 1", "ip -s link show eth0", "ip neigh", "ip -4 a s eth0", "ip rule", "ip netns list", "ip netns exec ns1 ss -tln", "ip -j addr", "ip a show dev eth0 up", "ip -n ns1 route", "ip monitor"])
        .must_not(&["ip link set eth0 down", "ip netns exec ns1 rm -rf /x", "ip addr flush dev x", "ip -b f", "ip route add default via x", "ip r d default", "ip netns add x", "ip -batch f", "ip a a 1.2.3.4 dev x", "ip addr show x add y dev z", "ip netns exec ns1 sh", "ip -all netns exec rm ls", "ip l s eth0 up", "ip xfrm state flush", "ip route flush cache", "ip route save", "ip -force -batch x"]),
    Rule::own("bridge|tc|iw|devlink|rdma", ip)
        .must(&["bridge link show", "tc -s qdisc show dev eth0", "bridge fdb", "bridge vlan show"])
        .must_not(&["tc qdisc add dev eth0 root netem delay 1s", "bridge fdb add x", "tc qdisc del dev eth0 root", "iw dev wlan0 disconnect"]),
    Rule::verbs("nmcli", "-tpf:g:e:ac:m:w: terse pretty fields= get-values= colors= mode= escape= wait= active").must(&["nmcli", "nmcli -t device"]),
    Rule::reads("nmcli general|nmcli general status|nmcli device|nmcli dev|nmcli d|nmcli con|nmcli connection|nmcli c|nmcli networking|nmcli radio", "it only shows the network's settings", "-tpf:")
        .words(|_, given| (!matches!(given.verb(), "" | "status" | "show" | "connectivity")).then(|| Call::changes(given.verb(), "it sets the network")))
        .must(&["nmcli dev status", "nmcli con show", "nmcli general status", "nmcli device show eth0"])
        .must_not(&["echo up x | xargs nmcli con", "nmcli con up x", "nmcli dev disconnect x", "nmcli networking off", "nmcli radio wifi off", "nmcli con reload"]),
    Rule::own("iptables|ip6tables|iptables-legacy|iptables-nft|ebtables|arptables", iptables)
        .must(&["iptables -L -n", "iptables -t nat -S", "iptables -nvL", "ip6tables -L INPUT -n --line-numbers", "iptables -w -nL"])
        .must_not(&["iptables -L -n -Z", "iptables -F", "iptables -A INPUT -j DROP", "iptables -nvLZ", "iptables -L --modprobe=/x", "iptables -D INPUT 1", "iptables -L -F", "iptables"]),
    Rule::reads("iptables-save|ip6tables-save", "it only lists rules", "-ct: counters table=").must(&["iptables-save", "iptables-save -t nat"]).must_not(&["iptables-save -f x", "iptables-save -M x", "iptables-restore x"]),
    Rule::reads("nft", "it only lists rules", "-nnasjNSpyt numeric handle stateless json")
        .words(nft)
        .must(&["nft list ruleset", "nft -a list table inet filter", "nft 'list ruleset'"])
        .must_not(&["nft flush ruleset", "nft -f x", "nft add table x", "nft 'list ruleset; flush ruleset'", "nft list ruleset ';' flush ruleset", "nft -i", "nft reset counters"]),
    Rule::reads("ufw", "it only shows the firewall", "").words(|_, given| (!matches!(given.words.as_slice(), ["status"] | ["status", "verbose" | "numbered"] | ["show", ..] | ["version"] | ["app", "list"])).then(|| Call::changes(given.verb(), "it changes what the firewall lets through"))).must(&["ufw status", "ufw status verbose"]).must_not(&["ufw allow 80", "ufw disable", "ufw", "ufw reset"]),
    Rule::reads("firewall-cmd", "it only shows the firewall", "state zone= permanent list-all list-all-zones list-ports list-services list-rich-rules list-interfaces list-sources get-zones get-active-zones get-default-zone get-services query-port= query-service= info-zone= info-service=")
        .words(|_, given| given.words.first().map(|w| Call::changes(w, "it is not known here")))
        .must(&["firewall-cmd --list-all", "firewall-cmd --state", "firewall-cmd --zone=public --list-ports"])
        .must_not(&["firewall-cmd --reload", "firewall-cmd --add-port=80/tcp", "firewall-cmd --list-all --add-port=80/tcp", "firewall-cmd --panic-on"]),
    Rule::reads("conntrack|ipset|ipvsadm", "it only lists", "-LSCGlnoxf:p:s:d:t:u: dump stats count numeric list output= src= dst= proto= terse connection rate sort")
        .words(|asked, given| {
            let needs = given.any(&["L", "S", "C", "G", "dump", "stats", "count", "l", "list"]).is_some();
            match (asked.name, needs, given.verb()) {
                ("ipset", _, _) if given.any(&["f"]).is_some() => Some(Call::destroys("-f", "it writes a file")),
                ("ipvsadm", _, _) if given.any(&["C"]).is_some() => Some(Call::destroys("-C", "it clears the table")),
                ("ipvsadm", _, _) if given.any(&["S"]).is_some() => None,
                (_, true, _) | ("ipset", _, "list") => None,
                ("conntrack", _, _) if given.options.is_empty() && given.words.is_empty() => Some(Call::changes("conntrack", "there is no command")),
                (_, _, verb) => Some(Call::changes(if verb.is_empty() { asked.name } else { verb }, "it changes what the kernel keeps")),
            }
        })
        .must(&["conntrack -L", "conntrack -S", "ipset list", "ipvsadm -Ln", "conntrack -L -p tcp", "conntrack -C"])
        .must_not(&["conntrack -D -s x", "conntrack -F", "ipset destroy x", "ipvsadm -Z", "ipvsadm -C", "conntrack -L -z", "ipset flush", "ipset list -f x"]),
    Rule::changes("socat|telnet|iperf|iperf3|ab|wrk|hey|vegeta|siege|arping|dhclient|dhcpcd|wg|wg-quick|openvpn|ipsec|swanctl|brctl|iptables-restore|iptables-apply|netplan|ifup|ifdown|snmpset|ldapmodify|ldapadd|ldapdelete|smbclient|nsupdate|rndc|stunnel|ngrok|tailscale|teleport|tsh|proxychains", "it opens a way, sends what it is given, or sets the network")
        .must_not(&["socat TCP-LISTEN:80,fork TCP:x:80", "telnet h 80", "iperf3 -c h", "netplan apply"]),
    Rule::verbs("ovs-vsctl", "db= timeout= format= t:").words(super::prompts),
    Rule::only_reads("ovs-vsctl show|ovs-vsctl list-br|ovs-vsctl list-ports|ovs-vsctl list-ifaces|ovs-vsctl get-controller", "it only asks the switch", "")
        .words(|asked, _| asked.has("--").then(|| Call::changes("--", "another command follows")))
        .must(&["ovs-vsctl show"])
        .must_not(&["ovs-vsctl del-br x", "ovs-vsctl list-br -- del-br x"]),
    Rule::reads("ovs-appctl|ovn-appctl", "it only asks the switch", "-t:T: target= timeout=")
        .words(|_, given| (!(given.verb().ends_with("/show") || given.verb().ends_with("/status") || matches!(given.verb(), "status" | "connection-status" | "version" | "list-commands"))).then(|| Call::changes(given.verb(), "it steers the switch")))
        .must(&["ovs-appctl -t /var/run/ovn/ovnnb_db.ctl cluster/status OVN_Northbound", "ovn-appctl -t ovn-northd status"])
        .must_not(&["ovn-appctl -t ovn-northd exit", "ovs-appctl", "ovs-appctl vlog/set x"]),
];

fn websocat(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    if let Some(word) = given.words.iter().find(|w| !w.starts_with("ws://") && !w.starts_with("wss://")) {
        return Some(Call::changes(word, "it runs a program, writes a file, or opens a port"));
    }
    if asked.is_fed() {
        return Some(Call::changes("websocat", "it sends what it is given"));
    }
    (!asked.has("-1") && !asked.has("--one-message")).then(|| Call::reads("").flagged(ENDLESS))
}

fn nft(_: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let lists = matches!(given.verb(), "list" | "describe") || given.verb().starts_with("list ");
    let more = given.words.iter().any(|w| w.contains([';', '\n']));
    (!lists || more).then(|| Call::changes(given.verb(), "it changes what the firewall lets through"))
}

/// `ip OBJECT [show ...]` and its like; `ip netns exec` is what it runs.
fn ip(asked: &Asked<'_>) -> Call {
    const OPTIONS: &str = "+~ 4 6 0 s stats statistics d details o oneline br brief j json p pretty c=? color=? h human r resolve t timestamp ts N Numeric a all n= netns= f= family= rc= l= loops= iec V Version";
    let given = options::read(asked.args, &[OPTIONS, "~ 4"]);
    if let Some(option) = &given.stranger {
        return Call::changes(option, "this option runs commands from a file, or is not known");
    }
    let words = given.words.as_slice();
    match words {
        [] if given.any(&["V", "Version"]).is_some() => Call::reads("it prints its version"),
        [] => Call::changes(asked.name, "there is no verb"),
        ["netns", "exec", _, ..] if asked.name == "ip" && given.any(&["a", "all"]).is_some() => {
            asked.tail(asked.args.get(given.rest + 2..).unwrap_or_default())
        }
        ["netns", "exec", _, _, ..] if asked.name == "ip" => {
            asked.tail(asked.args.get(given.rest + 3..).unwrap_or_default())
        }
        ["netns", "exec", ..] => Call::changes("exec", "it runs a command in another network"),
        ["monitor" | "mon", ..] => Call::reads("it only shows what happens").flagged(ENDLESS),
        [_] | [_, "show" | "list" | "ls" | "lst" | "sh"] => Call::reads("it only shows the network's settings"),
        [
            "a" | "ad" | "addr" | "address" | "r" | "ro" | "route" | "n" | "neigh" | "neighbour" | "l" | "link" | "ru"
            | "rule" | "maddr" | "mroute" | "tunnel" | "token" | "netns" | "vrf" | "nexthop" | "fdb" | "vlan" | "mdb"
            | "qdisc" | "class" | "filter" | "dev" | "port",
            "show" | "list" | "ls" | "sh" | "lst",
            rest @ ..,
        ] => behind_show(rest),
        // `s` is `show` for addresses and routes, and `set` for links.
        ["a" | "addr" | "address" | "r" | "route" | "n" | "neigh" | "rule", "s", rest @ ..] => behind_show(rest),
        ["a" | "addr" | "address" | "r" | "route" | "n" | "neigh" | "rule", "l", rest @ ..] => behind_show(rest),
        ["r" | "ro" | "route", "get" | "g", rest @ ..] => behind_show(rest),
        ["xfrm", "state" | "policy"] | ["xfrm", "state" | "policy", "list" | "show"] => {
            Call::reads("it only shows the network's settings").flagged(SECRETS)
        }
        ["netns", "identify" | "pids", ..] => Call::reads("it only shows which network"),
        [_, verb, ..] => Call::changes(verb, "it changes the network's settings"),
    }
}

/// Behind `show` stand only selectors.
fn behind_show(rest: &[&str]) -> Call {
    match rest
        .iter()
        .find(|w| matches!(**w, "add" | "del" | "delete" | "set" | "flush" | "change" | "replace" | "append"))
    {
        Some(verb) => Call::changes(verb, "it may change the network's settings"),
        None => Call::reads("it only shows the network's settings"),
    }
}

fn iptables(asked: &Asked<'_>) -> Call {
    let given = options::read(
        asked.args,
        &["-LSnvxt:wW: list list-rules numeric verbose exact table= line-numbers wait=?", "-Z zero"],
    );
    if let Some(option) = given.any(&["Z", "zero"]) {
        return Call::changes(option, "it sets the counters of the rules to nothing").flagged(EVIDENCE);
    }
    match (&given.stranger, given.any(&["L", "S", "list", "list-rules"])) {
        (None, Some(_)) => Call::reads("it only lists rules"),
        (Some(option), _) => Call::changes(option, "it changes what the firewall lets through"),
        (None, None) => Call::changes(asked.name, "it changes what the firewall lets through"),
    }
}
