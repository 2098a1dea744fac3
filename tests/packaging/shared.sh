#!/bin/sh
# An installed wengert serves a program in C or C++ (the argument: consumer.c or consumer.cpp) through pkg-config.
set -eu
. "$(dirname "$0")/common.sh"
install_here

case $1 in
*.cpp) compile="$CXX -std=c++11" ;;
*) compile="$CC -std=c17" ;;
esac
echo "$compile $1 $(package --cflags --libs)"
# shellcheck disable=SC2046,SC2086 # lists of arguments
$compile -Wall -Wextra -Wpedantic -Werror "$SOURCE/tests/packaging/$1" $(package --cflags --libs) -o "$work/consumer"
runs_well "$work/consumer"
