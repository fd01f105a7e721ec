extension MIPSVocabulary {
  /// The words of scenarios, as macros of the assembler.
  static let guestMacros = #"""
        .macro call routine
        jal \routine
        .endm
        .macro cell values:vararg
        .word \values
        .endm
        .macro jump place
        j \place
        .endm
        .macro jump_if_set place
        beqz $s0, 77f
        j \place
    77:
        .endm
        .macro leave_loop turn, turns, place
        lw $t0, variables+4*\turn
        lw $t1, variables+4*\turns
        bltu $t0, $t1, 77f
        j \place
    77:
        .endm
        .macro store place
        sw $s0, variables+4*\place
        .endm
        .macro hold
        move $s2, $s0
        .endm
        .macro unhold
        move $s0, $s2
        .endm

        .macro term_number value
        li $s1, \value
        .endm
        .macro term_variable place
        lw $s1, variables+4*\place
        .endm
        .macro term_count
        mfc0 $s1, $9
        .endm
        .macro term_compare
        mfc0 $s1, $11
        .endm
        .macro first
        move $s0, $s1
        .endm
        .macro plus
        addu $s0, $s0, $s1
        .endm
        .macro minus
        subu $s0, $s0, $s1
        .endm
        .macro times
        mul $s0, $s0, $s1
        .endm
        .macro relate_ge
        subu $s0, $s2, $s0
        slt $s0, $s0, $0
        xori $s0, $s0, 1
        .endm
        .macro relate_lt
        subu $s0, $s2, $s0
        slt $s0, $s0, $0
        .endm
        .macro relate_eq
        xor $s0, $s2, $s0
        sltiu $s0, $s0, 1
        .endm
        .macro relate_ne
        xor $s0, $s2, $s0
        sltu $s0, $0, $s0
        .endm
        .macro relate_and
        and $s0, $s2, $s0
        .endm
        .macro relate_or
        or $s0, $s2, $s0
        .endm

        # One bit of a register of coprocessor 0.
        .macro bit register, number
        mfc0 $s0, \register
        ext $s0, $s0, \number, 1
        .endm
        .macro distance
        mfc0 $s0, $9
        mfc0 $t0, $11
        subu $s0, $s0, $t0
        .endm
        .macro sample_ti
        bit $13, 30
        .endm
        .macro read_count
        mfc0 $s0, $9
        .endm
        .macro read_compare
        mfc0 $s0, $11
        .endm
        .macro read_cause
        mfc0 $s0, $13
        .endm
        .macro read_cc
        rdhwr $s0, $2
        .endm
        .macro read_ccres
        rdhwr $s0, $3
        .endm
        .macro read_ti
        bit $13, 30
        .endm
        .macro read_ip7
        bit $13, 15
        .endm
        .macro read_dc
        bit $13, 27
        .endm
        .macro read_ie
        bit $12, 0
        .endm
        .macro read_im7
        bit $12, 15
        .endm
        .macro read_exl
        bit $12, 1
        .endm
        .macro read_ipti
        mfc0 $s0, $12, 1
        srl $s0, $s0, 29
        .endm
        .macro read_others
        mfc0 $s0, $13
        ext $s0, $s0, 8, 7
        .endm
        .macro read_line
        mfc0 $t0, $12
        mfc0 $s0, $13
        and $s0, $s0, $t0
        ext $s0, $s0, 15, 1
        andi $t0, $t0, 7
        xori $t0, $t0, 1
        sltiu $t0, $t0, 1
        and $s0, $s0, $t0
        .endm
        .macro read_irqs
        lw $s0, taken
        .endm
        .macro read_lead
        lw $s0, lead
        .endm
        .macro read_hcause_ti
        lw $s0, handler_ti
        .endm
        .macro read_boot_ti
        lw $s0, boot_cause
        ext $s0, $s0, 30, 1
        .endm
        .macro read_boot_dc
        lw $s0, boot_cause
        ext $s0, $s0, 27, 1
        .endm
        .macro read_boot_compare
        lw $s0, boot_compare
        .endm
        .macro read_boot_count
        lw $s0, boot_count
        .endm

        .macro write_count
        mtc0 $s0, $9
        ehb
        .endm
        .macro write_compare
        mtc0 $s0, $11
        ehb
        .endm
        .macro write_cause
        mtc0 $s0, $13
        ehb
        .endm
        .macro set_dc value
        mfc0 $t0, $13
        li $t1, \value
        ins $t0, $t1, 27, 1
        mtc0 $t0, $13
        ehb
        .endm
        # Status is the handler's, too: nothing is taken between reading and writing it.
        .macro status_bit number, value
        di $t0
        ehb
        li $t1, \value
        ins $t0, $t1, \number, 1
        mtc0 $t0, $12
        ehb
        .endm
        .macro set_ie value
        status_bit 0, \value
        .endm
        .macro set_im7 value
        status_bit 15, \value
        .endm
        .macro set_exl value
        status_bit 1, \value
        .endm
        .macro choose kind
        di $t0
        ehb
        li $t1, \kind
        sw $t1, handler_kind
        sw $s0, handler_argument
        sw $0, taken_by_kind
        mtc0 $t0, $12
        ehb
        .endm
        .macro handler_ack
        choose 0
        .endm
        .macro handler_reload
        choose 1
        .endm
        .macro handler_mask
        choose 2
        .endm
        .macro handler_none
        choose 3
        .endm
        .macro limit
        sw $s0, handler_limit
        .endm
        .macro judge
        j give_verdict
        .endm
    """#
}
