// A MIPS Count/Compare timer in C, put under swvmm: an example to copy, and what the tests use.
//
//   swvmm device header > swvmm_device.h && cc -o c-timer c-timer.c
//
// It counts ticks and remembers at which one the next match is that has not set TI. With -DBUG_... it has a
// historic bug, each in the one place where that bug was.

#include "swvmm_device.h"

#define SECOND 1000000000u
#define TI (1u << 30)
#define DC (1u << 27)
#define IP7 (1u << 15)
#define WRITABLE (DC | 1u << 23 | 3u << 8)  // DC, IV, IP1, IP0

static struct timer {
  uint64_t hertz;
  uint64_t due;          // the tick since the origin of time of the next match that has not set TI
  uint64_t resume_time;  // COUNT_RESUME
#ifdef BUG_FREEZE
  uint64_t expires;      // when a host's timer, set from the last change on, would go off
#endif
  uint32_t bias;         // Count less the tick, while it runs
  uint32_t held;         // Count, while it does not
  uint32_t compare;
  uint32_t cause;
  uint32_t is_stopped;   // COUNT_CTL.DC
  uint32_t unused;
} timer;  // In a state that nothing differs in, no byte differs: a search takes others for different.

static uint64_t tick_at(uint64_t time) {
  return time / SECOND * timer.hertz + time % SECOND * timer.hertz / SECOND;
}

static uint64_t time_of(uint64_t tick) {  // The first nanosecond of a tick.
  return tick / timer.hertz * SECOND + (tick % timer.hertz * SECOND + timer.hertz - 1) / timer.hertz;
}

static int is_running(void) {
#ifdef BUG_DISABLE_IGNORED
  return !timer.is_stopped;
#else
  return !timer.is_stopped && !(timer.cause & DC);
#endif
}

static void raise_ti(void) { timer.cause |= TI | IP7; }

// The first match after a tick, 1 to 2^32 ticks later.
static uint64_t match_after(uint64_t tick) {
  return tick + (uint32_t)(timer.compare - (timer.bias + (uint32_t)tick) - 1) + 1;
}

// Sets TI for a match up to now.
static void look(uint64_t now) {
  if (!is_running()) return;
  uint64_t tick = tick_at(now);
  if (tick < timer.due) return;
  raise_ti();
  timer.due = match_after(tick);
}

// Before something changes: what is due up to now comes first.
static void freeze(uint64_t now) {
#ifdef BUG_FREEZE  // Asks the host's timer, which is late by up to a tick, and not Count.
  if (is_running() && now >= timer.expires) raise_ti();
  if (is_running()) timer.due = match_after(tick_at(now));
#else
  look(now);
#endif
}

// After something changed.
static void resume(uint64_t now) {
  timer.due = is_running() ? match_after(tick_at(now)) : 0;
#ifdef BUG_FREEZE
  timer.expires = is_running() ? now + (timer.due - tick_at(now)) * SECOND / timer.hertz : 0;
#endif
}

static uint32_t count_at(uint64_t now) {
  if (!is_running()) return timer.held;
  look(now);
  return timer.bias + (uint32_t)tick_at(now);
}

static void set_count(uint64_t now, uint32_t count) {
  uint64_t time = timer.is_stopped ? timer.resume_time : now;
  timer.bias = count - (uint32_t)tick_at(time);
  timer.held = count;
  resume(now);
}

static void reset(uint64_t now, uint64_t frequency) {
  timer = (struct timer){.hertz = frequency};
  set_count(now, 0);
}

static void write_compare(uint64_t now, uint32_t compare, int is_guest) {
#ifdef BUG_ACKNOWLEDGE_FIRST  // A match that comes to light after it stays pending under the new Compare.
  if (is_guest) timer.cause &= ~(TI | IP7);
#endif
  if (is_guest || compare != timer.compare) freeze(now);
#ifdef BUG_HOST_COMPARE_ACKNOWLEDGES
  is_guest = 1;
#endif
#ifndef BUG_ACKNOWLEDGE_FIRST
  if (is_guest) timer.cause &= ~(TI | IP7);
#endif
  if (compare == timer.compare) return;
  timer.compare = compare;
  resume(now);
}

static void write_cause(uint64_t now, uint32_t cause, uint32_t mask) {
  int was_disabled = (timer.cause & DC) != 0;
  uint32_t count = count_at(now);
  timer.cause = (timer.cause & ~mask) | (cause & mask);
  timer.held = count;
  if (was_disabled && !(timer.cause & DC)) set_count(now, count);
}

static int write_control(uint64_t now, uint64_t value) {
  if (value > 1) return 1;
  if (value == timer.is_stopped) return 0;
  if (value) {
    freeze(now);
    if (is_running()) timer.held = timer.bias + (uint32_t)tick_at(now);
    timer.is_stopped = 1;
    timer.resume_time = now;
  } else {
    timer.is_stopped = 0;
    // As if it had never stopped: the next look finds what came due since.
    if (is_running()) set_count(timer.resume_time, timer.held);
    look(now);
    resume(now);
  }
  return 0;
}

static int write_host(uint64_t now, uint32_t offset, uint64_t value) {
  switch (offset) {
  case SWVMM_HOST_COUNT: freeze(now); set_count(now, (uint32_t)value); return 0;
  case SWVMM_HOST_COMPARE: write_compare(now, (uint32_t)value, 0); return 0;
  case SWVMM_HOST_CAUSE: {
    uint32_t cause = (uint32_t)value & ~IP7;
    write_cause(now, cause & TI ? cause | IP7 : cause, 0xffffffff);
    return 0;
  }
  case SWVMM_HOST_CONTROL: return write_control(now, value);
  case SWVMM_HOST_RESUME:
    if (value > now) return 1;
    timer.resume_time = value;
    if (timer.is_stopped) set_count(now, timer.held);
    return 0;
  case SWVMM_HOST_FREQUENCY: {
    if (value < 1 || value > SECOND) return 1;
    uint32_t count = count_at(now);
    timer.hertz = value;
    set_count(now, count);
    return 0;
  }
  }
  return 1;
}

static int write_register(uint64_t now, struct swvmm_register target, uint64_t value) {
  if (target.space == SWVMM_TIMER_HOST) return write_host(now, target.offset, value);
  switch (target.offset) {
  case SWVMM_COUNT:
#ifndef BUG_COUNT_WRITE_DROPPED
    freeze(now);
    set_count(now, (uint32_t)value);
#endif
    break;
  case SWVMM_COMPARE: write_compare(now, (uint32_t)value, 1); break;
  case SWVMM_CAUSE: write_cause(now, (uint32_t)value, WRITABLE); break;
  }
  return 0;
}

static uint64_t read_register(uint64_t now, struct swvmm_register target) {
  int is_host = target.space == SWVMM_TIMER_HOST;
  switch (is_host ? target.offset + 0x100 : target.offset) {
  case SWVMM_COUNT: case SWVMM_CC: case SWVMM_HOST_COUNT + 0x100: return count_at(now);
  case SWVMM_COMPARE: case SWVMM_HOST_COMPARE + 0x100: return timer.compare;
  case SWVMM_CAUSE: case SWVMM_HOST_CAUSE + 0x100: look(now); return timer.cause;
  case SWVMM_HOST_CONTROL + 0x100: return timer.is_stopped;
  case SWVMM_HOST_RESUME + 0x100: return timer.resume_time;
  case SWVMM_HOST_FREQUENCY + 0x100: return timer.hertz;
  }
  return UINT64_MAX;
}

static uint64_t next_alarm(void) {
  if (!is_running()) return SWVMM_NO_ALARM;
  uint64_t match = time_of(timer.due);
#ifdef BUG_FREEZE
  if (timer.expires > match) return timer.expires;
#endif
  return match;
}

static uint32_t lines(void) { return timer.cause & TI ? SWVMM_LINE_TIMER : 0; }

// Ticks in `nanoseconds` must be whole, as they are when it is a multiple of a period of them.
#ifndef BUG_UNSHIFTED  // Not a bug: what a search does with a timer that cannot be shifted.
static void shift(uint64_t now, uint64_t nanoseconds, uint64_t counts) {
  (void)now;
  uint64_t ticks = tick_at(nanoseconds);
  timer.compare += (uint32_t)counts;
  timer.held = is_running() ? 0 : timer.held + (uint32_t)counts;
  timer.bias = is_running() ? timer.bias + (uint32_t)(ticks + counts) : 0;
  timer.due = is_running() ? timer.due - ticks : 0;
#ifdef BUG_FREEZE
  timer.expires = is_running() ? timer.expires - nanoseconds : 0;
#endif
  timer.resume_time = timer.is_stopped ? timer.resume_time - nanoseconds : 0;
}
#endif

static const struct swvmm_device device = {
    .name = "c-timer", .kinds = SWVMM_COUNT_COMPARE, .cpus = 1, .frequency = 100000000,
    .state = &timer, .state_size = sizeof timer, .reset = reset, .read = read_register,
    .write = write_register, .wake_up = look, .alarm = next_alarm, .lines = lines,
#ifndef BUG_UNSHIFTED
    .shift = shift,
#endif
};

int main(void) { return swvmm_serve(&device); }
