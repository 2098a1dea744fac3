#!/bin/sh
# Builds wengert and runs its main job, from nothing: sh models/run.sh [OPTION of wengert lecture ...]
# On Debian and Ubuntu, what is missing is installed first, as root or through sudo.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=models/packages.sh
. "$root/models/packages.sh"

install_missing need_for_build
configure "$root/build"
say "Building wengert in $root/build"
ninja -C "$root/build" wengert >&2 || fail "the build failed; the compiler's message stands above"
exec "$root/build/wengert" lecture "$@"
