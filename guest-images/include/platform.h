// What a guest sees: the one list of the platform's addresses and numbers, read by the guests'
// assembler and by Swift alike. Plain numbers only, so that both can.

#ifndef SWVMM_PLATFORM_H
#define SWVMM_PLATFORM_H

// Memory. RAM starts at 0 and ends below the devices.
#define PLATFORM_RAM_LIMIT 0xd0000000      // the largest RAM size: the devices begin here
#define PLATFORM_GUEST_BASE 0x100000       // where the built-in guests are loaded

// 16550 serial port (COM1).
#define PLATFORM_SERIAL_PORT 0x3f8
#define PLATFORM_SERIAL_PORT_SIZE 8
#define PLATFORM_SERIAL_LINE 4

// Debug exit: the value written is the guest's exit code. The register is 4 bytes wide.
#define PLATFORM_EXIT_PORT 0xf4
#define PLATFORM_EXIT_PORT_SIZE 4

// Test device (--test-device), as tests of hypervisors expect it.
#define PLATFORM_TEST_PORT 0xe0            // 4 bytes that read what was written
#define PLATFORM_TEST_PORT_SIZE 4
#define PLATFORM_TEST_DROP_PAGE 0xe4       // write: the host unmaps the page at that physical address;
                                           // the next access maps it again, its contents stay
#define PLATFORM_TEST_LINES 0x2000         // port 0x2000 + n, write: drives line n
#define PLATFORM_TEST_MEMORY 0xff000000    // reads what was written
#define PLATFORM_TEST_MEMORY_SIZE 0x10000

// CP0 page: a MIPS Count/Compare timer for every vCPU, each at the same address for its own. Its
// registers are 32 bits wide and take aligned accesses of 4 bytes; any other access to the page reads
// all ones, stores nothing and touches nothing. (KVM hands over an access across the page's end as
// two, of which each is judged by itself.)
#define PLATFORM_CP0 0xd0000000
#define PLATFORM_CP0_SIZE 0x1000
#define PLATFORM_CP0_COUNT 0xd0000000      // read, write
#define PLATFORM_CP0_COMPARE 0xd0000004    // read; write acknowledges Cause.TI
#define PLATFORM_CP0_CAUSE 0xd0000008      // read; write changes DC, IV, IP1, IP0
#define PLATFORM_CP0_STATUS 0xd000000c     // read, write: IM7..0, ERL, EXL, IE; 0 after reset
#define PLATFORM_CP0_CC 0xd0000010         // read: what RDHWR 2 reads, Count
#define PLATFORM_CP0_CCRES 0xd0000014      // read: what RDHWR 3 reads, cycles a tick of CC
#define PLATFORM_CP0_CYCLES_PER_TICK 2     // as KVM has it
#define PLATFORM_CP0_FREQUENCY 0xd0000018  // read: ticks of Count a second, in Hz
#define PLATFORM_CP0_LINE 7                // of the own vCPU; where lines are shared, a message (an edge) but to vCPU 0

// Generic timer page: an Arm generic timer for every vCPU, each at the same address for its own. CTL,
// TVAL and CNTFRQ are 4 bytes wide, counters and CVAL 8; any other access reads all ones and stores
// nothing. The timers' outputs are private interrupts of the controller below.
#define PLATFORM_GENERIC_TIMER 0xd0001000
#define PLATFORM_GENERIC_TIMER_SIZE 0x1000
#define PLATFORM_CNTFRQ 0xd0001000         // read: ticks of the counters a second, in Hz
#define PLATFORM_CNTVCT 0xd0001008         // read
#define PLATFORM_CNTPCT 0xd0001010         // read
#define PLATFORM_CNTV_CTL 0xd0001020       // read; write changes ENABLE and IMASK
#define PLATFORM_CNTV_TVAL 0xd0001024      // read, write
#define PLATFORM_CNTV_CVAL 0xd0001028      // read, write
#define PLATFORM_CNTP_CTL 0xd0001030       // the physical timer's likewise
#define PLATFORM_CNTP_TVAL 0xd0001034
#define PLATFORM_CNTP_CVAL 0xd0001038
#define PLATFORM_VIRTUAL_TIMER_INTERRUPT 27
#define PLATFORM_PHYSICAL_TIMER_INTERRUPT 30

// A controller like GICv2, for vCPUs 0 to 7: distributor and CPU interface, with the registers at
// the offsets and of the sizes that Arm's specification gives them. All it drives are its outputs,
// a line for each vCPU. vCPUs from 8 on read all ones.
#define PLATFORM_GICD 0xd0010000
#define PLATFORM_GICD_SIZE 0x1000
#define PLATFORM_GICC 0xd0020000
#define PLATFORM_GICC_SIZE 0x2000
#define PLATFORM_GIC_CPUS 8
#define PLATFORM_GIC_LINE 16               // of vCPU 0; vCPU n's is line 16 + n

// Lab port: four 32-bit registers, accessed with 4 bytes. COMMAND and the arguments are banked:
// every vCPU has its own.
#define PLATFORM_LAB_PORT 0x5650
#define PLATFORM_LAB_PORT_SIZE 16
#define PLATFORM_LAB_IDENTITY 0x5650       // read: PLATFORM_LAB_MAGIC
#define PLATFORM_LAB_MARK 0x5650           // write: a mark, any 32-bit number, goes to the trace
#define PLATFORM_LAB_COMMAND 0x5654        // write: run a command; read: status of the last one
#define PLATFORM_LAB_ARGUMENT0 0x5658      // read, write; a command's result replaces it
#define PLATFORM_LAB_ARGUMENT1 0x565c      // read, write
#define PLATFORM_LAB_MAGIC 0x6d767773      // "swvm"; where no lab port is, reads give all ones

// Lab commands.
#define PLATFORM_LAB_QUERY 1               // argument 0: a property; becomes its value
#define PLATFORM_LAB_START_CPU 2           // argument 0: vCPU index, argument 1: page number. What
                                           // INIT and a start-up IPI do, for guests without a local
                                           // APIC: real mode, CS base = page * 4096, IP = 0

#define PLATFORM_LAB_FREEZE 3              // stops the asking vCPU's Count as the host does, by
                                           // COUNT_CTL.DC; in a frozen one it changes nothing
#define PLATFORM_LAB_THAW 4                // clears COUNT_CTL.DC: Count continues as if never stopped
#define PLATFORM_LAB_FREEZE_THAW 5         // argument 0: how often to freeze and thaw, 1 to 1000
#define PLATFORM_LAB_SET_FREQUENCY 6       // argument 0: ticks of Count a second, 1 to 10^9
#define PLATFORM_LAB_TAKE_RECORDS 7        // argument 0: an address, argument 1: a number of bytes; a
                                           // host that measures takes them, any other refuses

// A record of an interrupt that PLATFORM_LAB_TAKE_RECORDS takes: the offsets of its fields, of 8 bytes each.
// But for the first they are values of the TSC.
#define PLATFORM_DEADLINE_POINT 0          // what the timer was set to; all ones: nothing was due
#define PLATFORM_DEADLINE_HANDLER 8        // the handler's first instruction
#define PLATFORM_DEADLINE_ACKNOWLEDGED 16  // the cause was taken away, or what caused it was read
#define PLATFORM_DEADLINE_ENDED 24         // after the end of interrupt
#define PLATFORM_DEADLINE_SIZE 32

// Statuses of a lab command.
#define PLATFORM_LAB_DONE 0
#define PLATFORM_LAB_UNKNOWN 1             // no such command or property
#define PLATFORM_LAB_REFUSED 2             // an argument is out of range, or the state forbids it

// Properties for PLATFORM_LAB_QUERY.
#define PLATFORM_PROPERTY_VERSION 0        // of the lab port: 1
#define PLATFORM_PROPERTY_CPUS 1           // number of vCPUs
#define PLATFORM_PROPERTY_IRQCHIP 2        // PLATFORM_IRQCHIP_*
#define PLATFORM_PROPERTY_CPU_INDEX 3      // of the vCPU that asks, from 0
#define PLATFORM_PROPERTY_RAM_KIB 4

#define PLATFORM_IRQCHIP_USER 0            // no local APIC, no IOAPIC: see PLATFORM_VECTOR_BASE
#define PLATFORM_IRQCHIP_KERNEL 1
#define PLATFORM_IRQCHIP_SPLIT 2

// Interrupts without a PC's controllers (--irqchip user): each line is wired to a vCPU like an
// interrupt pin of a MIPS processor, to vCPU 0 unless it says otherwise above. While line n is high
// and RFLAGS.IF is set, vector BASE + n is taken, the lowest line first. There is nothing to
// acknowledge: lower the line at its device before IRET.
#define PLATFORM_VECTOR_BASE 0x20
#define PLATFORM_LINES 24

// KVM's controllers (--irqchip kernel and split).
#define PLATFORM_IOAPIC 0xfec00000
#define PLATFORM_LAPIC 0xfee00000

#endif
