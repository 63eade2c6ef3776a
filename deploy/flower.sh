#!/bin/sh
# Flower behind a password, as the user qloom; without FLOWER_PASSWORD it starts in the development profile only.
# The password goes by the environment: what stands on a command line, every user of the machine can read.
set -eu

password=${FLOWER_PASSWORD:-}
if [ -n "$password" ]; then
    case $password in
        *,* | changeme* | password* | flower* | qloom*) problem="is well known, or has a comma" ;;
        ????????????*) problem="" ;;
        *) problem="has fewer than 12 characters" ;;
    esac
    if [ -n "$problem" ]; then
        echo "FLOWER_PASSWORD $problem; draw one with openssl rand -hex 16" >&2
        exit 1
    fi
    export FLOWER_BASIC_AUTH="qloom:$password"
elif [ "${QLOOM_PROFILE:-production}" != development ]; then
    echo "FLOWER_PASSWORD is not set: outside the development profile Flower needs a password" >&2
    exit 1
fi

exec celery --quiet -A workers.app:celery flower --address="${FLOWER_HOST:-127.0.0.1}" --port="${FLOWER_PORT:-5555}" \
    --max_tasks=10000 --read_only=true --logging=error
