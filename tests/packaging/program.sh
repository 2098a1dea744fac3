#!/bin/sh
# The installed program runs from where it is, and its manual page lies where man looks.
set -eu
. "$(dirname "$0")/common.sh"
install_here

version=$("$prefix/bin/wengert" --version)
echo "$version"
[ "$version" = "wengert $(package --modversion)" ] || fail "the version is not that of wengert.pc"
"$prefix/bin/wengert" derive D >"$work/log" || fail "wengert derive D ends with $?"
[ -n "$(find "$prefix/share/man/man1" -name 'wengert.1*')" ] || fail "no manual page"
