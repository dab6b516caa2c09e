//! Package managers.
//! It never lets through a verb that installs, removes or renews.

use super::options::Given;
use super::{Asked, Call, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::reads("apt|apt-get", "it only asks about packages", "-sqatvVyfm simulate fix-broken purge fix-missing no-install-recommends reinstall auto-remove print-uris dry-run just-print recon no-act installed upgradable all-versions quiet=? assume-yes names-only")
        .words(apt)
        .must(&["apt list --installed", "apt-get -s install x", "apt show x", "apt policy redis", "apt-get install --dry-run x", "apt search x"])
        .must_not(&["apt-get install x", "apt update", "apt-get -y upgrade", "apt-get clean", "apt autoremove", "apt-get -s -o Dir=/x install y", "apt download x", "apt-get source x", "apt-get --simulate=no install x"]),
    Rule::reads("apt-cache|dpkg-query|apt-config|apt-rdepends|debsums|dpkg-architecture", "it only asks about packages", "-WlsLSpnagqf:i show= list status listfiles search showformat= names-only full generate installed recurse")
        .words(|asked, given| (asked.name == "apt-cache" && matches!(given.verb(), "gencaches")).then(|| Call::changes("gencaches", "it renews the cache")))
        .must(&["apt-cache policy redis", "dpkg-query -W x", "dpkg-query --show 'linux-*'"])
        .must_not(&["apt-cache gencaches", "apt-cache -o Dir=/x policy", "debsums --generate=all,keep"]),
    Rule::reads("apt-mark", "it only asks about packages", "").words(|_, given| (!matches!(given.verb(), "showhold" | "showmanual" | "showauto" | "showinstall")).then(|| Call::changes(given.verb(), "it marks packages"))).must(&["apt-mark showhold"]).must_not(&["apt-mark hold x", "apt-mark"]),
    Rule::reads("dpkg", "it only asks about packages", "-lLsSpcIVC list listfiles status search print-avail contents info verify audit print-architecture get-selections compare-versions version no-pager")
        .needs("-lLsSpcIVC list listfiles status search print-avail contents info verify audit print-architecture get-selections compare-versions version")
        .must(&["dpkg -l", "dpkg -S /bin/ls", "dpkg -L x", "dpkg --get-selections", "dpkg -V x"])
        .must_not(&["dpkg -i x.deb", "dpkg -r x", "dpkg --configure -a", "dpkg --set-selections", "dpkg -l -i x", "dpkg --purge x"]),
    Rule::reads("dnf|yum|microdnf|zypper", "it only asks about packages", "-qvC cacheonly installed available showduplicates all enabled quiet")
        .words(|_, given| {
            let reads = matches!(given.verb(), "list" | "info" | "search" | "repolist" | "provides" | "whatprovides" | "repoquery" | "repoinfo" | "if" | "se" | "lr" | "packages")
                || given.verb() == "history" && matches!(given.words.get(1), None | Some(&"list" | &"info"));
            (!reads).then(|| Call::changes(given.verb(), "it installs or removes packages"))
        })
        .must(&["dnf list --installed", "yum info x", "dnf history", "dnf repolist", "zypper se x"])
        .must_not(&["dnf install x", "yum update", "dnf history undo 3", "dnf clean all", "dnf makecache", "dnf check-update", "dnf"]),
    Rule::reads("rpm", "it only asks about packages", "-qaiflRcdpVsKgvh all info file list requires provides changelog scripts last whatprovides whatrequires queryformat= qf= query verify checksig nosignature")
        .needs("-qVK query verify checksig")
        .words(|_, given| (given.any(&["q", "query", "V", "verify", "K", "checksig"]).is_none()).then(|| Call::changes("rpm", "it installs packages")))
        .must(&["rpm -qa", "rpm -qf /bin/ls", "rpm -qi x", "rpm -V x", "rpm -q --changelog x"])
        .must_not(&["rpm -i x", "rpm -Uvh x", "rpm -e x", "rpm --import x", "rpm --rebuilddb", "rpm -q --pipe 'rm x' y", "rpm --eval '%(rm x)'", "rpm -qa --define 'x %(id)'"]),
    Rule::verbs("apk|pip|pip3|npm|snap|brew|gem|flatpak|conda|yarn|pnpm", "").words(super::prompts),
    Rule::only_reads("apk info|apk list|apk version|apk policy|apk stats|pip list|pip show|pip freeze|pip check|pip3 list|pip3 show|pip3 freeze|pip3 check|npm ls|npm list|npm outdated|npm view|snap list|snap info|snap changes|snap services|brew list|brew info|gem list|flatpak list|conda list|conda info|yarn list|pnpm list", "it only asks about packages", "-vaegLo outdated all depth= json global installed format= local prod long")
        .must(&["pip list", "pip3 show x", "npm ls", "apk info", "snap list", "pip list --outdated", "npm ls -g --depth=0"])
        .must_not(&["pip install x", "npm install", "apk add x", "snap refresh", "gem install x", "npm run x", "brew install x", "npm", "npm exec x"]),
    Rule::reads("pacman", "it only asks about packages", "-Qiselktq").needs("-Q").must(&["pacman -Q", "pacman -Qi x"]).must_not(&["pacman -S x", "pacman -Syu", "pacman -R x", "pacman -QR x"]),
    Rule::changes("add-apt-repository|apt-key|apt-add-repository|dpkg-reconfigure|alternatives|update-alternatives|unattended-upgrade|checkinstall|npx|pipx|poetry|virtualenv|aptly|packagecloud-ctl|chef-client|chef-solo|puppet|salt|salt-call|ansible|ansible-playbook|ansible-pull|cfagent", "it installs, sets up or runs what is not known here")
        .must_not(&["apt-key add x", "npx x", "ansible-playbook p.yml --check", "ansible all -m ping", "chef-client --why-run", "puppet agent -t"]),
];

fn apt(asked: &Asked<'_>, given: &Given<'_>) -> Option<Call> {
    let simulated = given.any(&["s", "simulate", "dry-run", "just-print", "recon", "no-act"]).is_some();
    let asks = asked.name == "apt"
        && matches!(given.verb(), "list" | "show" | "policy" | "search" | "depends" | "rdepends" | "showsrc")
        || asked.name == "apt-get" && given.verb() == "indextargets";
    let simulates = simulated
        && matches!(
            given.verb(),
            "install" | "remove" | "purge" | "upgrade" | "dist-upgrade" | "full-upgrade" | "autoremove"
        );
    (!asks && !simulates).then(|| {
        Call::changes(
            if given.verb().is_empty() { asked.name } else { given.verb() },
            "it installs, removes or renews packages",
        )
    })
}
