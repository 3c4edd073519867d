#!/bin/sh
# Makes the secret files of the split installation once; what is there stays.
# The folder is closed to others; the files themselves are readable because containers run as users of their own.
set -eu
folder=${YZT_SECRETS:-./secrets}
mkdir -p "$folder"
chmod 0700 "$folder"
[ -s "$folder/postgres_password" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$folder/postgres_password"
[ -s "$folder/database_url" ] || printf 'postgresql+psycopg://yizhangtu:%s@postgres/yizhangtu' "$(cat "$folder/postgres_password")" > "$folder/database_url"
chmod 0444 "$folder/postgres_password" "$folder/database_url"
