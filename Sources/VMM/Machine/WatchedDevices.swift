internal import LinuxHost

/// What the supervising thread serves of a machine's devices.
enum Watched {
  /// The host timer of a vCPU's Count/Compare timer.
  case countCompare(cpu: Int)
  /// The host timer of a vCPU's generic timer.
  case genericTimer(cpu: Int)
  /// The guest has ended an interrupt of the platform's controller.
  case controllerLine(cpu: Int)
  /// The guest has ended an interrupt of vCPU 0's Count/Compare timer.
  case countCompareLine
}

/// All of it, as one descriptor.
struct WatchedDevices: ~Copyable {
  private let descriptors: DescriptorSet
  /// By what ``descriptors`` calls each.
  private var devices: [Watched] = []

  init() throws(SystemError) { descriptors = try DescriptorSet() }

  /// Adds a device by its descriptor; -1 is that of a timer under a virtual clock, which has no host timer.
  mutating func add(_ number: Int32, _ device: Watched) throws(SystemError) {
    guard number >= 0 else { return }
    try descriptors.add(number, as: devices.count)
    devices.append(device)
  }

  /// Readable while one of them is.
  var descriptorNumber: Int32 { descriptors.descriptor.number }

  /// One that is to be served now; nil if none is.
  func next() -> Watched? { descriptors.next().map { devices[$0] } }
}
