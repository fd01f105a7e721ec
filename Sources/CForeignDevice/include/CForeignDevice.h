// The protocol's structures and numbers, as adapters have them, and the text of their header.

#ifndef CFOREIGNDEVICE_H
#define CFOREIGNDEVICE_H

#define SWVMM_PROTOCOL_ONLY
#include "swvmm_device.h"

#include <stddef.h>

// The header's size in bytes, and one of them.
size_t foreign_device_header_size(void);
uint8_t foreign_device_header_byte(size_t index);

#endif
