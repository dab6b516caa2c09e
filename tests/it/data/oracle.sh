# Runs each line of its input in a throw-away copy of this machine's files, and says what was different afterwards.
# Used by tests/it/oracle.rs inside namespaces of its own: nothing of it reaches the machine.
set -u
T=$(mktemp -d) || exit 97
mount -t tmpfs tmpfs "$T" || exit 97
mkdir "$T/upper" "$T/work" "$T/root" || exit 97
mount -t overlay overlay -o "lowerdir=/,upperdir=$T/upper,workdir=$T/work" "$T/root" || exit 97
R=$T/root
mount -t proc -o ro proc "$R/proc" || exit 97
mount -t tmpfs tmpfs "$R/dev" || exit 97
mount -t tmpfs tmpfs "$R/tmp" || exit 97
for device in null zero random urandom full; do
    touch "$R/dev/$device" && mount --bind "/dev/$device" "$R/dev/$device" || exit 97
done
mkdir "$R/tmp/w" && cd "$R/tmp/w" || exit 97
printf 'a b c\nerror x\n1 2 3\n' | tee f x g a b c a.txt b.txt in big deploy.sh app.log x.log patterns >/dev/null
printf '{"a":[1]}' >in.json
mkdir d && touch d/core
tar cf a.tar a b && tar czf a.tgz a b && gzip -c a >f.gz
ip link set lo up 2>/dev/null
cd /
# A server's test of its configuration makes its empty log and pid file on a machine where it never ran: here it has.
command -v nginx >/dev/null && chroot "$R" nginx -t >/dev/null 2>&1
# Everything that could differ: files with size, time, rights and owner; processes; sockets. What a tool notes for itself in
# the home folder, its logs and its cache of what it was answered, is not what a command changes; nor is a temporary file
# that is gone again.
state() {
    { find "$T/upper" "$R/dev" -printf '%p %y %m %u %s %T@\n'; find "$R/tmp" -mindepth 1 -printf '%p %y %m %u %s %T@\n'; } |
        grep -vE '/upper(/root)?(/\.(config|terraform\.d|cache|kube|npm))? d |/root/\.(config(/gcloud|/configstore| )|terraform\.d|cache|kube/cache|npm/_logs)' | sort
    for process in /proc/[0-9]*; do
        read -r name <"$process/comm" 2>/dev/null && case $name in sh | find | sort | sed | grep | dash | bash) ;; *) echo "process $name" ;; esac
    done
    sed 's/ [0-9a-f]*: / /' /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 /proc/net/unix /proc/net/raw | sort
}
before=$(state)
while IFS= read -r line; do
    seconds=${line%%	*}
    command=$(printf '%b' "${line#*	}")
    # Without the rights that reach beyond a namespace.
    setpriv --bounding-set -sys_boot,-sys_module,-sys_rawio,-sys_time,-mknod,-sys_ptrace \
        chroot "$R" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
        timeout -k 0.2 "$seconds" sh -c "cd /tmp/w && exec bash -c \"\$0\"" "$command" </dev/null >/dev/null 2>&1
    after=$(state)
    # What is about to end is given a moment.
    [ "$before" = "$after" ] || { sleep 0.5; after=$(state); }
    if [ "$before" != "$after" ]; then
        printf 'changed\t%s\n' "$line"
        printf '%s\n' "$before" >"$T/before"
        printf '%s\n' "$after" | diff "$T/before" - | grep '^[<>]' | head -5
        before=$after
    else
        printf 'same\t%s\n' "$line"
    fi
done
