extension ARMVocabulary {
  /// The words of scenarios, as macros of the assembler; registers apart, ``guestRegisters``.
  static let guestMacros = #"""
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
    """#
}
