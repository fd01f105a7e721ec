internal import CKVM
public import LinuxHost

/// Interrupts that are raised by writing an eventfd, without an ioctl: `KVM_IRQFD`.
extension VirtualMachine {
  /// Lets an event raise an edge on an input of the in-kernel controllers.
  ///
  /// It does so until it is detached or the event closes; afterwards the line is as before.
  ///
  /// - Parameters:
  ///   - line: The global interrupt number.
  ///   - trigger: Every raise of it becomes an edge; raises that the kernel has not seen yet count
  ///     as one. An event drives one line.
  /// - Throws: ``KVMError/failed(_:)`` naming the request and the line.
  public func attachInterrupt(
    line: Int, trigger: borrowing EventDescriptor
  ) throws(KVMError) {
    try requestEvent(line: line, trigger: trigger.descriptor.number, flags: 0)
  }

  /// Lets an event raise an input's level, which the guest's end of interrupt lowers.
  ///
  /// - Parameters:
  ///   - line: The global interrupt number.
  ///   - trigger: A raise of it makes the line high.
  ///   - resample: Is raised when the guest's end of interrupt has made the line low; what serves
  ///     it raises the trigger again if the device still asks.
  /// - Throws: ``KVMError/failed(_:)`` naming the request and the line.
  public func attachInterrupt(
    line: Int, trigger: borrowing EventDescriptor, resample: borrowing EventDescriptor
  ) throws(KVMError) {
    try requestEvent(
      line: line, trigger: trigger.descriptor.number, flags: UInt32(KVM_IRQFD_FLAG_RESAMPLE),
      resample: resample.descriptor.number)
  }

  /// Ends what ``attachInterrupt(line:trigger:)`` began; when it returns, nothing is under way.
  ///
  /// - Parameters:
  ///   - line: The global interrupt number.
  ///   - trigger: The event.
  /// - Throws: ``KVMError/failed(_:)`` naming the request and the line.
  public func detachInterrupt(
    line: Int, trigger: borrowing EventDescriptor
  ) throws(KVMError) {
    try requestEvent(
      line: line, trigger: trigger.descriptor.number, flags: UInt32(KVM_IRQFD_FLAG_DEASSIGN))
  }

  private func requestEvent(
    line: Int, trigger: Int32, flags: UInt32, resample: Int32 = 0
  ) throws(KVMError) {
    var request = kvm_irqfd()
    request.fd = UInt32(trigger)
    request.gsi = UInt32(line)
    request.flags = flags
    request.resamplefd = UInt32(resample)
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_IRQFD", on: "line \(line)", unsafe ckvm_irqfd(descriptor.number, &request))
  }
}
