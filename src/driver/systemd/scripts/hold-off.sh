# shellcheck shell=sh
# Gives a change that waits for its confirmation more time, or says that nothing has to be taken back by itself any more. The caller
# sets the variables checked here.
: "${mark:?}" "${state:?}" "${component:?}" "${held:?}" "${seconds:?}"
wait=$state/armed/$component/wait
record=$state/components/$component/record

hold_off() {
  umask 077
  if hold_said=$(before_it_fires set_time 2>&1); then answer held_off "$hold_said"; else answer refused "$hold_said"; fi
}

set_time() {
  grep -qsxF "operation $held" "$wait" || {
    printf 'nothing of %s waits for its confirmation here any more\n' "$held"
    return 1
  }
  if [ "$seconds" -eq 0 ]; then
    # A removal that came to its end has left a record that owns nothing. Before that, it waits for somebody.
    if grep -qx 'kind remove' "$wait" && grep -qsx end "$record" && ! grep -q '^owned ' "$record"; then move_away; fi
    disarm
    rm -rf -- "$state/components/.$component.gone"
    return
  fi
  read -r hold_uptime _ < /proc/uptime
  read -r hold_boot < /proc/sys/kernel/random/boot_id
  sed -e "s/^boot .*/boot $hold_boot/" -e "s/^until .*/until $((${hold_uptime%%.*} + seconds))/" "$wait" > "$wait.new" &&
    grep -qx end "$wait.new" && sync "$wait.new" && mv -fT -- "$wait.new" "$wait"
}
