# neighbours: one-shots of 500 us, p50 and p99 in us, and how many are lost or early: a vCPU alone; beside a
# busy loop on its processor; two vCPUs a processor, guests halted, then busy; four vCPUs and all other
# threads on one processor; a storm there, of a period of 3 us

# P50 P99 LOST+EARLY of all vCPUs together.
crowded() { # OPTIONS...
  "${pinned[@]}" "$swvmm" measure --json --no-stamps --count 500 "$@" >"$work/measured" 2>"$work/errors" ||
    fail "measure $*: $(tail -n 1 "$work/errors")"
  awk -F '[:,]' '/"p50Nanoseconds":/ && !m { m = $2 / 1000 } /"p99Nanoseconds":/ && !p { p = $2 / 1000 }
    /"lost":/ && !l++ { n += $2 } /"early":/ && !e++ { n += $2 } END { print m, p, n + 0 }' "$work/measured"
}

neighbour() { # WHAT OPTIONS...
  local what=$1 i
  shift
  for ((i = 0; i < runs; i++)); do crowded "$@"; done >"$work/crowd"
  inform "neighbours: $what, p50, us" '' 1 < <(awk '{ print $1 }' "$work/crowd")
  inform "neighbours: $what, p99, us" '' 1 < <(awk '{ print $2 }' "$work/crowd")
  judge "neighbours: $what, lost or early" 0 0 < <(awk '{ print $3 }' "$work/crowd")
}

measure() {
  local pinned=() two=$((2 * $(nproc)))
  neighbour 'alone'
  neighbour 'a busy loop beside' --load busy
  neighbour "$two vCPUs" --cpus $two
  neighbour "$two vCPUs, busy guests" --cpus $two --guest busy
  pinned=(taskset -c 0)
  neighbour '4 vCPUs, all on one' --cpus 4
  neighbour '4 vCPUs, all on one, storm' --cpus 4 --shape periodic --period 3
}
