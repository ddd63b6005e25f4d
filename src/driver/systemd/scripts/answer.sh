# shellcheck shell=sh
# How the small scripts that change a component's record go about it, and answer. The caller sets the variables checked here.
: "${mark:?}" "${state:?}"

# answer KIND TEXT
answer() {
  printf '\n%s begin\n\n%s %s\n%s\n\n%s end\n' "$mark" "$mark" "$1" "$2" "$mark"
}

# between_operations KIND COMMAND: an operation that runs now may be writing the same record: it is waited for, or it wins.
between_operations() {
  umask 077
  exec 9>> "$state/lock"
  flock -w 10 9 || {
    answer refused 'an operation is running on this host'
    return
  }
  if between_said=$("$2" 2>&1); then answer "$1" "$between_said"; else answer refused "$between_said"; fi
}
