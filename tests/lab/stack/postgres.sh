#!/bin/sh
# The first start makes the database with the password it is given then; later starts keep it.
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "$POSTGRES_PASSWORD" ]; then
        echo "Error: Database is uninitialized and superuser password is not specified."
        exit 1
    fi
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --no-locale -E UTF8 --no-sync >/dev/null
    rm /tmp/password
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | /bin/postgres --single -D "$PGDATA" postgres >/dev/null
    echo "PostgreSQL init process complete; ready for start up."
fi
[ "$1" != postgres ] || shift
exec /bin/postgres -c listen_addresses=* "$@"
