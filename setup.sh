#!/usr/bin/env bash
# For people without make: checks what is needed, installs, builds and starts. Arguments go to the command line tool
# (`./setup.sh`, `./setup.sh down`, `./setup.sh status`).
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  echo "Node.js with npm is missing: install Node.js 20.15 or newer from https://nodejs.org" >&2
  exit 1
fi
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 15) ? 0 : 1)'; then
  echo "Node.js is $(node --version), 20.15 or newer is needed: install a newer one" >&2
  exit 1
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts
  touch node_modules/.package-lock.json
fi
npm run --silent build
exec node dist/local/main.js "${@:-up}"
