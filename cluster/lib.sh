# What cluster/up, cluster/down and Tests/run share. Sourced, never run.

# Debian's names: what the build links, and what the scripts call.
build_packages=(librocksdb-dev libzstd-dev libssl-dev libsqlite3-dev zlib1g-dev libpcre2-dev)
script_packages=(jq curl)
# What the tests of processes need besides: networks of their own, a compiler for failing writes, certificates.
test_packages=(iproute2 ethtool gcc libc6-dev openssl)

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Installs the packages that are missing; says so only when there are any.
install_packages() {
    local missing=() as_root=() package
    command -v dpkg-query >/dev/null || fail \
        "This script installs packages with apt, which this machine lacks. Install what matches: $*"
    for package in "$@"; do
        # grep reads to the end: with -q it would end the pipe early, and pipefail would call that a failure.
        dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null | grep ' installed$' >/dev/null \
            || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    echo "installing ${missing[*]}"
    [[ $(id -u) -eq 0 ]] || as_root=(sudo)
    "${as_root[@]}" apt-get -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        "${missing[@]}" >/dev/null
}

# The process id of the node whose state lies in directory $1, if it runs. A pid file outlives a reboot, so the process
# must be ours by its command line too.
running_node() {
    local id
    [[ -f $1/pid ]] && id=$(<"$1/pid") && [[ -n $id && -r /proc/$id/cmdline ]] || return 1
    tr '\0' '\n' 2>/dev/null <"/proc/$id/cmdline" | grep -xF "$1/data" >/dev/null || return 1
    printf '%s' "$id"
}
