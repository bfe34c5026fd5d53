#!/usr/bin/env bash
# What the document stream costs: seimai filter --rules none on 4 kB Japanese documents, beside jq and
# Python's json. Prints a table; figures as JSON in the build folder. SEIMAI_BUILD names a Release build.
# SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH="$here/.." exec python3 "$here/stream.py" "$@"
