#!/bin/sh
# An installed static wengert is linked into a program through pkg-config --static, and the program needs no other.
set -eu
. "$(dirname "$0")/common.sh"
install_here

rm -f "$libraries"/libwengert.so*
echo "$CC consumer.c $(package --cflags --libs --static)"
# shellcheck disable=SC2046 # lists of arguments
$CC -std=c17 "$SOURCE/tests/packaging/consumer.c" $(package --cflags --libs --static) -o "$work/consumer"
rm "$libraries/libwengert.a"
runs_well "$work/consumer"
