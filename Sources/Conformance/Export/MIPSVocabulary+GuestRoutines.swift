extension MIPSVocabulary {
  /// The start, waits, the handler of interrupts, and the verdict.
  static let guestRoutines = #"""
        .section .vector, "ax"
        la $k0, exception
        jr $k0

        .text
        .globl _start
    _start:
        mfc0 $t0, $13
        sw $t0, boot_cause
        mfc0 $t0, $11
        sw $t0, boot_compare
        mfc0 $t0, $9
        sw $t0, boot_count
        li $t0, 0x10000000
        mtc0 $t0, $12
        mtc0 $0, $13
        ehb
        # How many turns a tick takes, times 2^14.
        li $a0, 0x40000
        li $a1, 0
        mfc0 $s0, $9
        jal turn
        mfc0 $t0, $9
        subu $t0, $t0, $s0
        li $t1, -1
        divu $0, $t1, $t0
        mflo $t0
        addiu $t0, $t0, 1
        sw $t0, turns_a_tick
        li $t0, 0x1000
        mtc0 $t0, $9
        li $t0, 0x80000000
        mtc0 $t0, $11
        li $t0, 0x10008000
        mtc0 $t0, $12
        ehb
        j scenario

        # a1 * 2^32 + a0 turns, and at least one.
    turn:
        addiu $a0, $a0, -1
        bnez $a0, turn
        beqz $a1, 1f
        addiu $a1, $a1, -1
        b turn
    1:  jr $ra

    pass:
        # As in the exporter, which cannot know what is in a variable.
        li $t0, 0x1000000
        bltu $t0, $s0, too_long
        lw $t0, turns_a_tick
        multu $s0, $t0
        mflo $a0
        mfhi $a1
        srl $a0, $a0, 14
        sll $t0, $a1, 18
        or $a0, $a0, $t0
        srl $a1, $a1, 14
        addiu $a0, $a0, 1
        b turn

    nudge:
        beqz $s0, 1f
        move $a0, $s0
        li $a1, 0
        b turn
    1:  jr $ra

    until:
        mfc0 $t0, $9
        subu $t0, $t0, $s0
        bltz $t0, until
        jr $ra

        # An interrupt between the look and WAIT begins the look anew, or WAIT would miss it.
    idle:
        lw $t1, taken_at_idle
    look:
        lw $t0, taken
        .set noreorder
        bne $t0, $t1, 1f
        nop
        wait
        .set reorder
    looked:
        b look
    1:  sw $t0, taken_at_idle
        jr $ra

    exception:
        la $k0, kept
        .set noat
        sw $at, 0($k0)
        .set at
        sw $t0, 4($k0)
        sw $t1, 8($k0)
        sw $t2, 12($k0)
        mfc0 $t1, $9
        mfc0 $t2, $11
        mfc0 $t0, $13
        andi $k1, $t0, 0x7c
        bnez $k1, fault
        subu $t1, $t1, $t2
        sw $t1, lead
        ext $t0, $t0, 30, 1
        sw $t0, handler_ti
        lw $t0, taken
        addiu $t0, $t0, 1
        sw $t0, taken
        lw $k1, handler_limit
        sltu $k1, $t0, $k1
        xori $k1, $k1, 1
        lw $t0, taken_by_kind
        addiu $t0, $t0, 1
        sw $t0, taken_by_kind
        lw $t0, handler_argument
        lw $t1, handler_kind
        beqz $t1, 1f
        addiu $t1, $t1, -1
        beqz $t1, 2f
        addiu $t1, $t1, -1
        beqz $t1, 3f
        lw $t1, taken_by_kind
        beq $t0, $t1, 3f
        b 4f
    2:  addu $t2, $t2, $t0
    1:  mtc0 $t2, $11
        b 4f
    3:  li $k1, 1
    4:  beqz $k1, 5f
        mfc0 $t0, $12
        ins $t0, $0, 15, 1
        mtc0 $t0, $12
    5:  mfc0 $t0, $14
        la $t1, look
        subu $t0, $t0, $t1
        sltiu $t0, $t0, looked-look
        beqz $t0, 6f
        mtc0 $t1, $14
    6:  lw $t0, 4($k0)
        lw $t1, 8($k0)
        lw $t2, 12($k0)
        .set noat
        lw $at, 0($k0)
        .set at
        ehb
        eret

        # The text at a0.
    show:
        li $t0, 0xbfd003f8
    1:  lbu $t1, 0($a0)
        beqz $t1, 3f
    2:  lbu $t2, 5($t0)
        andi $t2, $t2, 0x20
        beqz $t2, 2b
        sb $t1, 0($t0)
        addiu $a0, $a0, 1
        b 1b
    3:  jr $ra

        # The number in s7, signed if a1 is not 0, and the end of the line.
    show_number:
        la $a0, digits_end
        li $t0, 10
        sb $t0, 0($a0)
        sb $0, 1($a0)
        slt $t4, $s7, $0
        sltu $t1, $0, $a1
        and $t4, $t4, $t1
        move $t1, $s7
        beqz $t4, 1f
        subu $t1, $0, $t1
    1:  divu $0, $t1, $t0
        mflo $t1
        mfhi $t2
        addiu $t2, $t2, 0x30
        addiu $a0, $a0, -1
        sb $t2, 0($a0)
        bnez $t1, 1b
        beqz $t4, show
        li $t2, 0x2d
        addiu $a0, $a0, -1
        sb $t2, 0($a0)
        b show

        # v0: whether the expectation at s5 is met; its value goes to s7, the next one's place to s6.
    weigh:
        lw $t0, 0($s5)
        sll $t0, $t0, 2
        la $t1, variables
        addu $t0, $t0, $t1
        lw $s7, 0($t0)
        lw $t1, 4($s5)
        xor $t2, $s7, $t1
        lw $t3, 8($s5)
        addiu $s6, $s5, 16
        li $v0, 0
    1:  beqz $t3, 2f
        lw $t4, 0($s6)
        lw $t5, 4($s6)
        addiu $s6, $s6, 8
        addiu $t3, $t3, -1
        bltu $t2, $t4, 1b
        bltu $t5, $t2, 1b
        li $v0, 1
        b 1b
    2:  jr $ra

    give_verdict:
        di
        ehb
        li $s4, 0
        la $s5, expectations
    1:  lw $t0, 0($s5)
        bltz $t0, 2f
        jal weigh
        xori $v0, $v0, 1
        or $s4, $s4, $v0
        move $s5, $s6
        b 1b
    2:  la $a0, passed
        beqz $s4, 3f
        la $a0, failed
    3:  jal show
        la $a0, heading
        jal show
        la $s5, expectations
    4:  lw $t0, 0($s5)
        bltz $t0, 6f
        jal weigh
        bnez $v0, 5f
        lw $a0, 12($s5)
        jal show
        lw $a1, 4($s5)
        jal show_number
    5:  move $s5, $s6
        b 4b
    6:  move $a0, $s4
    leave:
        li $t9, 1
        sdbbp 1
        b leave

    too_long:
        la $a0, left_out
        jal show
        la $a0, heading
        jal show
        la $a0, too_many
        jal show
        li $a0, 2
        b leave

    fault:
        la $a0, failed
        jal show
        la $a0, heading
        jal show
        la $a0, faulted
        jal show
        li $a0, 1
        b leave

        .data
        .balign 8
    passed: .asciz "pass  "
    failed: .asciz "FAIL  "
    left_out: .asciz "not run: "
    too_many: .asciz "      it waits for more than 16777216 ticks\n"
    faulted: .asciz "      the guest took an exception that is not an interrupt\n"
    digits: .space 16
    digits_end: .space 2
        .balign 4
    kept: .space 16
    boot_cause: .word 0
    boot_compare: .word 0
    boot_count: .word 0
    turns_a_tick: .word 0
    taken: .word 0
    taken_by_kind: .word 0
    taken_at_idle: .word 0
    lead: .word 0
    handler_ti: .word 0
    handler_kind: .word 2
    handler_argument: .word 0
    handler_limit: .word 1000

        .text
    scenario:
    """#
}
