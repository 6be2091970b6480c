#!/usr/bin/env bash
# Installs the Debian packages that building, testing and the local cluster need, if any is missing. Needs root only then.
# The language toolchains (Rust, Go, Node.js with npm, Java with Maven, Python 3.11) are expected to be there.
set -euo pipefail

packages=(
    build-essential cmake pkg-config libssl-dev libsasl2-dev zlib1g-dev # librdkafka
    python3-venv openssl postgresql-client curl git
    chromium                                                            # browser tests
)
if [ "${1:-}" = --cluster ]; then
    packages+=(containerd runc containernetworking-plugins iptables nftables kmod buildah mmdebstrap tini)
fi

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        echo "run as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

for tool in cargo go node npm java mvn python3; do
    command -v "$tool" >/dev/null || { echo "missing: $tool (see README.md)" >&2 && exit 1; }
done
