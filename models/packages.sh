# What models/run.sh and tests/run.sh share: what is missing here, installing it, configuring the build. POSIX sh.
# shellcheck shell=sh

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

runs() { "$@" --version >/dev/null 2>&1; }

recent_meson() {
  version=$(meson --version 2>/dev/null) || return 1
  major=${version%%.*}
  minor=${version#*.}
  [ "$major" -ge 1 ] || [ "${minor%%.*}" -ge 61 ]
}

# True if the C compiler finds this header; the lines before it are what cmocka.h asks for.
has_header() {
  if runs cc; then
    printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h "$1" | cc -E - >/dev/null 2>&1
  else
    [ -e "/usr/include/$1" ]
  fi
}

# A name on PATH may be too old, or a stub of a version manager with nothing behind it: then the distribution's comes first.
if ! recent_meson || ! runs ninja || ! runs python3; then
  PATH=/usr/bin:/bin:$PATH
fi

# need PACKAGE CHECK...: the Debian package is missing if the check fails.
need() {
  package=$1
  shift
  "$@" || missing="$missing $package"
}

need_for_build() {
  need gcc runs cc
  need libc6-dev has_header stdlib.h
  need meson recent_meson
  need ninja-build runs ninja
  need uthash-dev has_header uthash.h
  need libjansson-dev has_header jansson.h
  need zlib1g-dev has_header zlib.h
  need pkg-config runs pkg-config
}

need_for_tests() {
  need_for_build
  need g++ runs c++
  need libcmocka-dev has_header cmocka.h
  need python3 runs python3
}

# Installs what the given function needs and does not find, through apt-get, and nothing else.
install_missing() {
  missing=
  "$1"
  if [ -z "$missing" ]; then
    return
  fi
  command -v apt-get >/dev/null ||
    fail "missing here, by their names in Debian:$missing. There is no apt-get, so please install them by other means."
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "missing packages:$missing. Only root can install them: apt-get install$missing"
    as_root=sudo
  fi
  say "Installing the missing packages:$missing${as_root:+ (through sudo)}"
  $as_root apt-get update -qq >&2 || say "apt-get update failed; going on with the package lists that are here"
  # shellcheck disable=SC2086 # a list of packages
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 $missing >&2 ||
    fail "apt-get could not install$missing; its message stands above"
  missing=
  "$1"
  case $missing in
  '') ;;
  *meson*) fail "Meson 0.61 or newer is needed, and the distribution has $(meson --version): try python3 -m pip install meson" ;;
  *) fail "still not found after the installation:$missing" ;;
  esac
}

# A browser that runs, for the tests of the explorer's page. On Ubuntu it may be a stub that wants a snap: that is none.
has_browser() { runs chromium || runs chromium-browser || runs google-chrome-stable || runs google-chrome; }

# Installs one if it can. It is worth a message and no more: without a browser those tests are skipped.
install_browser() {
  if has_browser || ! command -v apt-get >/dev/null; then
    return 0
  fi
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root='sudo -n' # which asks for no password
  say "Installing chromium for the tests of the explorer's page${as_root:+ (through sudo)}"
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 chromium fonts-dejavu-core >&2 || true
  has_browser || say "There is no browser now either: the tests of the explorer's page will be skipped."
}

# configure FOLDER [OPTION...]: the build folder of the sources in $root, made if it is not there.
configure() {
  folder=$1
  shift
  if [ ! -f "$folder/build.ninja" ]; then
    meson setup "$folder" "$root" "$@" >&2 || fail "the build cannot be configured; Meson's message stands above"
  elif [ $# -gt 0 ]; then
    meson configure "$folder" "$@" >&2 || fail "the options do not fit; Meson's message stands above"
  fi
}
