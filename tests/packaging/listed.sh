#!/bin/sh
# No file is forgotten: every source of the engine, the models and the program, and every test, stands in its folder's
# meson.build. (ops/ lists itself.)
set -eu
. "$(dirname "$0")/common.sh"
cd "$SOURCE"

count=0
for file in engine/*.c models/*.c models/program/*.c tests/bench/*.c tests/*/test_*.c tests/*/test_*.py tests/packaging/*.sh; do
  folder=$(dirname "$file")
  name=$(basename "$file")
  [ "$name" = common.sh ] || grep -qF "'$name'" "$folder/meson.build" || fail "$file is not in $folder/meson.build"
  count=$((count + 1))
done
echo "$count files, each listed"
