/*
 * PID 1 of the machine that on-kvm-amd boots: loads KVM, runs the payload, reports how it ended.
 *
 * Everything the payload says leaves through QEMU's debug console device, one I/O port a stream:
 * the port passes every byte as it is and synchronously, so that nothing is translated, dropped or
 * still in a driver's buffer when the machine goes. A serial port would need a tty in raw mode, a
 * drain before the end, and a second UART for stderr.
 *
 * The initial file system says what to do:
 *   /modules/NN-NAME.ko    loaded in this order, with the parameters in /parameters/NAME, if any
 *   /arguments             the payload's arguments, each ended by a NUL; the first is the program
 *   /stdin                 its standard input, else /dev/null
 *   /payload               its working directory
 *   /payload/output        if it exists, goes back to the host as a tar archive
 *
 * What the status port carries is a protocol with the script: "started", then "exited STATUS"; or
 * "failed REASON" when the machine could not do its part.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The script gives QEMU the same numbers. */
enum { stdout_port = 0xe9, stderr_port, status_port, output_port, exit_port = 0xf4 };

static void report(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length >= (int)sizeof line) length = sizeof line - 1;
  outsb(status_port, line, length);
}

/*
 * Ends QEMU at once. An orderly reboot would run every driver's shutdown first, and could hang in
 * one after the payload has done its worst to the kernel.
 */
static _Noreturn void power_off(void) {
  outb(0, exit_port);
  for (;;) pause();
}

static _Noreturn void fail(const char *what, const char *which) {
  report("failed %s %s: %s\n", what, which, strerror(errno));
  power_off();
}

static void mount_file_systems(void) {
  static const char *const table[][2] = {
    {"proc", "/proc"},         {"sysfs", "/sys"},      {"debugfs", "/sys/kernel/debug"},
    {"devtmpfs", "/dev"},      {"devpts", "/dev/pts"}, {"tmpfs", "/dev/shm"},
    {"tmpfs", "/tmp"},         {"tmpfs", "/run"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    mkdir(table[i][1], 0755);
    if (mount(table[i][0], table[i][1], table[i][0], 0, NULL)) fail("mount", table[i][1]);
  }
  symlink("/proc/self/fd", "/dev/fd");
  symlink("/proc/self/fd/0", "/dev/stdin");
  symlink("/proc/self/fd/1", "/dev/stdout");
  symlink("/proc/self/fd/2", "/dev/stderr");
}

/* Without a console the kernel starts init with none of these: a pipe would get their numbers. */
static void occupy_standard_descriptors(void) {
  int file;
  while ((file = open("/dev/null", O_RDWR | O_CLOEXEC)) <= 2)
    if (file < 0) fail("open", "/dev/null");
  close(file);
}

/* The whole of a small file, with a NUL behind its last byte; -1 if it can't be read. */
static ssize_t read_file(const char *path, char *buffer, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  size_t length = 0;
  ssize_t count;
  while ((count = read(file, buffer + length, size - 1 - length)) > 0) length += count;
  close(file);
  buffer[length] = 0;
  return length;
}

static void load_modules(void) {
  struct dirent **entries;
  int count = scandir("/modules", &entries, NULL, alphasort);
  for (int i = 0; i < count; i++) {
    char path[300], name[300], parameters[1024] = "";
    if (sscanf(entries[i]->d_name, "%*2d-%250[^.].ko", name) != 1) continue;
    snprintf(path, sizeof path, "/parameters/%.250s", name);
    read_file(path, parameters, sizeof parameters);
    snprintf(path, sizeof path, "/modules/%.250s", entries[i]->d_name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (syscall(SYS_finit_module, file, parameters, 0)) fail("load module", name);
    close(file);
  }
  if (access("/dev/kvm", R_OK | W_OK)) fail("open", "/dev/kvm");
}

/*
 * Keeps two idle VMs, so that KVM's static keys (preemption notifiers; vCPU without local APIC;
 * local APIC disabled, by hardware or software) are on before the payload starts and stay on.
 * Otherwise each of its first and last VMs patches kernel text, and with a thread per CPU QEMU 7.2
 * can go on running the breakpoint that stands there during a patch: an oops of this machine's own.
 */
static void pin_static_keys(void) {
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  for (int has_irqchip = 0; has_irqchip <= 1; has_irqchip++) {
    struct kvm_sregs registers;
    int vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm < 0 || (has_irqchip && ioctl(vm, KVM_CREATE_IRQCHIP, 0))) fail("create", "idle VM");
    int vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
    if (vcpu < 0) fail("create", "idle vCPU");
    if (!has_irqchip) continue;
    if (ioctl(vcpu, KVM_GET_SREGS, &registers)) fail("read", "idle vCPU");
    registers.apic_base &= ~(1ull << 11); /* IA32_APIC_BASE: global enable */
    if (ioctl(vcpu, KVM_SET_SREGS, &registers)) fail("disable", "idle local APIC");
  }
  /* KVM opens both with O_CLOEXEC: init holds them for ever, the payload never sees them. */
}

/* Starts a program with these three descriptors. Never returns in the child. */
static pid_t spawn(char *const arguments[], int input, int output, int error) {
  pid_t child = fork();
  if (child < 0) fail("fork for", arguments[0]);
  if (child > 0) return child;
  setsid();
  dup2(input, 0);
  dup2(output, 1);
  dup2(error, 2);
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 524288}); /* what a login on Debian has */
  iopl(0);
  execvp(arguments[0], arguments);
  int status = errno == ENOENT ? 127 : 126; /* as timeout(1) and env(1) */
  dprintf(2, "on-kvm-amd: %s: %s\n", arguments[0], strerror(errno));
  _exit(status);
}

static void open_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC)) fail("open", "pipe");
}

/* Passes what can be read now to a port; false at the end of the stream. */
static int forward(int stream, int port) {
  static char buffer[65536];
  ssize_t count = read(stream, buffer, sizeof buffer);
  if (count > 0) outsb(port, buffer, count);
  return count > 0;
}

/*
 * Guarantee: returns after the payload's last byte has left. Descendants that outlive it could keep
 * the pipes open for ever, so they end with it, as in any container whose first process ends.
 */
static int run_payload(char *const arguments[]) {
  int output[2], error[2];
  open_pipe(output);
  open_pipe(error);
  int input = open("/stdin", O_RDONLY | O_CLOEXEC);
  if (input < 0) input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  report("started\n");
  pid_t payload = spawn(arguments, input, output[1], error[1]);
  close(output[1]);
  close(error[1]);
  int status = 0;
  struct pollfd events[] = {
    {output[0], POLLIN, 0}, {error[0], POLLIN, 0}, {syscall(SYS_pidfd_open, payload, 0), POLLIN, 0},
  };
  static const int ports[] = {stdout_port, stderr_port};
  while (events[0].fd >= 0 || events[1].fd >= 0 || events[2].fd >= 0) {
    if (poll(events, 3, -1) < 0) fail("wait for", "payload");
    for (int i = 0; i < 2; i++)
      if (events[i].revents && !forward(events[i].fd, ports[i])) events[i].fd = -1;
    if (events[2].revents) {
      waitpid(payload, &status, 0);
      kill(-1, SIGKILL);
      events[2].fd = -1;
    }
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void send_output(void) {
  char *const tar[] = {"tar", "-C", "/payload/output", "-cf", "-", ".", NULL};
  int archive[2], status;
  open_pipe(archive);
  pid_t child = spawn(tar, 0, archive[1], 2);
  close(archive[1]);
  while (forward(archive[0], output_port)) continue;
  waitpid(child, &status, 0);
  errno = EIO;
  if (status) fail("archive", "/payload/output");
}

int main(void) {
  static char text[4 << 20]; /* twice what Linux lets the script itself be given by default */
  iopl(3);
  mount_file_systems();
  occupy_standard_descriptors();
  load_modules();
  if (sysconf(_SC_NPROCESSORS_ONLN) > 1) pin_static_keys();

  ssize_t length = read_file("/arguments", text, sizeof text);
  if (length <= 0) fail("read", "/arguments");
  char **arguments = calloc(length + 1, sizeof *arguments); /* each takes a byte at least */
  size_t count = 0;
  for (char *next = text; next < text + length; next += strlen(next) + 1) arguments[count++] = next;

  clearenv();
  setenv("PATH", "/payload:/bin", 1);
  setenv("LD_LIBRARY_PATH", "/libraries", 1);
  setenv("HOME", "/payload", 1);
  setenv("TMPDIR", "/tmp", 1);
  if (chdir("/payload")) fail("enter", "/payload");
  int status = run_payload(arguments);
  if (access("/payload/output", F_OK) == 0) send_output();
  report("exited %d\n", status);
  power_off();
}
