# delivery: planned deadline to the guest's handler, one-shots of 500 us, `measure` as it is by
# default: over the floor floors/timer-floor.c (timerfd, KVM_IRQ_LINE), median and p99, the guest halted, then
# busy, then periodic at 1 kHz on 1, 2 and 4 vCPUs; over a C thread that spins and injects; over KVM's own PIT,
# LAPIC one-shot and TSC deadline in the same guest; over QEMU's PIT with the controllers in QEMU, with the same
# ELF file

readonly deadlines=1000
readonly deadline_period=500

# MEDIAN P99 of the numbers on standard input, in nanoseconds.
percentiles() {
  sort -g | awk '{ v[NR] = $1 } END { if (!NR) exit 1
    print v[int((NR + 1) / 2)], v[int(NR * 0.99 + 0.999999)] }'
}

# The same of a `swvmm measure`, which says them itself.
measured() { # OPTIONS...
  "$swvmm" measure --json --no-stamps --count $deadlines --period $deadline_period "$@" \
    >"$work/measured" 2>"$work/errors" || fail "measure $*: $(tail -n 1 "$work/errors")"
  awk -F '[:,]' '/"p50Nanoseconds":/ && !m { m = $2 + 0 } /"p99Nanoseconds":/ && !p { p = $2 + 0 } END { print m, p }' \
    "$work/measured"
}

floored() { # [busy|spin|VCPUS]
  "$work/timer-floor" $deadlines "${period:-$deadline_period}" "$@" >"$work/floored" 2>"$work/errors" ||
    fail "$(tail -n 1 "$work/errors")"
  percentiles <"$work/floored"
}

# QEMU's latencies: the guest prints cycles from when the count had been set; the count is of whole
# ticks of the PIT. That QEMU began to count before the guest's stamp counts for it.
qemu_delivery() {
  local status=0
  qemu-system-x86_64 -M microvm,kernel-irqchip=off,pit=on,pic=off,rtc=off -accel kvm -cpu qemu64 -m 32 \
    -nodefaults -no-reboot -display none -serial stdio -device isa-debug-exit,iobase=0xf4,iosize=1 \
    -kernel "$work/deadlines.elf" -append "2 0 0 $deadlines $deadline_period" \
    </dev/null >"$work/cycles" 2>"$work/errors" || status=$?
  ((status == 1)) || fail "QEMU fails: $(tail -n 1 "$work/errors")"
  awk -v khz="$khz" -v us=$deadline_period 'NR > 1 {
    print $1 / khz * 1e6 - int(us * 1193182 / 1e6) / 1193182 * 1e9 }' "$work/cycles" | percentiles
}

# A file of pairs: PEER's median and p99, ours.
pair() { # FILE OURS... -- PEER...
  local file=$1 ours=() i
  shift
  while [[ $1 != -- ]]; do ours+=("$1") && shift; done
  shift
  for ((i = 0; i < runs; i++)); do
    if ((i % 2)); then
      echo "$("$@") $("${ours[@]}")"
    else
      local mine
      mine=$("${ours[@]}")
      echo "$("$@") $mine"
    fi
  done >"$work/$file"
}

measure() {
  pair halted measured -- floored
  judge 'delivery: halted, median, times the floor' 0.15 3 < <(awk '{ print $3 / $1 }' "$work/halted")
  judge 'delivery: halted, p99, times the floor' 0.3 3 < <(awk '{ print $4 / $2 }' "$work/halted")
  pair spinning measured -- floored spin
  judge 'delivery: halted, median, times a spinning C thread' 0.55 3 \
    < <(awk '{ print $3 / $1 }' "$work/spinning")
  local cpus
  for cpus in 1 2 4; do
    period=1000 pair periodic measured --cpus $cpus --shape periodic --period 1000 -- floored $cpus
    judge "delivery: 1 kHz on $cpus vCPU, median, times the floor" 0.2 3 \
      < <(awk '{ print $3 / $1 }' "$work/periodic")
  done
  pair busy measured --guest busy -- floored busy
  judge 'delivery: busy, median, times the floor' 0.15 3 < <(awk '{ print $3 / $1 }' "$work/busy")
  local timer
  for timer in pit apic tsc-deadline; do
    pair $timer measured -- measured --timer $timer
    judge "delivery: halted, median, times KVM's $timer" 0.25 3 \
      < <(awk '{ print $3 / $1 }' "$work/$timer")
  done
  if ! command -v qemu-system-x86_64 >"$work/which"; then
    printf '%-58s not measured: qemu-system-x86_64 is not installed\n' 'delivery: QEMU'
    return 0
  fi
  khz=$("$work/timer-floor" tsc) || fail 'the TSC cannot be measured'
  pair pit-qemu measured -- qemu_delivery
  judge "delivery: halted, median, times QEMU's PIT" 0.2 3 \
    < <(awk '{ print $3 / $1 }' "$work/pit-qemu")
}
