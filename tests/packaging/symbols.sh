#!/bin/sh
# The shared library shows nothing but names that begin with wg_, and calls nothing that prints or ends the process.
set -eu
. "$(dirname "$0")/common.sh"
library=$BUILD/libwengert.so

names() { nm --dynamic --format=posix "$@" "$library" | cut -d ' ' -f 1 | sed 's/@.*//'; }

shown=$(names --defined-only)
echo "$(echo "$shown" | wc -l) names shown"
foreign=$(echo "$shown" | grep -v '^wg_' || true)
[ -z "$foreign" ] || fail "names without the prefix: $foreign"
echo "$shown" | grep -qx wg_grad || fail "wg_grad is not shown"

calls=$(names --undefined-only)
echo "calls: $(echo "$calls" | paste -sd ' ' -)"
loud=$(echo "$calls" | grep -Ex '_?_?(abort|_?exit|_Exit|quick_exit|raise|assert_fail|v?printf(_chk)?|puts|putchar|perror|stdout|stderr)' || true)
[ -z "$loud" ] || fail "the library calls: $loud"
