#!/usr/bin/env bash
# Makes the lab's images from this machine's own programs and the libraries they name; no registry is asked.
# Usage: images.sh LAB_BINARY [app|redis|postgres|frontend ...]
set -euo pipefail

app="$1"
shift
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# An empty system: busybox, users, folders.
base() {
    root="$work/$1"
    mkdir -p "$root"/{bin,etc,tmp,run,proc,sys,dev,app}
    chmod 1777 "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $("$root/bin/busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
    done
    printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'postgres:x:70:70::/var/lib/postgresql:/bin/sh' 'redis:x:999:999::/data:/bin/sh' \
        'app:x:1000:1000::/app:/bin/sh' 'nobody:x:65534:65534::/:/bin/sh' >"$root/etc/passwd"
    printf '%s\n' 'root:x:0:' 'postgres:x:70:' 'redis:x:999:' 'app:x:1000:' 'nogroup:x:65534:' 'nobody:x:65534:' >"$root/etc/group"
    echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

# Programs, as FROM=TO or a path, each with its libraries.
programs() {
    local one from to library
    for one; do
        from="${one%%=*}" to="${one##*=}"
        install -D -m 755 "$from" "$root$to"
        (ldd "$from" 2>/dev/null || true) | grep -oE '/[^ ]+\.so[^ ]*' | while read -r library; do
            [ -e "$root$library" ] || install -D -m 755 "$(realpath "$library")" "$root$library"
        done
    done
}

image() {
    name="$1"
    shift
    touch "$work/owned"
    tar -C "$root" --numeric-owner --owner=0 --group=0 --exclude-from="$work/owned" -cf "$work/$name.tar" .
    tar -C "$root" --numeric-owner -rf "$work/$name.tar" -T "$work/owned"
    docker import "$@" "$work/$name.tar" "unstuck-lab-$name" >/dev/null
    rm -rf "$root" "$work/$name.tar" "$work/owned"
}

owned() {
    mkdir -p "$root/$2"
    chown "$1:$1" "$root/$2"
    chmod 700 "$root/$2"
    echo "./$2" >>"$work/owned"
}

for wanted in "${@:-app redis postgres frontend}"; do
    case "$wanted" in
        app)
            base app
            programs "$app=/usr/bin/lab" "$(command -v curl)=/usr/bin/curl" /usr/bin/printenv /usr/bin/getent
            image app --change 'WORKDIR /app' --change "LABEL lab.stamp=$(stat -c '%s-%Y' "$app")"
            ;;
        redis)
            base redis
            programs /usr/bin/redis-server /usr/bin/redis-cli
            owned 999 data
            image redis --change 'USER redis' --change 'WORKDIR /data' --change 'VOLUME /data'
            ;;
        postgres)
            base postgres
            home="$(ls -d /usr/lib/postgresql/*/ | sort -V | tail -n 1)"
            home="${home%/}"
            for program in postgres initdb pg_ctl psql pg_isready pg_dump pg_restore createdb dropdb pgbench; do
                programs "$home/bin/$program"
                printf '#!/bin/sh\nexec %s "$@"\n' "$home/bin/$program" >"$root/bin/$program"
                chmod 755 "$root/bin/$program"
            done
            mkdir -p "$root$home/lib" "$root/usr/share/postgresql"
            find "$home/lib" -maxdepth 1 -name '*.so' ! -name 'llvmjit*' -exec cp -t "$root$home/lib" {} +
            cp -a "/usr/share/postgresql/${home##*/}" "$root/usr/share/postgresql/"
            cp -aL /usr/share/zoneinfo "$root/usr/share/zoneinfo"
            install -m 755 "$(dirname "$0")/postgres.sh" "$root/bin/entrypoint"
            owned 70 var/lib/postgresql/data
            owned 70 run/postgresql
            mkdir -p "$root/var"
            ln -s ../run "$root/var/run"
            image postgres --change 'USER postgres' --change 'ENTRYPOINT ["/bin/entrypoint"]' --change 'CMD ["postgres"]' \
                --change 'ENV PGDATA=/var/lib/postgresql/data' --change 'VOLUME /var/lib/postgresql/data'
            ;;
        frontend)
            base frontend
            programs "$(command -v nginx)=/bin/nginx" "$(command -v curl)=/usr/bin/curl"
            mkdir -p "$root/etc/nginx/certs" "$root/usr/share/nginx/html" "$root/var/log/nginx" "$root/var/lib/nginx"
            openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
                -keyout "$root/etc/nginx/certs/server.key" -out "$root/etc/nginx/certs/server.crt" 2>/dev/null
            echo '<!doctype html><title>Home Security</title><p>Dashboard</p>' >"$root/usr/share/nginx/html/index.html"
            image frontend --change 'ENTRYPOINT ["/bin/nginx", "-g", "daemon off;"]'
            ;;
        *) echo "error: no image is called \`$wanted\`" >&2; exit 2 ;;
    esac
done
