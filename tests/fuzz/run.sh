#!/bin/sh
# Fuzzes the readers with libFuzzer and the address and undefined-behavior sanitizers: sh tests/fuzz/run.sh SECONDS [TARGET ...]
# SECONDS for each target (csv, gzip, idx, npy, npz …; without names all of them). What was found interesting stays in
# build-fuzz/corpus/TARGET and is used again; an input that fails is left in build-fuzz. Needs clang.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=models/packages.sh
. "$root/models/packages.sh"

[ $# -ge 1 ] || fail "say for how many seconds: sh tests/fuzz/run.sh SECONDS [TARGET ...]"
seconds=$1
shift
runs clang || fail "clang is not installed"

folder=$root/build-fuzz
export CC=clang CXX=clang++
configure "$folder" -Dtests=enabled -Dfuzz=enabled -Dbuildtype=debug -Doptimization=1 -Dprocessor=baseline
if [ $# -eq 0 ]; then
  # shellcheck disable=SC2046 # a list of words
  set -- $(sed -n 's|^build tests/fuzz/libfuzzer-\([a-z]*\):.*|\1|p' "$folder/build.ninja")
fi
for target in "$@"; do
  ninja -C "$folder" "tests/fuzz/libfuzzer-$target" tests/fuzz/corpus >&2 || fail "$target cannot be built"
done
cd "$folder"
for target in "$@"; do
  mkdir -p "corpus/$target"
  say "$target: $seconds s"
  "tests/fuzz/libfuzzer-$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
    "corpus/$target" "tests/fuzz/corpus/$target"
done
