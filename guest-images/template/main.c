// A guest that takes ticks of a timer.
//
// Prints how many it took and exits with 0, or with 1 if they came too early. platform.h says what a guest finds where.

#include <stdint.h>

#include "platform.h"

#define TICKS 10
#define CODE64 0x08

// Registers that separate instructions reach.

static inline void out8(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value) {
  __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t in32(uint16_t port) {
  uint32_t value;
  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

// Registers in memory.

static inline uint32_t load(uintptr_t address) {
  return *(volatile uint32_t *)address;
}

static inline void store(uintptr_t address, uint32_t value) {
  *(volatile uint32_t *)address = value;
}

static void print(const char *text) {
  while (*text) out8(PLATFORM_SERIAL_PORT, (uint8_t)*text++);
}

static void print_decimal(uint32_t value) {
  char digits[11], *digit = digits + sizeof digits - 1;
  *digit = 0;
  do {
    *--digit = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  print(digit);
}

static void end(uint32_t code) {
  out32(PLATFORM_EXIT_PORT, code);
  for (;;) __asm__ volatile("cli; hlt");
}

// Interrupts. Line n of the platform arrives as vector PLATFORM_VECTOR_BASE + n.

struct gate {
  uint16_t low, selector, type, middle;
  uint32_t high, zero;
};

static struct gate gates[256];

static void set_gate(unsigned vector, void (*handler)(void *)) {
  uintptr_t address = (uintptr_t)handler;
  gates[vector] = (struct gate){(uint16_t)address, CODE64, 0x8e00, (uint16_t)(address >> 16),
                                (uint32_t)(address >> 32), 0};
}

static void load_gates(void) {
  struct {
    uint16_t limit;
    void *base;
  } __attribute__((packed)) table = {sizeof gates - 1, gates};
  __asm__ volatile("lidt %0" : : "m"(table));
}

#define LAPIC_EOI (PLATFORM_LAPIC + 0xb0)
#define LAPIC_SVR (PLATFORM_LAPIC + 0xf0)
#define LAPIC_LINT0 (PLATFORM_LAPIC + 0x350)
#define IOAPIC_INDEX PLATFORM_IOAPIC
#define IOAPIC_WINDOW (PLATFORM_IOAPIC + 0x10)
#define LEVEL 0x8000
#define SPURIOUS_VECTOR 0x2f

// Whether the end of an interrupt is to be written to a local APIC.
static int has_apic;

__attribute__((interrupt)) static void on_spurious(void *frame) {
  (void)frame;
}

// Leads a level-triggered line to this CPU. `swvmm run` has no controller unless --irqchip says so: then
// every line is a pin of the CPU's.
static void route(unsigned line) {
  out32(PLATFORM_LAB_ARGUMENT0, PLATFORM_PROPERTY_IRQCHIP);
  out32(PLATFORM_LAB_COMMAND, PLATFORM_LAB_QUERY);
  has_apic = in32(PLATFORM_LAB_ARGUMENT0) != PLATFORM_IRQCHIP_USER;
  if (!has_apic) return;
  set_gate(SPURIOUS_VECTOR, on_spurious);
  store(LAPIC_LINT0, 0x10000);  // masked: the PIC behind it sees the same lines
  store(LAPIC_SVR, 0x100 | SPURIOUS_VECTOR);
  store(IOAPIC_INDEX, 0x11 + 2 * line);
  store(IOAPIC_WINDOW, 0);  // to local APIC 0
  store(IOAPIC_INDEX, 0x10 + 2 * line);
  store(IOAPIC_WINDOW, (PLATFORM_VECTOR_BASE + line) | LEVEL);
}

// The Count/Compare timer. Count goes up all the time. When it reaches Compare the timer's line rises, and
// Cause.TI with it; a write of Compare lowers both.

#define CAUSE_TI 0x40000000
#define STATUS_IM7_IE 0x8001  // lets the timer's interrupt through

static uint32_t period;
static volatile uint32_t ticks;

// Sets Compare a period ahead of Count.
//
// *Why the loop:* the CPU may be held up between the two. A Compare that Count has passed before it was
// written is reached one wrap later, after most of a minute; with TI set it was reached after that.
static void arm(void) {
  uint32_t point;
  do {
    point = load(PLATFORM_CP0_COUNT) + period;
    store(PLATFORM_CP0_COMPARE, point);
  } while ((int32_t)(load(PLATFORM_CP0_COUNT) - point) >= 0 &&
           !(load(PLATFORM_CP0_CAUSE) & CAUSE_TI));
}

__attribute__((interrupt)) static void on_tick(void *frame) {
  (void)frame;
  // An IOAPIC may deliver a level that has fallen by now, or the last one again, whose TI stays.
  if (ticks < TICKS && load(PLATFORM_CP0_CAUSE) & CAUSE_TI) {
    if (++ticks < TICKS)
      arm();
    else
      store(PLATFORM_CP0_STATUS, 0);  // the line falls, and stays low
  }
  if (has_apic) store(LAPIC_EOI, 0);
}

void main(void) {
  print("a guest, in long mode\n");
  if (load(PLATFORM_CP0_CCRES) != PLATFORM_CP0_CYCLES_PER_TICK) {
    print("no Count/Compare timer here\n");
    end(0);
  }
  period = load(PLATFORM_CP0_FREQUENCY) / 1000;  // a millisecond
  set_gate(PLATFORM_VECTOR_BASE + PLATFORM_CP0_LINE, on_tick);
  load_gates();
  route(PLATFORM_CP0_LINE);
  store(PLATFORM_CP0_STATUS, STATUS_IM7_IE);
  uint32_t start = load(PLATFORM_CP0_COUNT);
  arm();
  // STI takes effect behind the HLT, so a tick between the look and the HLT is not missed.
  while (ticks < TICKS) __asm__ volatile("sti; hlt; cli");
  print("ticks: ");
  print_decimal(ticks);
  print("\n");
  // How late an interrupt is depends on the host. None is early, because each was set a period ahead.
  if (load(PLATFORM_CP0_COUNT) - start < TICKS * period) {
    print("they came too early\n");
    end(1);
  }
  end(0);
}
