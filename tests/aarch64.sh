#!/bin/sh
# Builds the library for 64-bit ARM, whose vectors are NEON, with a cross compiler, and runs the unit tests and the gradient
# tests in an emulator: sh tests/aarch64.sh. Optional: nothing else needs it. For Debian, where what is missing is installed
# first, as root or through sudo; cmocka for ARM goes into build-aarch64 alone.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=models/packages.sh
. "$root/models/packages.sh"
build=$root/build-aarch64
foreign=$build/foreign

need_for_arm() {
  need_for_tests
  need gcc-aarch64-linux-gnu runs aarch64-linux-gnu-gcc
  need qemu-user runs qemu-aarch64
}

# Debian's packages of cmocka for ARM, unpacked; the lists of packages for it stay out of the system's.
fetch_cmocka() {
  mkdir -p "$foreign/lists/partial" "$foreign/sysroot/usr/include"
  set -- -o APT::Architectures::=amd64 -o APT::Architectures::=arm64 -o Dir::State::lists="$foreign/lists" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  apt-get -qq "$@" update || fail "apt-get could not read the lists of packages for arm64"
  (cd "$foreign" && apt-get -qq "$@" download libcmocka0:arm64 libcmocka-dev:arm64) ||
    fail "apt-get could not get cmocka for arm64"
  for package in "$foreign"/*.deb; do dpkg -x "$package" "$foreign/sysroot"; done
  cp /usr/include/uthash.h "$foreign/sysroot/usr/include"
}

write_cross_file() {
  cat >"$foreign/cross.ini" <<END
[constants]
sysroot = '$foreign/sysroot'
[binaries]
c = 'aarch64-linux-gnu-gcc'
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'
pkg-config = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu',
  '-E', 'LD_LIBRARY_PATH=' + sysroot / 'usr/lib/aarch64-linux-gnu']
[properties]
sys_root = sysroot
pkg_config_libdir = sysroot / 'usr/lib/aarch64-linux-gnu/pkgconfig'
[built-in options]
c_args = ['-isystem', sysroot / 'usr/include']
c_link_args = ['-L' + sysroot / 'usr/lib/aarch64-linux-gnu']
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
}

install_missing need_for_arm
[ -e "$foreign/sysroot/usr/include/cmocka.h" ] || fetch_cmocka
write_cross_file
[ -e "$build/build.ninja" ] ||
  meson setup "$build" "$root" --cross-file "$foreign/cross.ini" -Dtests=enabled -Djansson=disabled -Dzlib=disabled
targets=$(ninja -C "$build" -t targets all | sed -n 's/^\(tests\/\(unit\|gradients\)\/[a-z]*-test_[a-z_]*\): .*/\1/p')
# shellcheck disable=SC2086 # a list of targets
ninja -C "$build" $targets
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 20 --suite unit --suite gradients "$@"
