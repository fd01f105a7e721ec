extension ARMVocabulary {
  /// The registers of the timer, the controller and the handler's books, as macros of the assembler that read or
  /// write them.
  static let guestRegisters = #"""
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
    """#
}
