#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing (Debian packages by name, Python packages in a virtual environment of the project).
# Sourced by docs/quickstart.sh and Tests/run.sh; expects to stand in the project's root.
set -euo pipefail

need() { # need COMMAND-OR-FILE PACKAGE: remembers the package when the thing is missing
  case "$1" in
    /*) [ -e "$1" ] || missing+=("$2") ;;
    *) command -v "$1" >/dev/null 2>&1 || missing+=("$2") ;;
  esac
}

install_packages() {
  missing=()
  need /usr/include/openssl/evp.h libssl-dev
  need /usr/include/sqlite3.h libsqlite3-dev
  need pkg-config pkg-config
  need openssl openssl
  need python3 python3
  need unshare util-linux
  for extra in "$@"; do need "${extra%%:*}" "${extra##*:}"; done
  python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing+=(python3-venv)
  # Where curl's header lies depends on the machine; pkg-config knows.
  pkg-config --exists libcurl >/dev/null 2>&1 || missing+=(libcurl4-openssl-dev)
  if [ "${#missing[@]}" -gt 0 ]; then
    echo "installing: ${missing[*]}"
    local sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
}

# The test server and the independent checkers, pinned.
python_packages=('moto[server]==5.2.5' 'boto3==1.44.5')
plan_packages=('python-hcl2==8.1.4')
checker_packages=("${plan_packages[@]}" 'cryptography==50.0.2' 'rfc8785==0.1.4' 'pymerkle==7.0.0' 'securesystemslib==1.6.0' 'cfn-lint==1.58.0' 'z3-solver==5.4.1.0')

install_python() { # install_python PACKAGE…
  [ -x .venv/bin/python ] || python3 -m venv .venv
  local stamp=".venv/installed-$(printf '%s\n' "$@" | sort | sha256sum | cut -c1-16)"
  if [ ! -e "$stamp" ]; then
    echo "installing into .venv: $*"
    .venv/bin/pip install --quiet --disable-pip-version-check "$@"
    touch "$stamp"
  fi
}

# A checker of infrastructure code, in an environment of its own: it pins versions of boto3 and others that the test server needs newer.
install_checkov() {
  local version=3.3.30
  if [ ! -e ".venv/checkov/installed-$version" ]; then
    echo "installing into .venv/checkov: checkov==$version"
    [ -x .venv/checkov/bin/python ] || python3 -m venv .venv/checkov
    .venv/checkov/bin/pip install --quiet --disable-pip-version-check "checkov==$version"
    touch ".venv/checkov/installed-$version"
  fi
}
