public import ForeignDevice

extension Machine {
  /// The kinds of devices that are an adapter's in this machine.
  public var foreignKinds: DeviceKinds { wiring.foreign?.identity.kinds ?? [] }
}
