# delivery-cpus: 1, 2, 4 and 8 vCPUs with a timer each at 1 kHz for a minute: nothing lost, and
# processor time per vCPU over that of one

measure() {
  local cpus time one=
  for cpus in 1 2 4 8; do
    TIMEFORMAT='%U %S'
    time=$({ time "$swvmm" run smp-gtick --cpus $cpus --timeout 600 -- 60000 1000 0 \
      </dev/null >"$work/ticks" 2>"$work/errors" || echo failed >>"$work/errors"; } 2>&1)
    ! grep -q . "$work/errors" || fail "smp-gtick --cpus $cpus: $(tail -n 1 "$work/errors")"
    time=$(awk -v n=$cpus '{ print ($1 + $2) / n }' <<<"$time")
    one=${one:-$time}
    judge "delivery-cpus: $cpus, nothing lost; processor time each" 1.2 3 \
      < <(awk -v t="$time" -v one="$one" 'BEGIN { print t / one }')
  done
}
