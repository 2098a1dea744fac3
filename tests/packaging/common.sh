# What the tests of this folder share. POSIX sh. From the environment, set in meson.build: SOURCE and BUILD, the
# folders; CC, CXX and MESON, the commands that this build uses.
# shellcheck shell=sh

fail() {
  echo "FAILED: $*"
  exit 1
}

# quietly COMMAND...: its output is shown only if it fails, the end of it.
quietly() { "$@" >"$work/log" 2>&1 || fail "$* ends with $?: $(tail -n 40 "$work/log")"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Installs this build into $work, with pkg-config set up to find it there: $prefix, $libraries.
install_here() {
  echo "meson install into an empty folder"
  # shellcheck disable=SC2086 # a command with arguments
  quietly $MESON install -C "$BUILD" --no-rebuild --destdir "$work/root"
  pc=$(find "$work/root" -name wengert.pc)
  [ -n "$pc" ] || fail "no wengert.pc was installed"
  PKG_CONFIG_PATH=$(dirname "$pc")
  export PKG_CONFIG_PATH
  libraries=$(dirname "$PKG_CONFIG_PATH")
  prefix=$work/root$(pkg-config --variable=prefix wengert)
}

package() { pkg-config --define-variable=prefix="$prefix" "$@" wengert; }

# runs_well COMMAND...: the consumer prints what its first comment derives.
runs_well() {
  output=$(LD_LIBRARY_PATH=${libraries-} "$@") || fail "the program ends with $?"
  echo "$output"
  [ "$output" = "J 1.098612, db2 -0.666667 0.333333 0.333333" ] || fail "the numbers are wrong"
}
