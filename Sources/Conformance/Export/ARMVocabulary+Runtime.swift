extension ARMVocabulary {
  /// For QEMU's virt: a PL011 for the verdict, and semihosting's exit for the end.
  ///
  /// It starts at EL2, which keeps CNTVOFF and changes it at a hypervisor call, and runs at EL1. The value is
  /// in x19, the term in x20, what is held in x21; w27 and w28 are the interface's and the distributor's
  /// addresses. The handler keeps every register.
  public static let guestRuntime = #"""
        .equ virtual_timer, 27
        .equ physical_timer, 30

        .macro call routine
        bl \routine
        .endm
        .macro cell values:vararg
        .quad \values
        .endm
        .macro jump place
        b \place
        .endm
        .macro jump_if_set place
        cbz x19, 77f
        b \place
    77:
        .endm
        .macro variable register, place
        ldr \register, =variables+8*\place
        ldr \register, [\register]
        .endm
        .macro leave_loop turn, turns, place
        variable x0, \turn
        variable x1, \turns
        cmp x0, x1
        b.lo 77f
        b \place
    77:
        .endm
        .macro store place
        ldr x0, =variables+8*\place
        str x19, [x0]
        b 77f
        .ltorg
    77:
        .endm
        .macro hold
        mov x21, x19
        .endm
        .macro unhold
        mov x19, x21
        .endm

        .macro term_number value
        movz x20, (\value) & 0xffff
        movk x20, ((\value) >> 16) & 0xffff, lsl 16
        movk x20, ((\value) >> 32) & 0xffff, lsl 32
        movk x20, ((\value) >> 48) & 0xffff, lsl 48
        .endm
        .macro term_variable place
        variable x20, \place
        .endm
        .macro term_cntvct
        isb
        mrs x20, cntvct_el0
        .endm
        .macro term_cntpct
        isb
        mrs x20, cntpct_el0
        .endm
        .macro term_cval
        mrs x20, cntv_cval_el0
        .endm
        .macro term_cntfrq
        mrs x20, cntfrq_el0
        .endm
        .macro first
        mov x19, x20
        .endm
        .macro plus
        add x19, x19, x20
        .endm
        .macro minus
        sub x19, x19, x20
        .endm
        .macro times
        mul x19, x19, x20
        .endm
        .macro relate_ge
        sub x19, x21, x19
        cmp x19, 0
        cset x19, ge
        .endm
        .macro relate_lt
        sub x19, x21, x19
        cmp x19, 0
        cset x19, lt
        .endm
        .macro relate_eq
        cmp x21, x19
        cset x19, eq
        .endm
        .macro relate_ne
        cmp x21, x19
        cset x19, ne
        .endm
        .macro relate_and
        and x19, x21, x19
        .endm
        .macro relate_or
        orr x19, x21, x19
        .endm

        .macro system register
        isb
        mrs x19, \register
        .endm
        .macro control_bit number
        system cntv_ctl_el0
        ubfx x19, x19, \number, 1
        .endm
        .macro interface offset
        ldr w19, [x27, \offset]
        .endm
        .macro distributor offset
        ldr w19, [x28, \offset]
        .endm
        # The bit of interrupt x19 in an array of registers.
        .macro array_bit offset
        mov x0, \offset
        bl read_bit
        .endm
        .macro kept name
        ldr x19, =\name
        ldr x19, [x19]
        .endm
        .macro distance
        isb
        mrs x19, cntvct_el0
        mrs x0, cntv_cval_el0
        sub x19, x19, x0
        .endm
        .macro sample_istatus
        control_bit 2
        .endm
        .macro sample_gicpend
        mov x19, virtual_timer
        array_bit 0x200
        .endm
        .macro sample_irq
        read_irq
        .endm
        .macro read_ctl
        system cntv_ctl_el0
        .endm
        .macro read_enable
        control_bit 0
        .endm
        .macro read_imask
        control_bit 1
        .endm
        .macro read_istatus
        control_bit 2
        .endm
        .macro read_cval
        system cntv_cval_el0
        .endm
        .macro read_tval
        system cntv_tval_el0
        .endm
        .macro read_cntvct
        system cntvct_el0
        .endm
        .macro read_cntpct
        system cntpct_el0
        .endm
        .macro read_cntfrq
        system cntfrq_el0
        .endm
        .macro read_cntvoff
        mov x1, 0
        hvc 0
        mov x19, x0
        .endm
        .macro read_irq
        system isr_el1
        ubfx x19, x19, 7, 1
        .endm
        .macro read_iar
        interface 0xc
        .endm
        .macro read_hppir
        interface 0x18
        .endm
        .macro read_rpr
        interface 0x14
        .endm
        .macro read_pmr
        interface 4
        .endm
        .macro read_bpr
        interface 8
        .endm
        .macro read_gicc_ctlr
        interface 0
        .endm
        .macro read_gicd_ctlr
        distributor 0
        .endm
        .macro read_typer
        distributor 4
        .endm
        .macro read_icfgr0
        distributor 0xc00
        .endm
        .macro read_icfgr1
        distributor 0xc04
        .endm
        .macro read_icfgr2
        distributor 0xc08
        .endm
        .macro read_isenabler0
        distributor 0x100
        .endm
        .macro read_pending
        array_bit 0x200
        .endm
        .macro read_pending_c
        array_bit 0x280
        .endm
        .macro read_active
        array_bit 0x300
        .endm
        .macro read_enabled
        array_bit 0x100
        .endm
        .macro read_priority
        bl read_priority_of
        .endm
        .macro read_cfg
        bl read_configuration
        .endm
        .macro read_irqs
        kept taken
        .endm
        .macro read_spurious
        kept spurious
        .endm
        .macro read_lastid
        kept last_id
        .endm
        .macro read_lead
        kept lead
        .endm
        .macro read_seq
        kept sequence
        .endm
        .macro read_el
        mrs x19, currentel
        lsr x19, x19, 2
        .endm
        .macro read_boot_ctl
        kept boot_ctl
        .endm
        .macro read_boot_cval
        kept boot_cval
        .endm
        .macro read_boot_icfgr0
        kept boot_icfgr0
        .endm
        .macro read_boot_icfgr1
        kept boot_icfgr1
        .endm
        .macro read_boot_icfgr2
        kept boot_icfgr2
        .endm
        .macro read_boot_isenabler0
        kept boot_isenabler0
        .endm
        .macro read_boot_prio27
        kept boot_prio27
        .endm
        .macro read_boot_pmr
        kept boot_pmr
        .endm
        .macro read_boot_bpr
        kept boot_bpr
        .endm
        .macro read_boot_gicd_ctlr
        kept boot_gicd_ctlr
        .endm
        .macro read_boot_gicc_ctlr
        kept boot_gicc_ctlr
        .endm

        .macro to_system register
        msr \register, x19
        isb
        .endm
        .macro to_interface offset
        str w19, [x27, \offset]
        dsb sy
        .endm
        .macro to_bit offset
        mov x0, \offset
        bl write_bit
        .endm
        .macro write_ctl
        to_system cntv_ctl_el0
        .endm
        .macro write_cval
        to_system cntv_cval_el0
        .endm
        .macro write_tval
        to_system cntv_tval_el0
        .endm
        .macro write_cntvoff
        mov x0, x19
        mov x1, 1
        hvc 0
        .endm
        .macro write_pmr
        to_interface 4
        .endm
        .macro write_bpr
        to_interface 8
        .endm
        .macro write_eoir
        to_interface 0x10
        .endm
        .macro write_dir
        to_interface 0x1000
        .endm
        .macro write_gicc_ctlr
        to_interface 0
        .endm
        .macro write_gicd_ctlr
        str w19, [x28]
        dsb sy
        .endm
        .macro write_isenabler
        to_bit 0x100
        .endm
        .macro write_icenabler
        to_bit 0x180
        .endm
        .macro write_ispendr
        to_bit 0x200
        .endm
        .macro write_icpendr
        to_bit 0x280
        .endm
        .macro write_isactiver
        to_bit 0x300
        .endm
        .macro write_icactiver
        to_bit 0x380
        .endm
        .macro write_priority
        bl write_priority_of
        .endm
        .macro write_cfg
        bl write_configuration
        .endm
        # To this CPU only: filter 2.
        .macro write_sgi
        and w0, w19, 0xf
        orr w0, w0, 2 << 24
        str w0, [x28, 0xf00]
        dsb sy
        .endm
        .macro set_i value
        .if \value
        msr daifset, 2
        .else
        msr daifclr, 2
        .endif
        isb
        .endm
        .macro choose kind
        mrs x0, daif
        msr daifset, 2
        ldr x1, =handler_kind
        mov x2, \kind
        stp x2, x19, [x1]
        str xzr, [x1, 16]
        msr daif, x0
        .endm
        .macro handler_disable
        choose 0
        .endm
        .macro handler_imask
        choose 1
        .endm
        .macro handler_rearm
        choose 2
        .endm
        .macro handler_cval
        choose 3
        .endm
        .macro handler_eoi
        choose 4
        .endm
        .macro handler_noeoi
        choose 5
        .endm
        .macro handler_ackdrop
        choose 6
        .endm
        .macro handler_dropfirst
        choose 7
        .endm
        .macro limit
        ldr x0, =handler_limit
        str x19, [x0]
        .endm
        .macro judge
        b give_verdict
        .endm

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
