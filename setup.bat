@echo off
rem Checks what is needed, installs, builds and starts Sluice with Docker. The native stack needs Linux, macOS or WSL.
rem Arguments go to the command line tool: setup.bat down, setup.bat status.
setlocal
cd /d "%~dp0"

where node >nul 2>nul
if errorlevel 1 (
  echo Node.js with npm is missing: install Node.js 20.15 or newer from https://nodejs.org
  exit /b 1
)
node -e "const [a, b] = process.versions.node.split('.'); process.exit(a > 20 || (a == 20 && b >= 15) ? 0 : 1)"
if errorlevel 1 (
  echo Node.js is too old, 20.15 or newer is needed: install a newer one
  exit /b 1
)
docker info >nul 2>nul
if errorlevel 1 (
  echo Docker does not answer: start Docker Desktop, or run setup.sh inside WSL for the stack without Docker
  exit /b 1
)

call npm ci --ignore-scripts || exit /b 1
call npm run --silent build || exit /b 1
set STACK=docker
if "%~1"=="" (
  node dist\local\main.js up
) else (
  node dist\local\main.js %*
)
exit /b %errorlevel%
