# shellcheck shell=sh
# Ends the waiting for a confirmation of a component's last change.
: "${state:?}" "${component:?}"

# disarm: the host does not go back by itself any more, and keeps nothing to go back with. Under the lock of the host only.
disarm() {
  disarm_operation=$(sed -n 's/^operation \([a-z0-9-]*\)$/\1/p' "$state/armed/$component/wait" 2> /dev/null) || :
  rm -rf -- "$state/armed/$component"
  [ -z "$disarm_operation" ] || rm -rf -- "$state/ops/$disarm_operation-revert"
}
