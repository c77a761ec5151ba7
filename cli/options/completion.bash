# bash completion of gradus; `gradus help --completion` has printed it.

_gradus_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_gradus_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$current")
  compopt -o filenames 2>/dev/null
}

_gradus() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command=${COMP_WORDS[1]} options=
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    _gradus_words "@COMMANDS@ --help --version"
    return
  fi
  # bash cuts --option=value into three words
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$command $previous" in
@VALUES@
  esac
  case $command in
@OPTIONS@
  esac
  if [[ $current == -* ]]; then
    _gradus_words "$options"
  elif [[ $command == help ]]; then
    _gradus_words "@COMMANDS@"
  else
    _gradus_files
  fi
}

complete -F _gradus gradus
