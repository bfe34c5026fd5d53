#!/usr/bin/env bash
# What filter's presets cost on one core, beside HojiChar with the same filters and MeCab itself. SEIMAI_BUILD names a
# Release build. Takes the packages of build/venv (hojichar) where they are. SPDX-License-Identifier: MIT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
python=$root/build/venv/bin/python
[ -x "$python" ] || python=python3
PYTHONPATH="$here/.." exec "$python" "$here/presets.py" "$@"
