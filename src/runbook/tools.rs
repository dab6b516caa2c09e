//! The names of programs that runbooks call, and which of them are ordinary words too.
//! It never looks at more than a name.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// Programs of hosts, containers, clusters, stores, clouds and their shells.
const TOOLS: &str = "
    alembic amtool ansible ansible-playbook apk apt apt-cache apt-get arp arping at ausearch awk aws az
    base64 basename bash bazel blkid bpftrace brctl brew bridge btrfs buildah bundle bunzip2 bzip2
    cargo cat cd ceph certbot certutil chage chattr chef-client chgrp chmod chown chroot cilium cksum clickhouse-client
    cmp comm composer conntrack consul cp createdb crictl crio crontab ctr curl cut
    date dd df dhclient diff dig dirname dmesg dnf docker docker-compose doctl dotnet dpkg dropdb dstat du dumpe2fs
    e2fsck echo env envsubst ethtool eval exec exit export exportfs
    fallocate false fdisk file find fio firewall-cmd flock flux flyctl free fsck fuser
    gcloud gdb gem getenforce getent getfacl gh git glab go gpg gpg2 gradle grep groups growpart gsutil gunzip gzip
    hdparm head helm heroku hexdump host hostname htop http hub
    iconv id ifconfig influx install iostat iotop ip ipcs ipmitool ipset iptables iptables-save iperf iperf3 iw
    java jcmd jmap join jq jstack jstat
    k9s kafkacat kcat keytool kill killall kind kinit kubeadm kubectl kubectx kubens kustomize knife
    last lastb ldd less ln locale logger logrotate ls lsattr lsblk lscpu lsmod lsns lsof lspci lsusb ltrace lvextend lvs
    make man mc md5sum mdadm memcached minikube mkdir mkfs mktemp modprobe mokutil mongo mongodump mongosh more mount
    mountpoint mpstat mtr multipath mv mvn mysql mysqladmin mysqldump
    nc ncat netcat netstat nerdctl nft nginx nice nmap node nohup nomad npm npx nsenter nslookup ntpdate ntpq nvidia-ctk
    nvidia-smi nvme
    oc od odf openssl openstack
    pacman parted passwd paste patch perf perl pg_basebackup pg_controldata pg_dump pg_dumpall pg_isready pg_restore pgrep
    php pidof pidstat ping ping6 pip pip3 pkill pm2 pmap podman popd printenv printf promtool ps psql pstree pushd pvresize
    pvs pwd pwgen pwsh py-spy python python2 python3
    rabbitmq-plugins rabbitmqctl rados radosgw-admin rake rbd read readlink realpath reboot redis-benchmark redis-server
    rename renice resize2fs restorecon rm rmdir route rpcinfo rpm rsync ruby runc rustup
    s3cmd sar scp screen script sed semanage seq service sestatus set setenforce setfacl sftp sh sha1sum sha256sum showmount
    shred shutdown sleep slapcat smartctl smbclient snap socat sort source split sqlite3 ss ssh ssh-add ssh-copy-id
    ssh-keygen ssh-keyscan stat stern strace strings stty su sudo swapoff swapon sync sysctl
    systemctl systemd-analyze systemd-resolve
    tail tar taskset tc tcpdump tee telnet terraform test thanos timeout time tmux top touch tr traceroute tracepath
    truncate tshark tune2fs
    ufw ulimit umount unalias uname unlink unset unzip update-ca-certificates update-ca-trust uptime useradd userdel usermod
    uuidgen
    vault vgextend vgs vi vim nano virsh virtctl visudo vmstat w wal-e wal-g watch wc websocat wget whereis which who whoami
    whois
    xargs xfs_growfs xfs_info xfs_repair xxd
    yarn yes yq yum
    zcat zfs zgrep zip zless zpool zypper zsh";

/// Programs whose name is an ordinary English word: more than the name must speak for a command.
const WORDS: &str = "at bridge comm cut date diff echo eval exec exit false file find fuser groups head host hub id install ip
    join kind kill last less locale logger make man more mount node paste patch perf ping printf read rename route screen
    script service set sleep sort source split stat strings sync tail test thanos time timeout top touch unlink w watch
    which who yes go flux vault consul free join more read nice";

/// Endings of names that programs of operations have.
const ENDINGS: &[&str] = &["ctl", "-cli", "-ctl", "_ctl", ".sh", "-admin", "-psql", "-rails", "-rake"];

/// Every word of a runbook's commands is looked up in them.
static TOOL_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| TOOLS.split_whitespace().collect());
static WORD_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

/// Whether it is a program of operations by its name.
pub(super) fn is_tool(name: &str) -> bool {
    let shaped = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
    shaped
        && (TOOL_SET.contains(name)
            || name.len() > 4 && ENDINGS.iter().any(|e| name.ends_with(e))
            || name.starts_with("mkfs.")
            || name.starts_with("kafka-")
            || name.starts_with("fsck."))
}

/// Whether a program's name is an ordinary word too.
pub(super) fn is_word(name: &str) -> bool {
    WORD_SET.contains(name)
}

/// Whether a program with this one word behind it still wants what it is about: `kubectl logs`, `git clone`.
pub(super) fn wants_more(word: &str) -> bool {
    matches!(
        word,
        "logs"
            | "describe"
            | "get"
            | "apply"
            | "exec"
            | "delete"
            | "edit"
            | "patch"
            | "create"
            | "clone"
            | "run"
            | "rsh"
            | "debug"
            | "scale"
            | "cp"
            | "inspect"
            | "annotate"
            | "label"
            | "drain"
            | "cordon"
            | "rollout"
            | "explain"
            | "commit"
            | "push"
            | "rebase"
            | "port-forward"
            | "attach"
            | "expose"
            | "set"
            | "config"
            | "compose"
    )
}
