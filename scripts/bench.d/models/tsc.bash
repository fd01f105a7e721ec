# tsc: `tsc --verdict` of a trace of a million lines, over `grep -c kvm_` of it

measure() {
  # A line in ten is of a TSC, as in a trace of all of KVM's events; the others grep counts, too.
  awk 'BEGIN {
    for (i = 0; i < 1000000; i++) {
      printf "CPU %d/KVM  %d [%03d] %d.%06d: ", i % 2, 4242 + i % 2, i % 8, i / 1000000, i % 1000000
      if (i % 20 == 0)
        printf "kvm:kvm_write_tsc_offset: vcpu=%d prev=%s next=18446744070000000000\n",
          i / 20 % 2, i < 40 ? "0" : "18446744070000000000"
      else if (i % 20 == 1)
        printf "kvm:kvm_track_tsc: vcpu_id %d masterclock 0 offsetmatched %d nr_online 2 hostclock tsc\n",
          i / 20 % 2, (i > 1)
      else
        printf "kvm:kvm_exit: vcpu %d reason msr rip 0xffffffff81000000 info1 0 info2 0\n", i % 2
    } }' >"$work/trace"
  local status=0
  "$swvmm" tsc --verdict "$work/trace" >/dev/null 2>"$work/errors" || status=$?
  ((status <= 1)) || fail "swvmm tsc: $(tail -n 1 "$work/errors")"
  # To a file: a grep whose output goes to /dev/null stops at the first match.
  printf '#!/bin/sh\nexec grep -c kvm_ "%s" >"%s"\n' "$work/trace" "$work/counted" >"$work/count"
  chmod +x "$work/count"
  stopwatch "$runs" "$status" "$swvmm" tsc --verdict "$work/trace" -- 0 "$work/count" >"$work/tsc"
  judge 'tsc: a trace of a million lines, times grep -c' 5 2 \
    < <(awk '{ print $1 / $2 }' "$work/tsc")
}
