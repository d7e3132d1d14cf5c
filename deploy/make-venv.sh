#!/bin/sh
# Makes the virtual environment $1 with the first Python >= 3.11 that is found.
set -eu
for python in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 &&
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "making $1 with $("$python" --version)"
        "$python" -m venv "$1" && exit 0
        echo "error: $python can't make a virtual environment (on Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
done
echo "error: no Python >= 3.11 found; install one, or name it: make PYTHON=/path/to/python run" >&2
exit 1
