// An adapter that lies, in the way that its argument names: what no adapter may bring its driver down by.

#include "swvmm_device.h"

#include <signal.h>
#include <sys/time.h>

static struct state { uint64_t count; uint64_t when; } state;
static uint64_t hidden;  // No part of the state that is saved.
static const char *lie = "";

static int is(const char *name) { return strcmp(lie, name) == 0; }

// Joins the process group of a child, which ends with the driver's end of the socket, and does not answer.
static void leave_group(void) {
  char byte;
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    while (read(0, &byte, 1) > 0) {
    }
    _exit(0);
  }
  while (setpgid(0, child)) usleep(1000);
  sleep(20);
  _exit(0);
}

static void reset(uint64_t now, uint64_t frequency) {
  (void)frequency;
  state = (struct state){0, now};
  hidden = 0;
  // The state's process.
  if (is("private")) state.when = (uint64_t)getpid();
}

static uint64_t read_register(uint64_t now, struct swvmm_register target) {
  static unsigned reads;
  if (is("dies") && ++reads == 8) _exit(7);
  if (is("slow")) usleep(200000);
  if (is("private") && state.when != (uint64_t)getpid()) _exit(9);
  if (target.space == SWVMM_TIMER_HOST && target.offset == SWVMM_HOST_FREQUENCY) return 100000000;
  if (target.space != SWVMM_TIMER || target.offset != SWVMM_COUNT) return 0;
  if (is("forgets")) return (uint32_t)(now / 10 + hidden++);
  if (is("random")) return (uint32_t)rand();
  if (is("backwards")) return (uint32_t)(0x80000000u - now / 10);
  if (is("read-counts")) state.count++;
  return (uint32_t)(now / 10 + state.count);
}

static int write_register(uint64_t now, struct swvmm_register target, uint64_t value) {
  (void)now, (void)value;
  if (is("crash")) raise(SIGSEGV);
  if (is("leaves-group")) leave_group();
  if (is("hang"))
    for (;;) pause();
  return is("refuses") && target.space == SWVMM_TIMER_HOST;
}

static uint64_t alarm_at(void) { return is("alarm-now") ? 1 : SWVMM_NO_ALARM; }

static void shift(uint64_t now, uint64_t nanoseconds, uint64_t counts) {
  (void)now;
  state.count += is("bad-shift") ? 0 : nanoseconds / 10 + counts;
}

static struct swvmm_device device = {
    .name = "liar", .kinds = SWVMM_COUNT_COMPARE, .cpus = 1, .frequency = 100000000,
    .state = &state, .state_size = sizeof state, .reset = reset, .read = read_register,
    .write = write_register, .alarm = alarm_at, .shift = shift,
};

// Answers the first request with something else.
static int answer_with(const void *bytes, size_t size) {
  struct swvmm_request request;
  swvmm_transfer(0, &request, sizeof request, 0);
  swvmm_transfer(1, (void *)bytes, size, 1);
  pause();
  return 0;
}

// Answers hello, and batches with half an answer, or one in which something is wrong.
static int serve_badly(void) {
  struct swvmm_request request;
  static char body[SWVMM_STATES_MAX * sizeof state + SWVMM_OPERATIONS_MAX * sizeof(struct swvmm_operation)];
  static char reply[sizeof(struct swvmm_answer) + SWVMM_OPERATIONS_MAX * (24 + sizeof state)];
  while (swvmm_transfer(0, &request, sizeof request, 0) && swvmm_transfer(0, body, request.size, 0)) {
    struct swvmm_answer answer = {sizeof(struct swvmm_identity), request.number, 0, 0};
    char *content = reply + sizeof answer;
    if (request.kind == SWVMM_HELLO) {
      swvmm_identify(&device, (struct swvmm_identity *)content);
      ((struct swvmm_identity *)content)->private_states = is("private");
    } else {
      answer.results = request.operations;
      answer.size = (uint32_t)(swvmm_carry_out(&device, &request, body, content) - content);
      answer.states = (uint32_t)((answer.size - request.operations * 24) / sizeof state);
      // The first request is for one operation.
      if (is("bad-status") && request.operations > 1) content[24 * request.operations - 4] = 3;
      if (is("too-many") && request.operations > 1) answer.states++;
      if (is("overflows") && request.operations > 1) answer.results = answer.states = 0xffffffff;
    }
    memcpy(reply, &answer, sizeof answer);
    int is_half = is("half-batch") && request.operations > 1;
    if (!swvmm_transfer(1, reply, (sizeof answer + answer.size) / (is_half ? 2 : 1), 1) || is_half) return 3;
  }
  return 0;
}

static void wake(int number) { (void)number; }

// No lie: has a signal of its own interrupt whatever it does, each millisecond.
static void have_alarms(void) {
  struct sigaction action = {.sa_handler = wake};
  struct itimerval often = {{0, 1000}, {0, 1000}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
}

int main(int argc, char **argv) {
  lie = argc > 1 ? argv[1] : "";
  if (is("half-batch") || is("bad-status") || is("too-many") || is("overflows") || is("private"))
    return serve_badly();
  if (is("unsaved")) device.state = NULL;
  if (is("alarmed")) have_alarms();
  if (is("exit")) return 3;
  if (is("silent")) pause();
  if (is("closes")) {
    close(0), close(1);
    pause();
  }
  if (is("noise")) return answer_with("this is not an answer at all, whatever was asked", 49);
  struct swvmm_answer answer = {sizeof(struct swvmm_identity), 1, 0, 0};
  if (is("huge")) answer.size = 1u << 30;
  if (is("wrong-number")) answer.number = 7;
  if (is("huge") || is("wrong-number") || is("half")) {
    char bytes[sizeof answer + 20] = {0};
    memcpy(bytes, &answer, sizeof answer);
    if (!is("half")) return answer_with(bytes, sizeof bytes);
    struct swvmm_request request;
    swvmm_transfer(0, &request, sizeof request, 0);
    swvmm_transfer(1, bytes, sizeof bytes, 1);
    return 0;
  }
  if (is("version") || is("no-kind") || is("nine-cpus") || is("large-state") || is("0-hertz")) {
    struct { struct swvmm_answer answer; struct swvmm_identity identity; } hello = {answer, {0}};
    swvmm_identify(&device, &hello.identity);
    if (is("version")) hello.identity.version = 9;
    if (is("no-kind")) hello.identity.kinds = 8;
    if (is("nine-cpus")) hello.identity.cpus = 9;
    if (is("large-state")) hello.identity.state_size = 1u << 31;
    if (is("0-hertz")) hello.identity.frequency = 0;
    return answer_with(&hello, sizeof hello);
  }
  return swvmm_serve(&device);
}
