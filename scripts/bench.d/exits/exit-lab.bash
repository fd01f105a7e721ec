# exit-lab: an `out` of 4 bytes to the lab port: exit, device, re-entry; over the floor's

measure() { measure_exit 0 'out 0x5650 4' 'exit-lab: exit, lab port, re-entry, times the floor'; }
