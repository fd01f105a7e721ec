# model: the operations of the timer models, over a read of the clock; for information

# How often a run does each operation.
readonly operations=100000

measure() {
  local i name nanoseconds
  release_build TimerCost
  for ((i = 0; i < runs; i++)); do
    "$bin/TimerCost" $operations >>"$work/model" || fail 'TimerCost fails'
  done
  while read -r name; do
    nanoseconds=$(awk -v name="$name" -v n=$operations '$1 == name { print $2 / n }' "$work/model" |
      quartiles | awk '{ printf "%.1f", $1 }')
    inform "model: $name, times clock" "$nanoseconds ns" 3 \
      < <(awk -v name="$name" '$1 == "clock" { c = $2 } $1 == name { print $2 / c }' "$work/model")
  done < <(awk '!seen[$1]++ { print $1 }' "$work/model")
}
