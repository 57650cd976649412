#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the two executables as they are shipped, into .build-release/dist/, with the policy templates beside them (copy the folder policies/ too):
# the Swift and C++ runtimes inside (a machine needs no Swift; OpenSSL, SQLite and curl stay the distribution's, with its security updates), compact
# relocations, no symbols. They start in half the time of a plain build.
#
#   docs/build-release.sh [--clean]       --clean builds from nothing
set -euo pipefail
cd "$(dirname "$0")/.."
source Tests/Support/setup.sh
install_packages strip:binutils

build=.build-release
if [ "${1:-}" = --clean ]; then rm -rf "$build"; fi
source Tests/Support/release_flags.sh

mkdir -p "$build/dist"
for product in countersign countersign-airgap; do
  swift build "${release_flags[@]}" --quiet --product "$product" 2> >(grep -v 'mktemp' >&2)
  strip -o "$build/dist/$product" "$(swift build "${release_flags[@]}" --show-bin-path)/$product"
done
# prepare looks for the templates beside the program.
rm -rf "$build/dist/policies"
cp -r policies "$build/dist/policies"
(cd "$build/dist" && ls -l countersign countersign-airgap && sha256sum countersign countersign-airgap)
