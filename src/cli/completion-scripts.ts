// The scripts for bash, zsh and fish. They know nothing of our verbs: at every key press they ask `homeostat complete`.

const bash = `# homeostat completion for bash 4.3 and newer
_homeostat() {
  local line=\${COMP_LINE:0:COMP_POINT} words current before
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  mapfile -t COMPREPLY < <("\${words[0]}" complete -- "\${words[@]:1}" 2> /dev/null)
  # Bash takes "@" for the end of a word: it replaces only what stands behind it.
  if [[ $current == *@* && $COMP_WORDBREAKS == *@* ]]; then
    before=\${current%@*}@
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -o default -F _homeostat homeostat
`

const zsh = `#compdef homeostat
# homeostat completion for zsh
_homeostat() {
  local -a found
  found=("\${(@f)$(homeostat complete -- "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ -n $found[1] ]]; then
    compadd -a found
  else
    _files
  fi
}
if [[ $funcstack[1] == _homeostat ]]; then
  _homeostat "$@"
else
  compdef _homeostat homeostat
fi
`

const fish = `# homeostat completion for fish
function __homeostat_complete
    set -l words (commandline -opc) (commandline -ct)
    homeostat complete -- $words[2..-1] 2> /dev/null
end
complete -c homeostat -f -a '(__homeostat_complete)'
complete -c homeostat -n '__fish_seen_subcommand_from run plan validate' -F
`

export const completionScripts = { bash, zsh, fish } as const

export type Shell = keyof typeof completionScripts
