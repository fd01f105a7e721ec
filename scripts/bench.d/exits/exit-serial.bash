# exit-serial: the same with a byte for the serial port's scratch register

measure() { measure_exit 2 'out 0x3ff 1' 'exit-serial: exit, serial port, re-entry, times the floor'; }
