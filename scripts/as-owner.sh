#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs a command as the owner of this folder where root runs it for somebody else (sudo make run),
# so that the owner can go on building and cleaning. Otherwise just runs it.
#
# as-owner.sh COMMAND...
# as-owner.sh --chown FOLDER    gives the folder to the owner in that case, else does nothing

set -u
owner=$(stat -c '%u:%g' "$(dirname "$0")/..") || exit 1
if [ "$(id -u)" -ne 0 ] || [ "${owner%:*}" -eq 0 ]; then
	[ "$1" != --chown ] || exit 0
	exec "$@"
fi
if [ "$1" = --chown ]; then
	exec chown -R "$owner" "$2"
fi
exec setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups "$@"
