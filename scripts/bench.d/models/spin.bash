# spin: the search of the Count/Compare world, one thread, over the model checker spin's of the
# same world, freeze.pml; Debian's package, installed if this may

# spin's generated search, in $work/spin: as a user who wants speed builds it. Whole states are stored
# and compared, as here, so no -DBITSTATE, -DHC or -DCOLLAPSE. -DSAFETY leaves out the search for
# cycles, which this search does not have either; -DNOREDUCE the partial order reduction, which has nothing
# to reduce where there is one process, and costs 5 %.
build_spin() {
  if ! command -v spin >"$work/which"; then
    ((EUID != 0)) || apt-get install -y --no-install-recommends spin >"$work/apt" 2>&1 || true
    command -v spin >"$work/which" || return 1
  fi
  local variant source=$PWD/scripts/bench.d/floors/freeze.pml
  for variant in '' -DFREEZE_BUG; do
    mkdir -p "$work/spin$variant"
    (
      cd "$work/spin$variant"
      spin $variant -a "$source" && "${CC:-cc}" -O2 -w -DSAFETY -DNOREDUCE ${variant:+-DREACH} -o pan pan.c
    ) >"$work/build.log" 2>&1 || fail "spin's search is not built: $(tail -n 1 "$work/build.log")"
  done
}

# The two must search the same world, or their rates mean nothing: as many states (spin counts one
# more, before the timer is there), and with the freeze bug put in both lose in as many actions.
check_spin() {
  local ours theirs
  "$work/spin/pan" -m1000000 -w20 >"$work/pan.txt"
  grep -q 'errors: 0$' "$work/pan.txt" || fail 'spin finds an error in scripts/bench.d/floors/freeze.pml'
  theirs=$(awk '/states, stored/ { print $1 - 1 }' "$work/pan.txt")
  ours=$("$swvmm" explore --json count-compare 2>/dev/null | member states)
  ((ours == theirs)) || fail "spin finds $theirs states, and swvmm $ours"
  # The first action of spin's is number 1: number 0 makes the timer.
  theirs=$(cd "$work/spin-DFREEZE_BUG" && ./pan -i -m30 | sed -n 's/.*assertion.*(at depth \([0-9]*\))$/\1/p' |
    sort -n | head -n 1)
  ours=$("$swvmm" explore --bug mips-freeze-lost-irq 2>/dev/null | sed -n '$s/[^,]//gp') || true
  ((${#ours} + 1 == theirs)) ||
    fail "with the freeze bug spin loses in $theirs actions, and swvmm in $((${#ours} + 1))"
}

measure() {
  build_spin || {
    ! is_named spin || fail 'spin is not installed'
    printf '%-58s not measured: spin is not installed\n' 'spin'
    return 0
  }
  check_spin
  stopwatch "$runs" 0 "$swvmm" explore --threads 1 count-compare \
    -- 0 "$work/spin/pan" -m1000000 -w20 >"$work/spin.times"
  judge "spin: the search of as many states, times spin's" 2 2 \
    < <(awk '{ print $1 / $2 }' "$work/spin.times")
  awk -v ours="$("$swvmm" explore --json count-compare 2>/dev/null | member bytesPerState)" '
    /states, stored/ { states = $1 }
    /actual memory usage for states/ { stored = $1 }
    /memory used for hash table/ { table = $1 }
    END { printf "  (a state takes %d bytes with its share of the table; spin'"'"'s %.0f)\n",
      ours, (stored + table) * 1048576 / states }' "$work/pan.txt"
}
