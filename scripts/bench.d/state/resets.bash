# resets: a toy machine back to its snapshot and run to the next exit, a second, over the C loop that
# makes the same requests; and cuts a second, whole

# How many resets a run makes.
readonly resets=2000

measure() {
  local i ours floor
  release_build ResetCost
  "$swvmm" images export conserve "$work/conserve.elf" || fail 'swvmm images export conserve fails'
  for ((i = 0; i < runs; i++)); do
    ours=$("$bin/ResetCost" $resets) || fail 'ResetCost fails'
    floor=$("$work/reset-floor" "$work/conserve.elf" $resets) || fail 'reset-floor fails'
    echo "$ours $floor" >>"$work/resets"
  done
  # A time over a time: 0.9 of the floor's rate is 1.11 of its time.
  judge 'resets: time of one, times the floor' 1.11 3 < <(awk '{ print $1 / $2 }' "$work/resets")
  inform 'resets: a second' '' 0 < <(awk -v n=$resets '{ print n * 1e9 / $1 }' "$work/resets")
  measure_cuts
}

# Of the subject whose deadline is nearest.
measure_cuts() {
  local i before after cuts
  for ((i = 0; i < (runs < 3 ? runs : 3); i++)); do
    before=$EPOCHREALTIME
    "$swvmm" torture --json ioapic-edge >"$work/torture.json" || (($? == 1)) || fail 'torture fails'
    after=$EPOCHREALTIME
    cuts=$(sed -n 's/^ *"cuts": \([0-9]*\),$/\1/p' "$work/torture.json" | head -n 1)
    awk -v a="$before" -v b="$after" -v c="$cuts" 'BEGIN { print c / (b - a) }' >>"$work/cuts"
  done
  inform 'torture: whole cuts a second, ioapic-edge' '' 0 <"$work/cuts"
}
