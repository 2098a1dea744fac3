#!/bin/sh
# Every installed header stands alone, in C and in C++, without a warning; and wengert.h includes them all.
set -eu
. "$(dirname "$0")/common.sh"
install_here

include=$prefix/$(basename "$(package --variable=includedir)")/wengert
headers=$(cd "$include" && find . -name '*.h' | sort)
[ -n "$headers" ] || fail "no header was installed"
# The table of operations is read by ops.h, once for each purpose, and means nothing alone.
alone=$(echo "$headers" | grep -vx ./ops/table.h)

check() { # check COMPILER... : one file that includes one header, twice, for each header
  for header in $alone; do
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
      "$@" -Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only -I"$include" - || fail "$* $header"
  done
  echo "$*: $(echo "$alone" | wc -l) headers"
}
# shellcheck disable=SC2086 # commands with arguments
check $CC -std=c11 -x c
# shellcheck disable=SC2086
check $CC -std=c17 -x c
# shellcheck disable=SC2086
[ -z "$CXX" ] || check $CXX -std=c++11 -x c++
# shellcheck disable=SC2086
[ -z "$CXX" ] || check $CXX -std=c++20 -x c++

# shellcheck disable=SC2086
included=$(echo '#include <wengert.h>' | $CC -I"$include" -E -x c - | sed -n 's/^# [0-9]* "\(.*\.h\)".*/\1/p' |
  sort -u | xargs realpath)
for header in $headers; do
  path=$(cd "$include" && realpath "$header")
  echo "$included" | grep -qxF "$path" || fail "wengert.h does not include $header"
done
echo "wengert.h includes them all"
