/// The state of a device as it was, lines included.
///
/// *Why not a checkpoint's section:* that leaves out what other devices say again, for a machine that is
/// built anew; here all devices go back together, and each is a value.
struct KeptState: Sendable {
  /// Makes the device as it was.
  let bringBack: @Sendable () -> Void

  init(_ bringBack: @escaping @Sendable () -> Void) { self.bringBack = bringBack }
}
