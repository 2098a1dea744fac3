#!/bin/sh
# Builds wengert and passes every test, from nothing: sh tests/run.sh [OPTION of meson setup ...]
# On Debian and Ubuntu, what is missing is installed first, as root or through sudo.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=models/packages.sh
. "$root/models/packages.sh"

install_missing need_for_tests
install_browser
configure "$root/build" -Dtests=enabled "$@"
say "Building wengert and its tests in $root/build"
ninja -C "$root/build" >&2 || fail "the build failed; the compiler's message stands above"
meson test -C "$root/build" --no-rebuild --print-errorlogs || fail "a test failed; its output stands above"
