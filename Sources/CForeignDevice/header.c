// The text of the header that adapters include, for `swvmm device header`.

#include "CForeignDevice.h"

#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t text[] = {
#embed "include/swvmm_device.h"
};

size_t foreign_device_header_size(void) { return sizeof text; }

uint8_t foreign_device_header_byte(size_t index) { return index < sizeof text ? text[index] : 0; }
