#!/usr/bin/env bash
# What action.yml runs: a command with gates. Adds the table to the job summary, annotates the run, and sets the outputs
# `answer`, `result` and `junit`. Inputs come as variables, so that none of them is read as a command.
manifest="${GITHUB_ACTION_PATH:-.}/package.json"
version="$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$manifest")"
read -r -a program <<< "${PROGRAM:-npx --yes hackface-native@$version}"
out="${RUNNER_TEMP:-/tmp}/hackface-native"
mkdir -p "$out"

# xargs knows quotes, and runs nothing that is in them.
arguments=()
while IFS= read -r -d '' argument; do arguments+=("$argument"); done < <(xargs printf '%s\0' <<< "$ARGUMENTS")
each_line() {
  local line
  while IFS= read -r line; do
    [ -z "${line//[[:space:]]/}" ] || arguments+=("$1" "$line")
  done <<< "$2"
}
each_line --require "$REQUIRE"
each_line --no-worse "$NO_WORSE"
[ -z "$BASELINE" ] || arguments+=(--baseline "$BASELINE")

"${program[@]}" "$COMMAND" "${arguments[@]}" --json --force \
  --junit "$out/gates.xml" --summary github > "$out/result.json"
code=$?
case $code in
  0) answer='met' ;;
  1) answer='not met' ;;
  3) answer='cannot tell' ;;
  *) exit "$code" ;;
esac
echo "gates: $answer"
{
  echo "answer=$answer"
  echo "result=$out/result.json"
  echo "junit=$out/gates.xml"
} >> "$GITHUB_OUTPUT"
if [ "$answer" = 'cannot tell' ] && [ "$CANNOT_TELL" = 'pass' ]; then exit 0; fi
exit "$code"
