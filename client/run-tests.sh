#!/usr/bin/env bash
# Run the client's tests in a virtual environment of its own: client/run-tests.sh newest|oldest|pennylane
# Without a network it is skipped, except in CI.
set -euo pipefail
cd "$(dirname "$0")"
name=$1
venv="$PWD/../.client-$name"
stamp="$venv/.installed"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)

install() {
    rm -rf "$venv"
    "${PYTHON:-python3}" -m venv "$venv"
    "${pip[@]}" --require-hashes -r "requirements-$name.txt"
    "${pip[@]}" --no-deps --no-build-isolation .
    touch "$stamp"
}

if [[ ! -e $stamp || -n $(find "requirements-$name.txt" pyproject.toml src -newer "$stamp" -print -quit) ]]; then
    echo "installing the client with its $name requirements into .client-$name"
    if ! install; then
        [[ ${CI:-} ]] && exit 1
        echo "test-client is skipped: the requirements could not be installed"
        exit 0
    fi
fi

tests=(tests)
case $name in
oldest)
    tests=(tests/test_qiskit_circuits.py tests/test_qiskit_mistakes.py tests/test_qiskit_primitives.py)
    tests+=(tests/test_operations.py tests/test_sweeps.py)
    ;;
pennylane) tests=(tests/test_qiskit_algorithms.py -k pennylane) ;;
esac
[[ $name != newest ]] || "$venv/bin/mypy"
QLOOM_SERVER_PYTHON=${SERVER_PYTHON:-$PWD/../.venv/bin/python} exec "$venv/bin/python" -m pytest -q "${tests[@]}"
