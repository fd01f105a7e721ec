internal import GuestImages
internal import KVM
internal import LinuxHost

/// Lines wired to vCPU 0 like the interrupt pins of a MIPS processor (`--irqchip user`).
final class ProcessorPins: InterruptSink {
  private let cpu: VCPU

  init(of cpu: VCPU) { self.cpu = cpu }

  func setLine(_ line: Int, isHigh: Bool) { cpu.setLine(line, isHigh: isHigh) }
}
