# shellcheck shell=sh
# Prints the targets that this host keeps for a component. Changes nothing. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${component:?}"

recall() {
  printf '\n%s begin\n' "$mark"
  for recall_target in "$state/components/$component/generations"/*/target.json; do
    [ -e "$recall_target" ] || continue
    recall_generation=${recall_target%/target.json}
    printf '\n%s generation %s\n' "$mark" "${recall_generation##*/}"
    cat -- "$recall_target"
  done
  printf '\n%s end\n' "$mark"
}
