internal import LinuxHost

/// Whose KVM is under test: the kernel's release, and the module that runs guests.
public struct KernelUnderTest: Hashable, Sendable, CustomStringConvertible {
  /// As `uname -r` says it.
  public let release: String
  /// `kvm_intel`, `kvm_amd`, `kvm_pvm`; nil where none of them shows.
  public let module: String?

  /// A kernel by its names.
  public init(release: String, module: String?) {
    self.release = release
    self.module = module
  }

  /// This host's.
  ///
  /// *Why by names and not by behaviour:* a list of known faults says what a kernel does; to choose it by what
  /// the kernel does would have every kernel agree with its list.
  public static var current: KernelUnderTest {
    KernelUnderTest(
      release: HostKernel.release, module: modules.first { isFolder("/sys/module/\($0)") })
  }

  private static let modules = ["kvm_pvm", "kvm_amd", "kvm_intel"]

  private static func isFolder(_ path: String) -> Bool {
    do {
      _ = try InputFile(opening: path)
      return false
    } catch { return error.errno == .isDirectory }
  }

  /// The release, and the module where one is known.
  public var description: String { module.map { "\($0) \(release)" } ?? release }

  /// Whether a pattern's numbers begin the release's: `6.1` is of 6.1.0 and 6.1.192, and not of 6.12.
  ///
  /// - Parameter pattern: Numbers with points between them; `*` for any release; or a release in full.
  /// - Returns: Whether the release is one of them.
  func isOf(release pattern: String) -> Bool {
    if pattern == "*" || pattern == release { return true }
    let (wanted, own) = (Self.numbers(pattern), Self.numbers(release))
    return !wanted.isEmpty && own.starts(with: wanted)
  }

  /// Whether a text is a pattern that some release can match.
  static func isPattern(_ text: String) -> Bool {
    text == "*" || numbers(text).first.map { !$0.isEmpty } ?? false
  }

  /// The numbers at a release's beginning, as they are spelled.
  private static func numbers(_ release: String) -> [Substring] {
    release.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }.split(separator: ".")
  }
}
