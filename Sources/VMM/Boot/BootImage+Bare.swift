public import KVM

extension BootImage {
  /// Puts the image into a VM's RAM and gives a vCPU the registers that it begins with.
  ///
  /// For an experiment that needs the guest and none of a ``Machine``'s devices.
  ///
  /// - Parameters:
  ///   - machine: The VM, its RAM still zero.
  ///   - vcpu: Its first vCPU, in the state after reset.
  ///   - commandLine: What the guest is told, without a terminating 0.
  /// - Throws: ``MachineError`` where the image does not fit, or KVM refuses the registers.
  public func boot(
    _ machine: borrowing VirtualMachine, _ vcpu: borrowing VirtualCPU, commandLine: [UInt8]
  ) throws(MachineError) {
    let start: StartState
    do { start = try load(into: machine.memory, commandLine: commandLine) } catch {
      throw .image(error)
    }
    do { try start.apply(to: vcpu) } catch { throw .kvm(error) }
  }

  /// The pages of RAM that the image's segments lie in, zeroed parts included.
  public var pages: Range<UInt64> {
    let first = segments.map(\.address).min() ?? 0
    let last = segments.map { $0.address + $0.memorySize }.max() ?? 0
    return first >> 12..<(last + 0xfff) >> 12
  }
}
