# device: `explore count-compare` through the C adapter, over the same in process, both exhausted; operations
# per second through it, one by one and batched, for information

# How often each search runs at most: through the adapter it takes many seconds.
readonly device_runs=5

measure() {
  local i j
  "$swvmm" device header >"$work/swvmm_device.h" || fail 'swvmm device header fails'
  "${CC:-cc}" -std=c99 -O2 -Wall -Wextra -I"$work" -o "$work/c-timer" Tests/Adapters/c-timer/c-timer.c ||
    fail 'the adapter in C does not compile'
  for ((i = 0; i < (runs < device_runs ? runs : device_runs); i++)); do
    device_search --device "$work/c-timer"
    device_search
  done | paste - - >"$work/device"
  judge 'device: count-compare by the C adapter, times in process' 5 2 \
    < <(awk '{ print $1 / $2 }' "$work/device")
  for i in 1 1024; do
    for ((j = 0; j < 5; j++)); do
      "$swvmm" device duel "$work/c-timer" --batch $i --seed $((j + 1)) 2>&1 >/dev/null
    done | sed -n 's|.*: \([0-9]*\) operations/s.*|\1|p' >"$work/device-rate"
    inform "device: operations/s, at most $i per request" 'duel' 0 <"$work/device-rate"
  done
}

# Prints the milliseconds that a search took, which must have come to the end.
device_search() { # OPTION...
  "$swvmm" explore count-compare "$@" >"$work/explored" 2>"$work/errors" ||
    fail "$(tail -n 1 "$work/errors")"
  grep -q exhausted "$work/explored" || fail "$(cat "$work/explored")"
  sed -n 's|.*searched for \([0-9]*\) ms.*|\1|p' "$work/errors"
}
