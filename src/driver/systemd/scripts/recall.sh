# shellcheck shell=sh
# Prints the targets that this host keeps for a component, and when and why each was made. Changes nothing. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${component:?}"

recall() {
  printf '\n%s begin\n' "$mark"
  for recall_target in "$state/components/$component/generations"/*/target.json; do
    [ -e "$recall_target" ] || continue
    recall_generation=${recall_target%/target.json}
    printf '\n%s generation %s\n' "$mark" "${recall_generation##*/}"
    cat -- "$recall_target"
    [ ! -e "$recall_generation/manifest" ] || {
      printf '\n%s manifest %s\n' "$mark" "${recall_generation##*/}"
      sed -n -E '/^(time|cause|end)/p' -- "$recall_generation/manifest"
    }
  done
  printf '\n%s end\n' "$mark"
}
