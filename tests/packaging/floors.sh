#!/bin/sh
# Arrows run downwards only: engine/ includes nothing of ops/ and models/, ops/ nothing of models/, the library nothing
# of the program or the tests; and the engine names no operation.
set -eu
. "$(dirname "$0")/common.sh"
cd "$SOURCE"

forbid() { # forbid PATTERN FILE...: no file includes a path that matches
  pattern=$1
  shift
  found=$(grep -nE "^ *# *include *[<\"].*($pattern)" "$@" || true)
  [ -z "$found" ] || fail "an include that runs upwards: $found"
}
forbid '(ops|models|tests)/' engine/*.[ch]
forbid '(models|tests)/' ops/*.[ch]
forbid '(program|tests)/' models/*.[ch]
forbid 'tests/' models/program/*.[ch]

named=$(sed -n 's/^WG_OP(\([a-z_0-9]*\),.*/wg_\1|wg_op_\1/p' ops/table.h | paste -sd '|' -)
[ -n "$named" ] || fail "no operation found in ops/table.h"
found=$(grep -nwE "$named" engine/*.c || true)
[ -z "$found" ] || fail "the engine names an operation: $found"
echo "every include runs downwards, and the engine names no operation"
