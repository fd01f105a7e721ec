extension ARMVocabulary {
  /// The handler of interrupts, the verdict, and the vectors.
  static let guestEnd = #"""
    interrupt:
        stp x0, x1, [sp, -64]!
        stp x2, x3, [sp, 16]
        stp x4, x5, [sp, 32]
        isb
        mrs x0, cntvct_el0
        mrs x1, cntv_cval_el0
        sub x0, x0, x1
        ldr x5, =handler_kind
        str x0, [x5, 24]
        ldr x0, [x5, 32]
        add x0, x0, 1
        str x0, [x5, 32]
        ldr x4, [x5]
        cmp x4, 7
        b.ne 1f
        msr cntv_ctl_el0, xzr
        isb
    1:  ldr w0, [x27, 0xc]
        and w1, w0, 0x3ff
        str x1, [x5, 40]
        cmp w1, 1020
        b.lo 2f
        ldr x2, [x5, 48]
        add x2, x2, 1
        str x2, [x5, 48]
        b 9f
    2:  ldr x2, [x5, 56]
        add x2, x2, 1
        str x2, [x5, 56]
        ldr x2, [x5, 64]
        mov x3, 100
        madd x2, x2, x3, x1
        str x2, [x5, 64]
        cmp w1, virtual_timer
        b.ne 8f
        ldr x2, [x5, 16]
        add x2, x2, 1
        str x2, [x5, 16]
        ldr x3, [x5, 8]
        cbnz x4, 3f
        msr cntv_ctl_el0, xzr
        b 8f
    3:  cmp x4, 1
        b.ne 4f
        mrs x2, cntv_ctl_el0
        orr x2, x2, 2
        msr cntv_ctl_el0, x2
        b 8f
    4:  cmp x4, 2
        b.ne 5f
        msr cntv_tval_el0, x3
        b 8f
    5:  cmp x4, 3
        b.ne 6f
        mrs x2, cntv_cval_el0
        add x2, x2, x3
        msr cntv_cval_el0, x2
        b 8f
    6:  cmp x4, 4
        b.ne 7f
        cmp x2, x3
        b.lo 8f
        bl stay_masked
        b 8f
    7:  cmp x4, 5
        b.eq 9f
        cmp x4, 6
        b.ne 8f
        str w0, [x27, 0x10]
        msr cntv_ctl_el0, xzr
        b 9f
    8:  isb
        str w0, [x27, 0x10]
    9:  dsb sy
        isb
        ldr x0, [x5, 32]
        ldr x1, =handler_limit
        ldr x1, [x1]
        cmp x0, x1
        b.lo 10f
        bl stay_masked
    10: ldp x4, x5, [sp, 32]
        ldp x2, x3, [sp, 16]
        ldr x30, [sp, 48]
        ldp x0, x1, [sp], 64
        eret

    stay_masked:
        mrs x1, spsr_el1
        orr x1, x1, 0x80
        msr spsr_el1, x1
        ret
        .ltorg

        # The text at x0.
    show:
        mov x1, 0x09000000
    1:  ldrb w2, [x0], 1
        cbz w2, 3f
    2:  ldr w3, [x1, 0x18]
        tbnz w3, 5, 2b
        str w2, [x1]
        b 1b
    3:  ret

        # The number in x26, signed if x1 is not 0, and the end of the line.
    show_number:
        ldr x0, =digits_end
        mov w2, 10
        strb w2, [x0]
        strb wzr, [x0, 1]
        mov x2, 10
        lsr x5, x26, 63
        cmp x1, 0
        csel x5, xzr, x5, eq
        mov x1, x26
        cbz x5, 1f
        neg x1, x1
    1:  udiv x3, x1, x2
        msub x4, x3, x2, x1
        add w4, w4, 0x30
        strb w4, [x0, -1]!
        mov x1, x3
        cbnz x1, 1b
        cbz x5, show
        mov w4, 0x2d
        strb w4, [x0, -1]!
        b show

        # x0: whether the expectation at x24 is met; its value goes to x26, the next one's place to x25.
    weigh:
        ldr x0, [x24]
        ldr x1, =variables
        ldr x26, [x1, x0, lsl 3]
        ldr x1, [x24, 8]
        eor x2, x26, x1
        ldr x3, [x24, 16]
        add x25, x24, 32
        mov x0, 0
    1:  cbz x3, 2f
        ldp x4, x5, [x25], 16
        sub x3, x3, 1
        cmp x2, x4
        b.lo 1b
        cmp x2, x5
        b.hi 1b
        mov x0, 1
        b 1b
    2:  ret

    give_verdict:
        msr daifset, 2
        mov x23, 0
        ldr x24, =expectations
    1:  ldr x0, [x24]
        tbnz x0, 63, 2f
        bl weigh
        eor x0, x0, 1
        orr x23, x23, x0
        mov x24, x25
        b 1b
    2:  ldr x0, =passed
        cbz x23, 3f
        ldr x0, =failed
    3:  bl show
        ldr x0, =heading
        bl show
        ldr x24, =expectations
    4:  ldr x0, [x24]
        tbnz x0, 63, leave
        bl weigh
        cbnz x0, 5f
        ldr x0, [x24, 24]
        bl show
        ldr x1, [x24, 8]
        bl show_number
    5:  mov x24, x25
        b 4b

    fault:
        ldr x0, =failed
        bl show
        ldr x0, =heading
        bl show
        ldr x0, =faulted
        bl show
    leave_failed:
        mov x23, 1
    leave:
        ldr x1, =exit_block
        str x23, [x1, 8]
        mov x0, 0x18
        hlt 0xf000
        b leave
        .ltorg

        .balign 2048
    vectors_el1:
        .rept 5
        b fault
        .balign 128
        .endr
        str x30, [sp, -16]
        b interrupt
        .balign 128
        .rept 10
        b fault
        .balign 128
        .endr

        # From EL1: the call, by which CNTVOFF is read (x1 is 0) or written.
    vectors_el2:
        .rept 8
        b fault
        .balign 128
        .endr
        mrs x2, esr_el2
        lsr x2, x2, 26
        cmp x2, 0x16
        b.ne fault
        cbz x1, 1f
        msr cntvoff_el2, x0
        isb
    1:  mrs x0, cntvoff_el2
        eret
        .balign 128
        .rept 7
        b fault
        .balign 128
        .endr

        .data
        .balign 8
    passed: .asciz "pass  "
    failed: .asciz "FAIL  "
    faulted: .asciz "      the guest took an exception that is not an interrupt\n"
    digits: .space 24
    digits_end: .space 2
        .balign 8
    exit_block: .quad 0x20026, 0
    boot_ctl: .quad 0
    boot_cval: .quad 0
    boot_icfgr0: .quad 0
    boot_icfgr1: .quad 0
    boot_icfgr2: .quad 0
    boot_isenabler0: .quad 0
    boot_prio27: .quad 0
    boot_pmr: .quad 0
    boot_bpr: .quad 0
    boot_gicd_ctlr: .quad 0
    boot_gicc_ctlr: .quad 0
    turns_a_tick: .quad 0
    handler_limit: .quad 1000
        # The handler knows these by their distance from the first.
    handler_kind: .quad 0
    handler_argument: .quad 0
    handled_by_kind: .quad 0
    lead: .quad 0
    entries: .quad 0
    last_id: .quad 0
    spurious: .quad 0
    taken: .quad 0
    sequence: .quad 0
        .balign 16
        .space 256
    stack_end:

        .text
    scenario:
    """#
}
