#!/bin/sh
# wengert is a Meson subproject of another program, first as a shared library, then as a static one.
set -eu
. "$(dirname "$0")/common.sh"

mkdir -p "$work/consumer/subprojects"
cp "$SOURCE/tests/packaging/subproject/meson.build" "$SOURCE/tests/packaging/consumer.c" "$work/consumer"
ln -s "$SOURCE" "$work/consumer/subprojects/wengert"

echo "meson setup, with wengert in subprojects/"
# not optimized, whatever the default options of a subproject are, and for one level of processors: compiled soon
CFLAGS="${CFLAGS-} -O0"
export CFLAGS
# shellcheck disable=SC2086 # a command with arguments
quietly $MESON setup "$work/build" "$work/consumer" --wrap-mode=forcefallback -Dwengert:processor=baseline
for kind in shared static; do
  echo "meson compile, wengert as a $kind library"
  # shellcheck disable=SC2086
  quietly $MESON configure "$work/build" -Dwengert:default_library=$kind
  # shellcheck disable=SC2086
  quietly $MESON compile -C "$work/build" consumer
  case $(nm "$work/build/consumer" | sed -n 's/.* \([TU]\) wg_grad$/\1/p') in
  U) found=shared ;;
  T) found=static ;;
  *) found=none ;;
  esac
  [ $found = $kind ] || fail "the program has a $found wg_grad"
  runs_well "$work/build/consumer"
done
