#!/bin/sh
# The two commands of the README on a machine that has never seen them: a new Debian with Node, npm and git of its own and nothing
# else, in a directory tree; the checkout in it is a clean clone of the last commit. Prints how long each command took.
#   sudo test/fresh-machine.sh [SUITE]       SUITE: trixie (default, Node 20) or bookworm (Node 18)
set -eu
suite=${1:-trixie}
checkout=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo 'fresh-machine: this needs root' >&2; exit 2; }
command -v mmdebstrap > /dev/null || { echo 'fresh-machine: apt-get install mmdebstrap' >&2; exit 2; }

machine=$(mktemp -d /var/tmp/homeostat-fresh.XXXXXX)
trap 'rm -rf --one-file-system "$machine"' EXIT
trap 'exit 130' INT TERM HUP
mirror=${HOMEOSTAT_LAB_MIRROR:-http://deb.debian.org/debian}
echo "fresh-machine: installing Debian $suite with nodejs, npm and git in $machine"
mmdebstrap --quiet --variant=important --include=nodejs,npm,git,ca-certificates --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' "$suite" "$machine" "$mirror"
rm -f "$machine"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
git clone --quiet "$checkout" "$machine/root/homeostat"
# On line in the way this machine is, whatever certificates and names that takes.
cp --dereference /etc/resolv.conf "$machine/etc/resolv.conf"
cp --dereference /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/ca-certificates.crt"

# Everything that is mounted or started in there ends with it.
cat > "$machine/root/enter.sh" << 'END'
set -eu
# A root that is a mount of its own, as a machine's is: mount namespaces can be made in there.
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount -t tmpfs -o mode=755 run "$1/run"
mount -t tmpfs tmp "$1/tmp"
# Not chroot: the kernel makes no user namespaces inside one, and units with PrivateUsers= would not start.
cd "$1"
pivot_root . mnt
umount --lazy /mnt
exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  HOMEOSTAT_LAB=fresh NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt sh -eu /root/commands.sh
END
cat > "$machine/root/commands.sh" << 'END'
cd /root/homeostat
timed() {
  begun=$(date +%s)
  rm -f /tmp/applied /tmp/healthy
  { status=0; "$@" 2>&1 || status=$?; echo "$status" > /tmp/status; } | while IFS= read -r line; do
    printf '%4ss  %s\n' "$(($(date +%s) - begun))" "$line"
    # What is only looked at is healthy at once, and no figure.
    case $line in *' Applied '*) : > /tmp/applied ;; esac
    case $line in *' Healthy '*) [ ! -e /tmp/applied ] || [ -e /tmp/healthy ] || echo "$(($(date +%s) - begun))" > /tmp/healthy ;; esac
  done
  [ "$(cat /tmp/status)" = 0 ] || failed=yes
  first=
  [ ! -e /tmp/healthy ] || first="; the first component healthy after $(cat /tmp/healthy) s"
  summary="$summary
  $*: exit $(cat /tmp/status) after $(($(date +%s) - begun)) s$first"
}
summary= failed=
timed npm run demo -- --exit
timed npm run demo -- --exit
timed npm test -- --only checks
# As docs/install.md has it.
git clone --quiet /root/homeostat /opt/homeostat
cd /opt/homeostat
timed npm ci --omit=dev --ignore-scripts
ln -s /opt/homeostat/bin/homeostat.js /usr/local/bin/homeostat
timed homeostat version
echo "fresh-machine: Node $(node --version), npm $(npm --version)$summary"
[ -z "$failed" ]
END
unshare --mount --propagation private --pid --fork --kill-child --uts --ipc sh "$machine/root/enter.sh" "$machine"
