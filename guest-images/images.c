// The table of the built-in guests, made from guest_list.h, and its accessors.

#include "GuestImages.h"

// Each .S file defines its image's first byte and the one past the last.
#define GUEST(symbol, name, summary) extern const uint8_t guest_##symbol[], guest_##symbol##_end[];
#include "guest_list.h"
#undef GUEST

struct image {
  const uint8_t *start, *end;
  const char *name, *summary;
  size_t name_size, summary_size;  // the 0 at the end included
};

#define GUEST(symbol, name, summary) \
  {guest_##symbol, guest_##symbol##_end, name, summary, sizeof(name), sizeof(summary)},
static const struct image images[] = {
#include "guest_list.h"
};
#undef GUEST

size_t guest_image_count(void) {
  return sizeof images / sizeof *images;
}

size_t guest_image_size(size_t index) {
  return index < guest_image_count() ? (size_t)(images[index].end - images[index].start) : 0;
}

uint8_t guest_image_byte(size_t index, size_t offset) {
  return offset < guest_image_size(index) ? images[index].start[offset] : 0;
}

uint8_t guest_image_name_byte(size_t index, size_t offset) {
  return index < guest_image_count() && offset < images[index].name_size
             ? (uint8_t)images[index].name[offset]
             : 0;
}

uint8_t guest_image_summary_byte(size_t index, size_t offset) {
  return index < guest_image_count() && offset < images[index].summary_size
             ? (uint8_t)images[index].summary[offset]
             : 0;
}
