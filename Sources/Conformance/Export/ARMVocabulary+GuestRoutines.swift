extension ARMVocabulary {
  /// The start, waits, and the arrays of the distributor.
  static let guestRoutines = #"""
        .text
        .globl _start
    _start:
        mrs x0, currentel
        cmp x0, 2 << 2
        b.ne leave_failed
        mov x0, 1 << 31
        msr hcr_el2, x0
        mov x0, 3
        msr cnthctl_el2, x0
        msr cntvoff_el2, xzr
        ldr x0, =vectors_el2
        msr vbar_el2, x0
        ldr x0, =vectors_el1
        msr vbar_el1, x0
        ldr x0, =0x30c50830
        msr sctlr_el1, x0
        mov x0, 0x3c5
        msr spsr_el2, x0
        adr x0, 1f
        msr elr_el2, x0
        eret
    1:  ldr x0, =stack_end
        mov sp, x0
        ldr x27, =0x08010000
        ldr x28, =0x08000000
        ldr x2, =boot_ctl
        mrs x0, cntv_ctl_el0
        mrs x1, cntv_cval_el0
        stp x0, x1, [x2], 16
        ldr w0, [x28, 0xc00]
        ldr w1, [x28, 0xc04]
        stp x0, x1, [x2], 16
        ldr w0, [x28, 0xc08]
        ldr w1, [x28, 0x100]
        stp x0, x1, [x2], 16
        ldrb w0, [x28, 0x400 + virtual_timer]
        ldr w1, [x27, 4]
        stp x0, x1, [x2], 16
        ldr w0, [x27, 8]
        ldr w1, [x28]
        stp x0, x1, [x2], 16
        ldr w0, [x27]
        str x0, [x2]
        msr cntv_ctl_el0, xzr
        mov x0, -1
        msr cntv_cval_el0, x0
        mov w0, 1
        str w0, [x28]
        str w0, [x27]
        mov w0, 0xff
        str w0, [x27, 4]
        str wzr, [x27, 8]
        mov w0, 1 << virtual_timer
        str w0, [x28, 0x100]
        ldr w1, [x28, 4]
        and w1, w1, 0x1f
        add w1, w1, 1
        lsl w1, w1, 3
        ldr w0, =0xa0a0a0a0
        add x2, x28, 0x400
    2:  str w0, [x2], 4
        subs w1, w1, 1
        b.ne 2b
        # How many turns a tick takes, times 2^16.
        isb
        mrs x19, cntpct_el0
        mov x0, 1 << 20
        bl turn
        isb
        mrs x0, cntpct_el0
        sub x0, x0, x19
        mov x1, 1 << 36
        udiv x0, x1, x0
        add x0, x0, 1
        ldr x1, =turns_a_tick
        str x0, [x1]
        b scenario
        .ltorg

        # x0 turns, and at least one.
    turn:
        subs x0, x0, 1
        b.ne turn
        ret

        # Long times by sleep, which costs an emulator nothing: 2^20 ticks and more.
    pass:
        lsr x0, x19, 20
        cbnz x0, sleep
        ldr x1, =turns_a_tick
        ldr x1, [x1]
        mul x0, x19, x1
        lsr x0, x0, 16
        add x0, x0, 1
        b turn

        # The physical timer's interrupt ends WFI and is never taken.
    sleep:
        isb
        mrs x0, cntpct_el0
        add x0, x0, x19
        mov w2, 1 << physical_timer
        mrs x3, daif
    1:  msr daifset, 2
        msr cntp_cval_el0, x0
        mov x1, 1
        msr cntp_ctl_el0, x1
        str w2, [x28, 0x100]
        isb
        wfi
        str w2, [x28, 0x180]
        msr cntp_ctl_el0, xzr
        isb
        msr daif, x3
        isb
        mrs x1, cntpct_el0
        subs x1, x1, x0
        b.mi 1b
        ret

    nudge:
        mov x0, x19
        cbnz x0, turn
        ret

    until:
        isb
        mrs x0, cntvct_el0
        subs x0, x0, x19
        b.mi until
        ret

    idle:
        wfi
        ret

        # x19 in, x19 out; x0: the array's offset. Beyond 1019 there is no interrupt.
    read_bit:
        cmp x19, 1020
        b.hs 1f
        lsr x1, x19, 5
        lsl x1, x1, 2
        add x0, x0, x1
        ldr w0, [x28, x0]
        lsr w0, w0, w19
        and x19, x0, 1
        ret
    1:  mov x19, 0
        ret

    write_bit:
        cmp x19, 1020
        b.hs 1f
        lsr x1, x19, 5
        lsl x1, x1, 2
        add x0, x0, x1
        mov w1, 1
        lsl w1, w1, w19
        str w1, [x28, x0]
        dsb sy
    1:  ret

    read_priority_of:
        cmp x19, 1020
        b.hs 1f
        add x0, x28, x19
        ldrb w19, [x0, 0x400]
        ret
    1:  mov x19, 0
        ret

    write_priority_of:
        cmp x21, 1020
        b.hs 1f
        add x0, x28, x21
        strb w19, [x0, 0x400]
        dsb sy
    1:  ret

        # The field of interrupt x0: its word's address to x1, its place to w2.
    find_configuration:
        lsr x1, x0, 4
        lsl x1, x1, 2
        add x1, x1, x28
        add x1, x1, 0xc00
        and w2, w0, 15
        lsl w2, w2, 1
        ret

    read_configuration:
        mov x0, x19
        mov x19, 0
        cmp x0, 1020
        b.hs 1f
        mov x5, x30
        bl find_configuration
        mov x30, x5
        ldr w0, [x1]
        lsr w0, w0, w2
        and x19, x0, 3
    1:  ret

    write_configuration:
        mov x0, x21
        cmp x0, 1020
        b.hs 1f
        mov x5, x30
        bl find_configuration
        mov x30, x5
        mov w3, 3
        lsl w3, w3, w2
        ldr w0, [x1]
        bic w0, w0, w3
        and w4, w19, 3
        lsl w4, w4, w2
        orr w0, w0, w4
        str w0, [x1]
        dsb sy
    1:  ret
    """#
}
