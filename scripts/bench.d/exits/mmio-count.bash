# mmio-count: a load of Count from the CP0 page, over the floor's load of a constant

measure() { measure_exit 8 'load 0xd0000000 4' 'mmio-count: exit, CP0 page, re-entry, times the floor'; }
