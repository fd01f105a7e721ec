internal import ForeignDevice

/// Which devices of a machine were not ours when a checkpoint of it was written.
struct ForeignRecord: Checkpointed {
  private let identity: AdapterIdentity

  /// What a machine with these devices writes, and demands.
  init(_ identity: AdapterIdentity) { self.identity = identity }

  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    var (kinds, cpus) = (identity.kinds, identity.cpus)
    try carrier.carry(&kinds)
    try carrier.carry(&cpus)
    try carrier.require(
      kinds == identity.kinds && cpus == identity.cpus,
      "the devices were \(kinds) for \(cpus) CPUs, and --device's are \(identity.kinds) for "
        + "\(identity.cpus)")
  }
}
