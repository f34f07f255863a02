#!/usr/bin/env bash
# Install the system's packages that the tests need, if one is missing: a browser, PostgreSQL, nginx,
# SIPp, systemd's checker, Prometheus's rule tester, npm, a library of Playwright's driver. Without apt, or the right
# to use it, say what to install and stop.
set -euo pipefail

missing=()
need() { # need PACKAGE COMMAND…: the package is missing if none of the commands is there
  local package=$1 command
  shift
  for command in "$@"; do
    if command -v "$command" >/dev/null 2>&1 || compgen -G "$command" >/dev/null; then return; fi
  done
  missing+=("$package")
}
PATH=$PATH:/usr/sbin:/sbin
if [ "$(uname -s)" != Linux ]; then # the tests that need Linux are left out there, and say so
  need chromium chromium-headless-shell chromium
  need postgresql initdb
  need node npm
  [ ${#missing[@]} -eq 0 ] && exit 0
  echo "make test needs: brew install ${missing[*]}" >&2
  exit 1
fi
need chromium-headless-shell chromium-headless-shell chromium
need nginx-light nginx
need prometheus promtool
need postgresql initdb '/usr/lib/postgresql/*/bin/initdb'
need sip-tester sipp
need systemd systemd-analyze
need npm npm
need util-linux unshare
need libatomic1 '/usr/lib/*/libatomic.so.1' '/usr/lib*/libatomic.so.1' # Playwright's own node
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install --no-install-recommends ${missing[*]}"
root=()
if ! command -v apt-get >/dev/null; then
  echo "make test needs these Debian packages or their like: ${missing[*]}" >&2
  exit 1
elif [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "make test needs: sudo $install" >&2
    exit 1
  fi
  root=(sudo -n)
fi
"${root[@]}" apt-get update -q
"${root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}"
