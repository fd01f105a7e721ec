# start: process start to exit of `run hello`, over the floor's with the same ELF file

measure() {
  # Five times as many runs: they are short.
  stopwatch $((5 * runs)) 0 "$swvmm" run hello -- 0 "$work/floor" "$work/hello.elf" >"$work/start"
  judge 'start: process start to exit, times the floor' 1.2 3 \
    < <(awk '{ print $1 / $2 }' "$work/start")
}
