#!/bin/sh
# Runs the official Python client against the emulated server; installs it into a virtual environment below target/.
set -eu
cd "$(dirname "$0")/.."
EDGEWRIGHT_TEST_PYONE=1 exec cargo test -p edgewright-emulated-opennebula --test it pyone -- --nocapture
