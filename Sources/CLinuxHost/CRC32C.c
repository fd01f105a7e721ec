// CRC-32C by the processor's own instruction.

#include "CLinuxHost.h"

#include <immintrin.h>
#include <string.h>

// The product of two polynomials over GF(2) modulo CRC-32C's, in its reflected order: bit 31 is x^0.
static uint32_t multiply(uint32_t left, uint32_t right) {
  uint32_t product = 0;
  for (int bit = 31; bit >= 0; bit--) {
    product ^= right & -(left >> bit & 1);
    right = right >> 1 ^ (0x82f63b78 & -(right & 1));
  }
  return product;
}

static inline uint64_t load(const unsigned char *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

// Takes as many blocks of three lanes as there are. The instruction takes 8 bytes a cycle, but its
// result only comes three cycles later: three independent lanes keep it busy. Appending n zero bytes
// multiplies a state by x^8n, which joins a lane to the one that follows it. Three places at once are
// more than the processor foresees, so the next block is asked for here, evenly; past the end of the
// bytes that does nothing.
__attribute__((target("sse4.2"))) static uint64_t
take_lanes(uint64_t state, const unsigned char *_Nonnull *_Nonnull bytes, size_t *_Nonnull count,
           size_t lane, uint32_t shift) {
  for (; *count >= 3 * lane; *bytes += 3 * lane, *count -= 3 * lane) {
    uint64_t second = 0, third = 0;
    const unsigned char *at = *bytes;
    for (const unsigned char *end = at + lane; at < end; at += 8) {
      _mm_prefetch((const void *)((uintptr_t)*bytes + 3 * lane + 3 * (size_t)(at - *bytes)),
                   _MM_HINT_T0);
      state = _mm_crc32_u64(state, load(at));
      second = _mm_crc32_u64(second, load(at + lane));
      third = _mm_crc32_u64(third, load(at + 2 * lane));
    }
    state = multiply(shift, (uint32_t)state) ^ (uint32_t)second;
    state = multiply(shift, (uint32_t)state) ^ (uint32_t)third;
  }
  return state;
}

__attribute__((target("sse4.2"))) uint32_t chost_crc32c(uint32_t state, const void *start,
                                                       size_t count) {
  const unsigned char *bytes = start;
  // Long lanes for what is long, and three lanes that make up one page but for 64 bytes. The second
  // number is x^(8 lane) modulo the polynomial.
  uint64_t wide = take_lanes(state, &bytes, &count, 4096, 0x35d73a62);
  wide = take_lanes(wide, &bytes, &count, 1344, 0xd27285db);
  for (; count >= 8; bytes += 8, count -= 8) wide = _mm_crc32_u64(wide, load(bytes));
  uint32_t narrow = (uint32_t)wide;
  for (; count > 0; bytes++, count--) narrow = _mm_crc32_u8(narrow, *bytes);
  return narrow;
}

uint32_t chost_crc32c_zeros(uint32_t state, uint64_t count) {
  // Each byte multiplies the state by x^8; bit 31 is x^0.
  uint32_t factor = 1u << 31, power = 1u << 23;
  for (; count > 0; count >>= 1) {
    if (count & 1) factor = multiply(factor, power);
    power = multiply(power, power);
  }
  return multiply(factor, state);
}
