# Runs on the emulated machine of scripts/boot-linux, with busybox's shell: the boots and what is checked.
# usage: guest.sh CHECKPOINTS
faults=0

check() { # WHAT COMMAND...
  what=$1
  shift
  if "$@" >/dev/null 2>&1; then echo "  ok    $what"; else
    echo "  FAULT $what"
    faults=$((faults + 1))
  fi
}

now() { read -r time _ </proc/uptime && echo "${time%.*}"; }

# Boots with these options of swvmm's, then -- and words for the kernel; leaves output and status.
boot() {
  options=$1
  shift
  echo "boot: $options: $*"
  start=$(now)
  # shellcheck disable=SC2086 # options are words
  ./swvmm run bzImage --initrd initrd --irqchip kernel --memory 512M --timeout 120 $options \
    -- console=ttyS0 quiet panic=-1 "$@" >console 2>errors
  status=$?
  echo "  status $status after $(($(now) - start)) s"
}

reached() { # CPUS
  check 'init is reached' grep -q '^init reached' console
  check "processors $1" grep -q "^processors: $1.\$" console
  check 'the clock is kvm-clock' grep -q '^clock source: kvm-clock' console
  check 'clock events by the local APIC' grep -q '^clock events: lapic' console
  check 'the serial port interrupts' grep -q '^serial interrupt: yes' console
  check 'init comes to its end' grep -q '^init ends' console
}

# One CPU; some output by interrupts.
boot '--cpus 1' lab.output=100
reached 0
check 'status 0 by the debug exit' [ $status = 0 ]
check 'all output' [ "$(grep -c '^123456789 .* abc' console)" = 100 ]

# Two CPUs whose TSCs were written as QEMU 2.0 does it. Before the repair KVM counted a vCPU twice and flagged
# its clock as unstable; the guest sees that this one does not.
boot '--cpus 2 --tsc-writes qemu-2.0' lab.ticks=100 lab.end=off
reached 0-1
check 'status 0 by ACPI' [ $status = 0 ]
check 'ticks without a fault' grep -q '^ticks: 100 .* faults 0' console
check 'before the repair: unstable' grep -q 'Linux 3.8 to 3.15: kvmclock is unstable' errors
check 'the explanation: a master clock, in use' grep -q 'a master clock is possible, and in use' errors
check 'the guest: stable' grep -q '^kvmclock: stable' console

boot '--cpus 1' lab.end=reboot reboot=t
reached 0
check 'status 100 by a triple fault' [ $status = 100 ]

# Saved under a tick load, whenever that is, restored and saved again: a chain of so many. The ticks continue, and
# the clock never goes back.
#
# They end by ACPI, because QEMU 7.2's emulation refuses an OUT to user mode once a TSS that is busy was loaded by
# KVM_SET_SREGS, as a restored machine's is.
if [ "$1" -gt 0 ]; then
  chain() { # CPUS NUMBER
    echo "chain of $2 checkpoints, $1 CPUs"
    ./swvmm run bzImage --initrd initrd --irqchip kernel --memory 512M --timeout 120 --cpus "$1" \
      --checkpoint-on SIGUSR1 saved -- console=ttyS0 quiet panic=-1 lab.ticks=$(($2 * 60 + 60)) lab.end=off \
      >console 2>errors &
    while kill -0 $! 2>/dev/null && ! grep -q '^ticks begin' console; do sleep 1; done
    number=0
    while [ $number -lt "$2" ]; do
      # A signal that comes before the command has begun would end it.
      while kill -0 $! 2>/dev/null && ! grep -q vcpu /proc/$!/task/*/comm; do usleep 50000; done
      usleep $((200000 + number * 37000 % 300000))
      kill -USR1 $!
      wait $! || break
      number=$((number + 1))
      mv saved last
      ./swvmm restore last --timeout 120 --checkpoint-on SIGUSR1 saved >>console 2>>errors &
    done
    wait $!
    status=$?
    echo "  $number checkpoints: $(grep '^ticks:' console)"
    check 'all saved and restored' [ "$number" = "$2" ]
    check 'the clock and its timers continue' grep -q '^ticks: .* faults 0' console
    check 'status 0' [ $status = 0 ]
  }
  chain 1 $(($1 / 2))
  chain 2 $(($1 - $1 / 2))
fi

[ $faults = 0 ] && exit
echo "boot-linux: $faults faults; the last output:"
tail -n 20 console errors
exit 1
