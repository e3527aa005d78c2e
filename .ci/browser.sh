#!/bin/sh
# Installs the Chromium that the dashboard's tests open, where that is possible: Debian, as root.
# Never fails: without a browser those tests are skipped (REQUIRE_BROWSER=1 makes them fail).
set -u

if command -v chromedriver >/dev/null; then
    for browser in chromium chromium-browser google-chrome; do
        command -v "$browser" >/dev/null && exit 0
    done
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "no Chromium here, and not root on Debian: browser tests will be skipped" >&2
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null 2>&1; }
# the lists of a fresh image are empty or old
install || { apt-get update -qq >/dev/null 2>&1 && install; } ||
    echo "could not install Chromium: browser tests will be skipped" >&2
exit 0
