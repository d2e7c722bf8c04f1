#!/bin/sh
# Makes the database of POSTGRES_USER at the first start, as the image of this name does, and runs the server.
set -eu
data=/var/lib/postgresql/data
as_postgres() {
  setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
}
if [ ! -s "$data/PG_VERSION" ]; then
  chown postgres:postgres "$data"
  as_postgres initdb --no-sync --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
    --encoding=UTF8 --auth=scram-sha-256
  echo "create database $POSTGRES_DB" | as_postgres postgres --single -D "$data" postgres
  echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups -- \
  postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
