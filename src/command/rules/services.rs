//! Services, their journals and their configuration.
//! It never lets through a verb that starts, stops, sets or reloads something.

use super::{Call, ENDLESS, EVIDENCE, Mark, Rule, SECRETS};

/// Options of systemd's own programs that change nothing.
const SYSTEMD: &str = "-alqrTt:p:n:o:PU full no-pager no-legend legend= plain quiet state= type= property= \
        lines= output= value all show-types reverse recursive after before failed user system \
        no-ask-password no-hostname utc json=";

pub(super) const RULES: &[Rule] = &[
    Rule::verbs("systemctl", SYSTEMD)
        .must(&[
            "systemctl",
            "systemctl --failed",
            "systemctl --type=service --state=running",
            "systemctl --user status x",
        ])
        .must_not(&["systemctl -H h status x", "systemctl frobnicate x"]),
    Rule::only_reads(
        "systemctl status|systemctl show|systemctl cat|systemctl is-active|systemctl is-enabled|\
        systemctl is-failed|systemctl list-units|systemctl list-unit-files|systemctl list-timers|\
        systemctl list-sockets|systemctl list-dependencies|systemctl list-jobs|systemctl list-machines|\
        systemctl get-default|systemctl is-system-running|systemctl help|systemctl whoami|\
        systemctl list-paths|systemctl list-automounts",
        "it only asks for the state of services",
        "",
    )
    .must(&[
        "systemctl status nginx",
        "systemctl is-active docker",
        "systemctl list-units --failed",
        "systemctl cat x",
        "systemctl status 'gitlab*' --no-pager -l",
        "systemctl show -p MainPID x",
    ])
    .must_not(&["systemctl status --root=/x y", "systemctl is-enabled --root /x y"]),
    Rule::only_reads("systemctl show-environment", "it prints the environment", "")
        .flags(SECRETS)
        .must(&["systemctl show-environment"]),
    Rule::changes(
        "systemctl start|systemctl stop|systemctl restart|systemctl reload|systemctl try-restart|\
        systemctl reload-or-restart|systemctl enable|systemctl disable|systemctl mask|systemctl unmask|\
        systemctl daemon-reload|systemctl daemon-reexec|systemctl edit|systemctl set-property|\
        systemctl isolate|systemctl set-default|systemctl set-environment|systemctl unset-environment|\
        systemctl import-environment|systemctl preset|systemctl link|systemctl revert|systemctl cancel|\
        systemctl freeze|systemctl thaw|systemctl bind|systemctl rescue|systemctl emergency|\
        systemctl add-wants|systemctl reenable",
        "it starts, stops or sets services",
    )
    .must_not(&[
        "systemctl restart x",
        "systemctl stop x",
        "systemctl enable --now x",
        "systemctl daemon-reload",
        "systemctl edit x",
    ]),
    Rule::changes("systemctl kill", "it kills the processes of a service").must_not(&["systemctl kill -s 9 x"]),
    Rule::changes("systemctl reset-failed", "it forgets which services failed")
        .flags(EVIDENCE)
        .must_not(&["systemctl reset-failed"]),
    Rule::destroys(
        "systemctl reboot|systemctl poweroff|systemctl halt|systemctl kexec|systemctl suspend|\
        systemctl hibernate|systemctl clean|systemctl soft-reboot",
        "it stops the machine or deletes what a service kept",
    )
    .flags(EVIDENCE)
    .must_not(&["systemctl reboot", "systemctl clean x"]),
    Rule::reads("service|rc-service|invoke-rc.d", "it only asks for the state of a service", "status-all l list")
        .words(|asked, given| match given.words.as_slice() {
            [_, "status"] => None,
            [] if given.any(&["status-all", "l", "list"]).is_some() => None,
            words => Some(Call::changes(words.get(1).unwrap_or(&asked.name), "it starts or stops a service")),
        })
        .must(&["service nginx status", "service --status-all", "rc-service x status"])
        .must_not(&["service nginx restart", "service nginx", "service x status restart"]),
    Rule::only_reads(
        "journalctl",
        "it only shows the journal",
        "-aeklqrxmN#u:p:n:o:b?t:S:U:g:D:c:F:T:MI \
        unit= user-unit= lines= since= until= priority= grep= output= boot=? identifier= no-pager pager-end \
        catalog dmesg reverse disk-usage list-boots utc no-hostname system user facility= case-sensitive=? \
        all quiet output-fields= header verify directory= file= no-full full merge this-boot namespace= \
        fields field= list-invocations truncate-newline root=",
    )
    .marks(&[
        Mark::erases("vacuum-time= vacuum-size= vacuum-files=", "it deletes old journals"),
        Mark::changes(
            "rotate flush sync relinquish-var smart-relinquish-var setup-keys update-catalog cursor-file= force",
            "it acts on the journal",
        ),
        Mark::flag("-f follow", ENDLESS),
    ])
    .must(&[
        "journalctl -u nginx -n 100 --no-pager",
        "journalctl -k --since '1 hour ago'",
        "journalctl -f",
        "journalctl --disk-usage",
        "journalctl -b -1 -p err",
        "journalctl -xeu x",
    ])
    .must_not(&[
        "journalctl --vacuum-time=2d",
        "journalctl --rotate",
        "journalctl --flush",
        "journalctl --vacuum-s=1G",
        "journalctl --cursor-file=x",
        "journalctl -u x --rotate",
        "journalctl --vac=1d",
    ]),
    Rule::verbs(
        "loginctl|machinectl|networkctl|coredumpctl|busctl|udevadm|bootctl|portablectl|homectl|\
        userdbctl|oomctl|resolvectl|hostnamectl|timedatectl|localectl|systemd-analyze",
        SYSTEMD,
    )
    .must(&["timedatectl", "hostnamectl"]),
    Rule::only_reads(
        "loginctl list-sessions|loginctl list-users|loginctl show-session|loginctl session-status|\
        loginctl user-status|loginctl show-user|loginctl list-seats|machinectl list|machinectl status|\
        machinectl show|machinectl list-images|networkctl status|networkctl list|networkctl lldp|\
        coredumpctl list|coredumpctl info|busctl list|busctl status|busctl tree|busctl introspect|\
        busctl get-property|udevadm info|bootctl status|bootctl list|userdbctl user|oomctl dump|\
        resolvectl status|resolvectl query|resolvectl statistics|resolvectl show-cache|hostnamectl status|\
        timedatectl status|timedatectl show|timedatectl timesync-status|timedatectl show-timesync|\
        timedatectl list-timezones|localectl status|localectl list-locales",
        "it only shows",
        "-nqaxe: name= attribute-walk query= path= legend= cache= protocol= stats export-db",
    )
    .must(&[
        "timedatectl status",
        "resolvectl status",
        "networkctl status",
        "loginctl list-sessions",
        "coredumpctl list",
        "udevadm info -q all -n /dev/sda",
    ])
    .must_not(&[
        "loginctl kill-session 1",
        "hostnamectl set-hostname x",
        "timedatectl set-ntp true",
        "resolvectl flush-caches",
        "networkctl down eth0",
        "udevadm trigger",
        "udevadm control -R",
        "coredumpctl dump -o x",
        "busctl call a b c d",
        "udevadm info --cleanup-db",
    ]),
    Rule::only_reads("resolvectl monitor|busctl monitor|udevadm monitor", "it only shows what happens", "-ukp")
        .flags(ENDLESS)
        .must(&["udevadm monitor"]),
    Rule::changes(
        "resolvectl reset-statistics|resolvectl flush-caches|resolvectl reset-server-features",
        "it forgets what was known",
    )
    .flags(EVIDENCE)
    .must_not(&["resolvectl reset-statistics"]),
    Rule::only_reads(
        "systemd-analyze time|systemd-analyze blame|systemd-analyze critical-chain|\
        systemd-analyze verify|systemd-analyze security|systemd-analyze cat-config|systemd-analyze calendar|\
        systemd-analyze dump|systemd-analyze unit-paths|systemd-analyze timespan|systemd-analyze timestamp|\
        systemd-analyze syscall-filter|systemd-analyze exit-status",
        "it only shows",
        "",
    )
    .must(&["systemd-analyze blame"])
    .must_not(&["systemd-analyze log-level debug", "systemd-analyze set-log-level debug"]),
    Rule::only_reads(
        "systemd-cgls|systemd-detect-virt|systemd-path|systemd-id128|lsinitramfs|lsinitrd|systemd-escape",
        "it only shows",
        "-alkqcvru: all full no-pager unit=",
    )
    .must(&["systemd-cgls"])
    .must_not(&["systemd-cgls --root=x"]),
    Rule::only_reads("systemd-cgtop", "it only measures", "-bptcmin:d:rkP1 batch iterations= depth= order=")
        .words(|_, given| given.any(&["n", "1", "iterations"]).is_none().then(|| Call::reads("").flagged(ENDLESS)))
        .must(&["systemd-cgtop -n 1"]),
    Rule::reads("crontab", "it lists planned jobs", "-lu:")
        .marks(&[Mark::destroys("-rei", "it replaces or removes planned jobs")])
        .words(|_, given| {
            (given.any(&["l"]).is_none() || !given.words.is_empty())
                .then(|| Call::destroys("crontab", "it replaces the planned jobs"))
        })
        .must(&["crontab -l", "crontab -u root -l"])
        .must_not(&["crontab", "crontab x", "crontab -r", "crontab -", "crontab -e", "crontab -lr"]),
    Rule::only_reads("atq", "it lists planned jobs", "").must(&["atq"]),
    Rule::verbs("supervisorctl", "-c:s:u:p: configuration= serverurl=").words(super::prompts),
    Rule::only_reads(
        "supervisorctl status|supervisorctl avail|supervisorctl version|supervisorctl pid",
        "it only asks",
        "",
    )
    .must(&["supervisorctl status"])
    .must_not(&["supervisorctl restart all", "supervisorctl reread", "supervisorctl start x"]),
    Rule::only_reads("supervisorctl tail", "it only shows what a service printed", "#")
        .marks(&[Mark::flag("-f", ENDLESS)])
        .must(&["supervisorctl tail x"]),
    Rule::changes("supervisorctl clear", "it empties a service's log")
        .flags(EVIDENCE)
        .must_not(&["supervisorctl clear x"]),
    Rule::verbs("pm2|monit|initctl|sv", "-s").words(super::prompts),
    Rule::only_reads(
        "monit status|monit summary|monit report|initctl list|initctl status|sv status",
        "it only asks",
        "",
    )
    .must(&["monit summary", "sv status x"])
    // It starts its daemon where none runs, whatever it is asked.
    .must_not(&["pm2 list", "pm2 restart x", "monit restart x", "sv restart x", "pm2 flush"]),
    Rule::verbs("gitlab-ctl", ""),
    Rule::only_reads(
        "gitlab-ctl status|gitlab-ctl service-list|gitlab-ctl show-config|gitlab-ctl help|\
        gitlab-ctl diff-config",
        "it only asks",
        "",
    )
    .must(&["gitlab-ctl status gitaly"])
    .must_not(&["gitlab-ctl restart", "gitlab-ctl reconfigure", "gitlab-ctl hup nginx"]),
    Rule::only_reads("gitlab-ctl tail", "it only shows logs", "").flags(ENDLESS).must(&["gitlab-ctl tail nginx"]),
    Rule::reads("nginx", "it only tests the configuration", "-tTvVqc:p:h")
        .needs("-tTvVh")
        .words(|_, given| given.any(&["T"]).map(|_| Call::reads("").flagged(SECRETS)))
        .must(&["nginx -t", "nginx -T", "nginx -v", "nginx -t -c /x", "nginx -V"])
        .must_not(&["nginx -s reload", "nginx", "nginx -t -s stop", "nginx -t -g 'error_log /x;'", "nginx -c f"]),
    Rule::reads("apachectl|apache2ctl|httpd|apache2", "it only tests the configuration", "-tSMvVlLD:f:")
        .words(|asked, given| match given.words.as_slice() {
            [] if given.any(&["t", "S", "M", "v", "V", "l", "L"]).is_some() => None,
            ["configtest" | "-t" | "status" | "fullstatus"] => None,
            words => Some(Call::changes(words.first().unwrap_or(&asked.name), "it starts or steers a service")),
        })
        .must(&["apachectl configtest", "apachectl -S", "httpd -t", "apache2ctl -M"])
        .must_not(&["apachectl restart", "httpd", "apachectl graceful", "httpd -k stop"]),
    Rule::reads("haproxy", "it only tests the configuration", "-cvVqf:")
        .needs("-cv")
        .must(&["haproxy -c -f /etc/haproxy/haproxy.cfg", "haproxy -v", "haproxy -vv"])
        .must_not(&["haproxy -f x", "haproxy", "haproxy -sf 12"]),
    Rule::reads("sshd", "it only tests the configuration", "-tTqf:C:")
        .needs("-tT")
        .must(&["sshd -t", "sshd -T"])
        .must_not(&["sshd", "sshd -D", "sshd -d"]),
    Rule::reads(
        "named-checkconf|named-checkzone|visudo|logrotate|postfix|dovecot|doveconf|postconf|testparm|\
        php-fpm|php-fpm8|varnishd|squid|caddy|unbound-checkconf|dhcpd",
        "it only tests a configuration",
        "-cdtnzvaPpsV:f: debug check strict state= test",
    )
    .words(|asked, given| {
        let one = |names: &[&str]| given.any(names).is_some();
        let reads = match asked.name {
            "named-checkconf" | "named-checkzone" | "unbound-checkconf" | "doveconf" | "testparm" => true,
            "visudo" => one(&["c", "check"]),
            "logrotate" => one(&["d", "debug"]) && !one(&["s", "state"]),
            "postfix" => given.words.as_slice() == ["status"],
            "postconf" => given.words.iter().all(|w| !w.contains('=')) && !one(&["e"]),
            "php-fpm" | "php-fpm8" => one(&["t", "test"]) && !one(&["d"]),
            "caddy" => matches!(given.verb(), "validate" | "version" | "list-modules"),
            _ => false,
        };
        (!reads).then(|| Call::changes(asked.name, "it starts or steers a service, or sets something"))
    })
    .must(&["logrotate -d c", "visudo -c", "named-checkconf", "postconf -n", "php-fpm -t"])
    .must_not(&[
        "logrotate c",
        "visudo",
        "postconf -e a=b",
        "postconf a=b",
        "logrotate -f c",
        "logrotate -d -s x c",
        "postfix flush",
        "squid -z",
        "caddy run",
        "php-fpm -t -d extension=x.so",
    ]),
    Rule::verbs("promtool|amtool", "alertmanager.url= config.file= http.config.file="),
    Rule::verbs(
        "promtool check|promtool query|promtool test|promtool debug|promtool tsdb|amtool config|\
        amtool alert|amtool silence|amtool cluster",
        "alertmanager.url= ",
    ),
    Rule::only_reads(
        "promtool check config|promtool check rules|promtool check metrics|\
        promtool check web-config|promtool check healthy|promtool check ready|promtool query instant|\
        promtool query range|promtool query series|promtool query labels|promtool test rules|\
        promtool tsdb list|promtool tsdb analyze|amtool check-config|amtool config show|\
        amtool config routes|amtool alert query|amtool silence query|amtool cluster show",
        "it only asks or tests",
        "-o:r: output= start= end= \
        step= match= lint= syntax-only limit= human-readable receiver= active silenced inhibited",
    )
    .must(&[
        "promtool check config /x",
        "promtool query instant http://localhost:9090 up",
        "amtool check-config x",
        "amtool alert query",
    ])
    .must_not(&[
        "promtool tsdb create-blocks-from openmetrics x",
        "amtool silence add a=b",
        "amtool alert add x",
        "amtool silence expire x",
        "promtool debug all http://x",
    ]),
];
