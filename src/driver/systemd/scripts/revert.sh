# shellcheck shell=sh
# Waits for changes of this host that nobody confirms, and takes them back. Runs as homeostat-revert.service while there is one, also
# after a restart of the host. It needs nothing but what lies below /var/lib/homeostat.
state=/var/lib/homeostat
umask 077
export LC_ALL=C.UTF-8 TZ=UTC PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

read_uptime() {
  read -r uptime _ < /proc/uptime
  uptime=${uptime%%.*}
}

# read_armed FILE: false where it is damaged or gone; then nothing is known, and nothing is done.
read_armed() {
  operation='' boot='' until='' whole=''
  while IFS= read -r line; do
    case $line in
      'operation '*) operation=${line#* } ;;
      'boot '*) boot=${line#* } ;;
      'until '*) until=${line#* } ;;
      end) whole=yes ;;
    esac
  done 2> /dev/null < "$1" || return 1
  case $operation in '' | *[!a-z0-9-]*) return 1 ;; esac
  case $until in '' | *[!0-9]*) return 1 ;; esac
  [ "$whole" = yes ] && [ -e "$state/ops/$operation-revert/run" ]
}

# is_due FILE: its time is over. One that was armed before a restart begins anew: those who would confirm it may only now find us.
is_due() {
  read_armed "$1" || return 1
  read_uptime
  [ "$boot" = "$this_boot" ] || until=$((began + 60))
  [ "$uptime" -ge "$until" ]
}

# fire COMPONENT: between confirming and going back there is one lock, and one rename.
fire() {
  exec 9>> "$state/armed.lock"
  flock -w 5 9 || return 0
  if is_due "$state/armed/$1/wait"; then
    printf 'nobody has confirmed operation %s of %s: it is taken back\n' "$operation" "$1"
    mv -fT -- "$state/armed/$1/wait" "$state/armed/$1/firing"
    sync -- "$state/armed/$1"
  fi
  exec 9>&-
}

# go_back COMPONENT: as an operation of its own, at most three times, should the host be restarted in the middle.
go_back() {
  if read_armed "$state/armed/$1/firing"; then
    back=$operation-revert
    tries=$(cat -- "$state/ops/$back/tries" 2> /dev/null || printf 0)
    if [ ! -e "$state/ops/$back/result" ] && [ "$tries" -lt 3 ]; then
      printf '%s\n' "$((tries + 1))" > "$state/ops/$back/tries"
      mkdir -p -- "/run/homeostat/ops/$back"
      printf '%16384s' '' > "$state/ops/$back/reserve"
      date +%s%3N | systemd-run --quiet --collect --wait --pipe --unit="homeostat-op-$back" \
        --description="Homeostat takes back operation $operation" \
        --property=RuntimeMaxSec=600 /bin/sh "$state/ops/$back/run" || :
    fi
    if grep -qsx 'outcome refused' "$state/ops/$back/result"; then
      # Another operation had this host for too long: nothing was changed, and nothing is given up.
      rm -f -- "$state/ops/$back/result" "$state/ops/$back/tries"
      return
    fi
    [ ! -e "$state/ops/$back/result" ] || sed -n '1,2p' -- "$state/ops/$back/result"
  fi
  rm -rf -- "${state:?}/armed/$1"
}

read -r this_boot < /proc/sys/kernel/random/boot_id
read_uptime
began=$uptime
while :; do
  waits=no
  for armed in "$state"/armed/*; do
    if [ -e "$armed/firing" ]; then
      go_back "${armed##*/}"
    elif is_due "$armed/wait"; then
      fire "${armed##*/}"
    fi
    [ ! -e "$armed/wait" ] && [ ! -e "$armed/firing" ] || waits=yes
  done
  [ "$waits" = yes ] || exit 0
  sleep 1
done
