/*
 * PID 1 of the Linux guest that scripts/boot-linux boots: prints what the guest sees of its processors and of
 * its clock, keeps a tick load if asked, and ends the machine.
 *
 * Without a C library, so that the initial RAM disk is one file of some KiB. The kernel's command line says
 * what to do:
 *   lab.ticks=N   sleeps N times for 10 ms
 *   lab.output=N  prints N lines of 64 bytes through the serial driver
 *   lab.end=exit | off | reboot   by the debug exit with the number of faults (the default), by ACPI, by
 *                 the kernel's reboot (with reboot=t a triple fault)
 */
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { exit_port = 0xf4 };

static long call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
#define CALL(number, a, b, c, d) call(number, (long)(a), (long)(b), (long)(c), (long)(d), 0)

/* What the compiler makes of loops. */
void *memset(void *to, int byte, size_t count) {
  for (char *p = to; count--;) *p++ = byte;
  return to;
}
void *memcpy(void *to, const void *from, size_t count) {
  char *p = to;
  for (const char *q = from; count--;) *p++ = *q++;
  return to;
}

static size_t length(const char *text) {
  size_t count = 0;
  while (text[count]) count++;
  return count;
}

static void print(const char *text) { CALL(__NR_write, 1, text, length(text), 0); }

static void print_number(uint64_t number) {
  char digits[21], *p = digits + sizeof digits - 1;
  *p = 0;
  do *--p = '0' + number % 10;
  while (number /= 10);
  print(p);
}

static const char *find(const char *text, const char *word) {
  for (; *text; text++) {
    size_t i = 0;
    while (word[i] && text[i] == word[i]) i++;
    if (!word[i]) return text;
  }
  return NULL;
}

/* The whole of a small file without its last line feed; empty if it cannot be read. */
static const char *contents(const char *path) {
  static char buffer[16384];
  size_t size = 0;
  long count, file = CALL(__NR_open, path, O_RDONLY, 0, 0);
  while (file >= 0 && (count = CALL(__NR_read, file, buffer + size, sizeof buffer - 1 - size, 0)) > 0)
    size += count;
  if (file >= 0) CALL(__NR_close, file, 0, 0, 0);
  if (size && buffer[size - 1] == '\n') size--;
  buffer[size] = 0;
  return buffer;
}

static void print_file(const char *label, const char *path) {
  print(label);
  print(contents(path));
  print("\n");
}

static uint64_t option(const char *command_line, const char *name) {
  const char *p = find(command_line, name);
  uint64_t number = 0;
  if (!p) return 0;
  for (p += length(name); *p >= '0' && *p <= '9'; p++) number = number * 10 + (*p - '0');
  return number;
}

/*
 * kvmclock's page of CPU 0 is what the vDSO reads, the second page of [vvar]; there only if it was flagged
 * stable when the kernel set up its clocks. Read by the kernel, which answers a missing page with EFAULT.
 */
static void print_clock_flags(void) {
  struct {
    uint32_t version, padding;
    uint64_t tsc_timestamp, system_time;
    uint32_t multiplier;
    int8_t shift;
    uint8_t flags, more[2];
  } page;
  uint64_t address = 0;
  int pipe[2];
  const char *maps = contents("/proc/self/maps"), *line = find(maps, "[vvar]");
  if (line) {
    while (line > maps && line[-1] != '\n') line--;
    for (; *line != '-'; line++) address = address * 16 + (*line <= '9' ? *line - '0' : *line - 'a' + 10);
  }
  CALL(__NR_pipe, pipe, 0, 0, 0);
  if (!address || CALL(__NR_write, pipe[1], address + 4096, sizeof page, 0) != sizeof page) {
    print("kvmclock: not stable\n");
    return;
  }
  CALL(__NR_read, pipe[0], &page, sizeof page, 0);
  print(page.flags & 1 ? "kvmclock: stable\n" : "kvmclock: no longer stable\n");
}

static uint64_t now(void) {
  struct timespec time;
  CALL(__NR_clock_gettime, CLOCK_MONOTONIC, &time, 0, 0);
  return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

static void out(uint16_t port, uint32_t value) { __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port)); }

/* How often a sleep ended too early, or the clock went back. */
static uint32_t tick(uint64_t count) {
  uint32_t faults = 0;
  uint64_t first = now(), last = first, longest = 0;
  for (uint64_t i = 0; i < count; i++) {
    struct timespec pause = {0, 10000000};
    CALL(__NR_nanosleep, &pause, 0, 0, 0);
    uint64_t time = now();
    if (time < last + 10000000) faults++;
    if (time - last > longest) longest = time - last;
    last = time;
  }
  print("ticks: ");
  print_number(count);
  print(" in ");
  print_number((last - first) / 1000000);
  print(" ms, the longest ");
  print_number(longest / 1000000);
  print(" ms, faults ");
  print_number(faults);
  print("\n");
  return faults;
}

__attribute__((noreturn)) void start(void) {
  static char command_line[4096];
  uint32_t faults = 0;
  CALL(__NR_mkdir, "/dev", 0755, 0, 0);
  CALL(__NR_mkdir, "/proc", 0755, 0, 0);
  CALL(__NR_mkdir, "/sys", 0755, 0, 0);
  CALL(__NR_mount, "devtmpfs", "/dev", "devtmpfs", 0);
  CALL(__NR_mount, "proc", "/proc", "proc", 0);
  CALL(__NR_mount, "sysfs", "/sys", "sysfs", 0);
  long console = CALL(__NR_open, "/dev/console", O_RDWR, 0, 0);
  for (int descriptor = 0; descriptor < 3; descriptor++)
    if (console != descriptor) CALL(__NR_dup2, console, descriptor, 0, 0);
  CALL(__NR_iopl, 3, 0, 0, 0);
  const char *text = contents("/proc/cmdline");
  memcpy(command_line, text, length(text) < sizeof command_line ? length(text) : sizeof command_line - 1);
  print("init reached\n");
  print_file("processors: ", "/sys/devices/system/cpu/online");
  print_file("clock source: ", "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  print_file("clock events: ", "/sys/devices/system/clockevents/clockevent0/current_device");
  const char *interrupts = contents("/proc/interrupts"), *serial = find(interrupts, "ttyS0");
  print("serial interrupt: ");
  print(serial ? find(interrupts, "IO-APIC") && serial ? "yes\n" : "by the PIC\n" : "no\n");
  print_clock_flags();
  uint64_t lines = option(command_line, "lab.output=");
  while (lines--) print("123456789 123456789 123456789 123456789 123456789 123456789 abc\n");
  uint64_t ticks = option(command_line, "lab.ticks=");
  if (ticks) {
    print("ticks begin\n");
    faults += tick(ticks);
  }
  print("init ends\n");
  CALL(__NR_ioctl, 1, 0x5409, 1, 0); /* TCSBRK: until the serial port has sent all */
  if (find(command_line, "lab.end=off"))
    CALL(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0);
  if (find(command_line, "lab.end=reboot"))
    CALL(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART, 0);
  out(exit_port, faults);
  for (;;) CALL(__NR_pause, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %rsp\n  call start\n");
