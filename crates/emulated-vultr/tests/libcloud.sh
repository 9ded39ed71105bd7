#!/bin/sh
# Runs apache-libcloud's driver against the emulated API; installs it into a virtual environment below target/.
set -eu
cd "$(dirname "$0")/.."
EDGEWRIGHT_TEST_LIBCLOUD=1 exec cargo test -p edgewright-emulated-vultr --test it libcloud -- --nocapture
