# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by run.sh: as-owner.sh drops root where the folder has another owner.

owned=$work/owned
mkdir -p "$owned/scripts" "$owned/build"
cp "$root/scripts/as-owner.sh" "$owned/scripts"
chmod 755 "$work"
user=$(id -u)
[ "$user" -ne 0 ] || user=65534
[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$owned"

runs_as_owner()
{
	[ "$("$owned/scripts/as-owner.sh" id -u)" = "$user" ]
}
gives_away()
{
	"$owned/scripts/as-owner.sh" --chown "$owned/build" && [ "$(stat -c %u "$owned/build")" = "$user" ]
}
ok "as-owner: runs a command as the owner of the folder" runs_as_owner
ok "as-owner: --chown" gives_away
