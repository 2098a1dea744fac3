#!/bin/sh
# wengert is a Meson subproject of another program, as the kind of library that the argument says: shared or static.
set -eu
. "$(dirname "$0")/common.sh"

mkdir -p "$work/consumer/subprojects"
cp "$SOURCE/tests/packaging/subproject/meson.build" "$SOURCE/tests/packaging/consumer.c" "$work/consumer"
ln -s "$SOURCE" "$work/consumer/subprojects/wengert"

echo "meson setup, with wengert as a $1 library in subprojects/"
# shellcheck disable=SC2086 # a command with arguments
quietly $MESON setup "$work/build" "$work/consumer" --wrap-mode=forcefallback -Doptimization=0 \
  -Dwengert:default_library="$1"
echo "meson compile"
# shellcheck disable=SC2086
quietly $MESON compile -C "$work/build" consumer
runs_well "$work/build/consumer"
