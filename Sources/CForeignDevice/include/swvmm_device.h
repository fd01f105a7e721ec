// swvmm_device.h: puts a timer or an interrupt controller of your own under swvmm.
//
// An adapter is a program: it fills in a struct swvmm_device, and its main is one line,
//
//   int main(void) { return swvmm_serve(&device); }
//
// swvmm starts it, writes requests to its standard input and reads answers from its standard output.
// A device has no clock and no thread: every call says what time it is, in nanoseconds, and time never
// goes back but by load. What it prints goes to standard error. C99 and the C library, nothing else.
// This file may be copied and changed freely, with or without this notice.

#ifndef SWVMM_DEVICE_H
#define SWVMM_DEVICE_H

#include <stdint.h>

#define SWVMM_VERSION 2
#define SWVMM_NO_ALARM UINT64_MAX

// What a device is: one of these, or several.
#define SWVMM_COUNT_COMPARE 1  // MIPS CP0 Count, Compare and Cause
#define SWVMM_GENERIC_TIMER 2  // Arm's generic timer of a CPU, virtual and physical
#define SWVMM_GIC 4            // Arm's GICv2: distributor and CPU interfaces

// The spaces of registers. Offsets and sizes are those of the platform's pages and of Arm's manuals.
#define SWVMM_TIMER 0          // what the guest sees of a Count/Compare timer
#define SWVMM_TIMER_HOST 1     // what only the host reads and writes of it
#define SWVMM_DISTRIBUTOR 2
#define SWVMM_CPU_INTERFACE 3
#define SWVMM_GENERIC 4        // what the guest sees of a generic timer
#define SWVMM_GENERIC_HOST 5   // what only the host reads and writes of it

// SWVMM_TIMER: 4 bytes each.
#define SWVMM_COUNT 0x00
#define SWVMM_COMPARE 0x04     // a write acknowledges TI
#define SWVMM_CAUSE 0x08       // TI is bit 30, DC bit 27, IP7 bit 15; a write changes DC, IV, IP1, IP0
#define SWVMM_CC 0x10          // read: Count
// SWVMM_TIMER_HOST: 8 bytes each. Compare does not acknowledge; Cause is whole.
#define SWVMM_HOST_COUNT 0x00
#define SWVMM_HOST_COMPARE 0x08
#define SWVMM_HOST_CAUSE 0x10
#define SWVMM_HOST_CONTROL 0x18    // COUNT_CTL: bit 0 stops Count, which later continues as if it had not
#define SWVMM_HOST_RESUME 0x20     // COUNT_RESUME: the time of the last stop
#define SWVMM_HOST_FREQUENCY 0x28  // COUNT_HZ

// SWVMM_GENERIC: CTL and TVAL 4 bytes, the others 8 (CNTFRQ 4).
#define SWVMM_CNTFRQ 0x00
#define SWVMM_CNTVCT 0x08
#define SWVMM_CNTPCT 0x10
#define SWVMM_CNTV_CTL 0x20
#define SWVMM_CNTV_TVAL 0x24
#define SWVMM_CNTV_CVAL 0x28
#define SWVMM_CNTP_CTL 0x30
#define SWVMM_CNTP_TVAL 0x34
#define SWVMM_CNTP_CVAL 0x38
// SWVMM_GENERIC_HOST: 8 bytes each. CVAL is moved without a look: the lines stay as they are until the next one.
#define SWVMM_CNTVOFF 0x00
#define SWVMM_HOST_CNTV_CVAL 0x28
#define SWVMM_HOST_CNTP_CVAL 0x38

// Output lines, as bits: a Count/Compare timer's TI; a generic timer's two; the controller's for CPU n.
#define SWVMM_LINE_TIMER (1u << 0)
#define SWVMM_LINE_VIRTUAL (1u << 1)
#define SWVMM_LINE_PHYSICAL (1u << 2)
#define SWVMM_LINE_CPU(n) (1u << (8 + (n)))

// A register, of a CPU from 0.
struct swvmm_register {
  uint32_t offset;
  uint8_t space, cpu, size;
};

// A device. Those of its functions that a kind does not need may be null.
struct swvmm_device {
  const char *name;     // at most 63 bytes
  uint32_t kinds;       // SWVMM_COUNT_COMPARE, SWVMM_GENERIC_TIMER, SWVMM_GIC, or several
  uint32_t cpus;        // 1 to 8
  uint64_t frequency;   // of a timer after reset, in ticks per second

  // All that the device remembers, at most 4096 bytes: to save is to copy it, to load is to copy it
  // back. Null where a device cannot be saved; then it can be compared, but not searched. States in which
  // nothing differs should have equal bytes: a search takes others for different.
  void *state;
  uint32_t state_size;

  // Puts the device into the state after reset, all registers 0. A Count/Compare timer counts from 0 at `now`.
  // A generic timer's CNTPCT is the ticks in `now` itself, reset or not; CNTVOFF becomes as much, so that CNTVCT is 0.
  void (*reset)(uint64_t now, uint64_t frequency);
  uint64_t (*read)(uint64_t now, struct swvmm_register);
  // Returns 0, or else: the host's value is not allowed, and nothing was changed.
  int (*write)(uint64_t now, struct swvmm_register, uint64_t value);
  // Something woke the host, perhaps an alarm: a hint that it is time to look.
  void (*wake_up)(uint64_t now);
  // The next time at which the device wants to be woken, or SWVMM_NO_ALARM.
  uint64_t (*alarm)(void);
  // The levels of the output lines, as they were when the device last looked.
  uint32_t (*lines)(void);
  // Drives an input of the controller: a private interrupt of a CPU, or a shared one.
  void (*set_line)(unsigned id, unsigned cpu, int level);
  // Moves every time in the state back by `nanoseconds`, and adds `counts` to every value of the
  // counter and of its compare registers; and clears what has no meaning in this state. The counter after it,
  // at a time `nanoseconds` earlier, is what it was, plus `counts`. A generic timer's counter is time itself:
  // there `counts` is minus the ticks in `nanoseconds`, and CVAL stops at 0. Null where the device cannot;
  // then a search of it has a bound.
  void (*shift)(uint64_t now, uint64_t nanoseconds, uint64_t counts);
};

// ---- The protocol. All numbers are little-endian. One request, then its answer, and so on until the
// ---- end of input. What follows is all that the header's own code, swvmm_serve(), is made of.

#define SWVMM_STATE_MAX 4096       // bytes of a state
#define SWVMM_STATES_MAX 64        // states of a request
#define SWVMM_OPERATIONS_MAX 4096  // operations of a request

// Kinds of requests.
#define SWVMM_HELLO 1  // no states, no operations; answered by a swvmm_identity
#define SWVMM_BATCH 2  // states that operations start from, each padded to a multiple of 8 bytes, then operations

struct swvmm_request {
  uint32_t size;        // bytes that follow this struct
  uint32_t number;      // the answer repeats it
  uint16_t kind;
  uint16_t states;
  uint32_t operations;
};

// Verbs of an operation.
#define SWVMM_RESET 0      // value: the frequency
#define SWVMM_READ 1
#define SWVMM_WRITE 2
#define SWVMM_WAKE_UP 3
#define SWVMM_SET_LINE 4   // offset: the interrupt; value: its level
#define SWVMM_SHIFT 5      // value: nanoseconds; extra: counts

// Flag beside the verb: the answer has the state after the operation.
#define SWVMM_SAVE 0x80

struct swvmm_operation {
  uint8_t verb, space, cpu, size;  // the verb with its flag
  uint16_t offset;
  uint16_t start;  // n: it starts from the request's state n, from 1; 0: from where the last operation ended
  uint64_t now, value, extra;
};

struct swvmm_answer {
  uint32_t size;        // bytes that follow this struct: results, then states, each padded as in a request
  uint32_t number;
  uint32_t results, states;
};

// Statuses of a result.
#define SWVMM_DONE 0
#define SWVMM_REFUSED 1      // the host wrote a value that is not allowed
#define SWVMM_UNSUPPORTED 2  // the device has no such function

struct swvmm_result {
  uint64_t value;  // what was read
  uint64_t alarm;
  uint32_t lines;
  uint32_t status;
};

struct swvmm_identity {
  uint32_t version;
  uint32_t kinds;
  uint32_t cpus;
  uint32_t state_size;
  uint64_t frequency;
  uint32_t can_shift;
  uint32_t private_states;  // whether a saved state means nothing to another process of the adapter
  char name[64];
};

#ifndef SWVMM_PROTOCOL_ONLY

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the protocol is little-endian, and this adapter would not be"
#endif

static int swvmm_transfer(int descriptor, void *buffer, size_t size, int is_write) {
  for (size_t done = 0; done < size;) {
    char *at = (char *)buffer + done;
    ssize_t part = is_write ? write(descriptor, at, size - done) : read(descriptor, at, size - done);
    if (part < 0 && errno == EINTR) continue;  // A signal of the adapter's own.
    if (part <= 0) return 0;
    done += (size_t)part;
  }
  return 1;
}

static struct swvmm_result swvmm_perform(
    const struct swvmm_device *device, const struct swvmm_operation *operation) {
  struct swvmm_result result = {0, SWVMM_NO_ALARM, 0, SWVMM_UNSUPPORTED};
  struct swvmm_register target = {operation->offset, operation->space, operation->cpu, operation->size};
  uint64_t now = operation->now;
  switch (operation->verb & ~SWVMM_SAVE) {
  case SWVMM_RESET:
    if (!device->reset) break;
    device->reset(now, operation->value);
    result.status = SWVMM_DONE;
    break;
  case SWVMM_READ:
    if (!device->read) break;
    result.value = device->read(now, target);
    result.status = SWVMM_DONE;
    break;
  case SWVMM_WRITE:
    if (!device->write) break;
    result.status = device->write(now, target, operation->value) ? SWVMM_REFUSED : SWVMM_DONE;
    break;
  case SWVMM_WAKE_UP:
    if (device->wake_up) device->wake_up(now);
    result.status = SWVMM_DONE;
    break;
  case SWVMM_SET_LINE:
    if (!device->set_line) break;
    device->set_line(operation->offset, operation->cpu, operation->value != 0);
    result.status = SWVMM_DONE;
    break;
  case SWVMM_SHIFT:
    if (!device->shift) break;
    device->shift(now, operation->value, operation->extra);
    result.status = SWVMM_DONE;
    break;
  }
  if (device->alarm) result.alarm = device->alarm();
  if (device->lines) result.lines = device->lines();
  return result;
}

static void swvmm_identify(const struct swvmm_device *device, struct swvmm_identity *identity) {
  memset(identity, 0, sizeof *identity);
  identity->version = SWVMM_VERSION;
  identity->kinds = device->kinds;
  identity->cpus = device->cpus;
  identity->state_size = device->state ? device->state_size : 0;
  identity->frequency = device->frequency;
  identity->can_shift = device->shift != 0;
  strncpy(identity->name, device->name, sizeof identity->name - 1);
}

// Carries out a request's operations. Returns the end of the states that were saved, or null for a request that
// is none.
static char *swvmm_carry_out(
    const struct swvmm_device *device, const struct swvmm_request *request, const char *states, char *results) {
  size_t state_size = device->state ? device->state_size : 0, stride = (state_size + 7) / 8 * 8;
  const struct swvmm_operation *operations = (const void *)(states + request->states * stride);
  char *saved = results + request->operations * sizeof(struct swvmm_result);
  for (uint32_t index = 0; index < request->operations; index++) {
    const struct swvmm_operation *operation = &operations[index];
    if (operation->start > request->states) return 0;
    if (operation->start) memcpy(device->state, states + (operation->start - 1) * stride, state_size);
    struct swvmm_result result = swvmm_perform(device, operation);
    memcpy(results + index * sizeof result, &result, sizeof result);
    if (!(operation->verb & SWVMM_SAVE) || !state_size) continue;
    memcpy(saved, device->state, state_size);
    memset(saved + state_size, 0, stride - state_size);
    saved += stride;
  }
  return saved;
}

// Serves requests until the end of input. Returns main's status.
static int swvmm_serve(const struct swvmm_device *device) {
  // What the device prints must not get among the answers.
  int output = dup(1);
  if (output < 0 || dup2(2, 1) < 0) return 1;
  size_t state_size = device->state ? device->state_size : 0, stride = (state_size + 7) / 8 * 8;
  struct swvmm_request request;
  char *body = malloc(SWVMM_STATES_MAX * stride + SWVMM_OPERATIONS_MAX * sizeof(struct swvmm_operation));
  char *reply = malloc(sizeof(struct swvmm_answer) + sizeof(struct swvmm_identity) +
                       SWVMM_OPERATIONS_MAX * (sizeof(struct swvmm_result) + stride));
  if (!body || !reply || state_size > SWVMM_STATE_MAX) return 1;
  while (swvmm_transfer(0, &request, sizeof request, 0)) {
    char *content = reply + sizeof(struct swvmm_answer), *end = 0;
    struct swvmm_answer answer = {0, request.number, 0, 0};
    if (request.kind == SWVMM_HELLO && request.size == 0) {
      struct swvmm_identity identity;
      swvmm_identify(device, &identity);
      memcpy(content, &identity, sizeof identity);
      end = content + sizeof identity;
    } else if (request.kind == SWVMM_BATCH && request.states <= SWVMM_STATES_MAX &&
               request.operations <= SWVMM_OPERATIONS_MAX && (state_size || !request.states) &&
               request.size == request.states * stride + request.operations * sizeof(struct swvmm_operation)) {
      if (!swvmm_transfer(0, body, request.size, 0)) return 1;
      end = swvmm_carry_out(device, &request, body, content);
      answer.results = request.operations;
    }
    if (!end) {
      fprintf(stderr, "%s: a request that this header does not know\n", device->name);
      return 1;
    }
    answer.size = (uint32_t)(end - content);
    if (answer.results && stride) {
      answer.states = (uint32_t)((answer.size - answer.results * sizeof(struct swvmm_result)) / stride);
    }
    memcpy(reply, &answer, sizeof answer);
    if (!swvmm_transfer(output, reply, sizeof answer + answer.size, 1)) return 1;
  }
  return 0;
}

#endif
#endif
