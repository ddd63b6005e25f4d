# shellcheck shell=sh
# Takes what is sent: contents are words of a function that hands them to the shell's own `printf`, so that they show in no argument list.
: "${op:?}"

# receive PATH FORMAT CONTENT: becomes this file below `op`.
receive() {
  # shellcheck disable=SC2059
  printf "$2" "$3" > "$op/$1" && return 0
  # The shell says no more than "I/O error"; a program says why.
  head --bytes=64K /dev/zero > "$op/$1"
  return 1
}
