public import ArgumentParser
public import Experiments
import KVM
import LinuxHost
import TerminalText
import VMM

/// `swvmm torture`: KVM's own timers, saved and restored at every place.
struct Torture: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torture",
    abstract:
      "Save and restore guests of KVM's own timers everywhere, and count what is lost or doubled.",
    subcommands: [Search.self, Replay.self], defaultSubcommand: Search.self)

  /// What stands for a guest, and how it is carried.
  struct GuestOptions: ParsableArguments {
    @Option(help: "A guest with the contract of `conserve`, in its place.", completion: .file())
    var guest: String?

    @Option(
      name: .customLong("via"),
      help: "How state is carried: bare, recipe or checkpoint. (default: bare)")
    var wantedVia: TortureVia?

    var via: TortureVia { wantedVia ?? .bare }

    /// What a command that is suggested needs to be about the same guest, carried in the same way.
    var words: String {
      (guest.map { " --guest \(Provenance.quoted($0).visible)" } ?? "")
        + (wantedVia.map { " --via \($0.rawValue)" } ?? "")
    }

    /// The guest's image; nil: the built-in one.
    func image() throws -> BootImage? {
      try guest.map { guest in
        try exiting(on: guest) {
          try GuestFile.image(of: guest, forcing: nil, timeout: 60_000_000_000)
        }
      }
    }
  }

  /// Says why a file that was asked for is not there.
  static func complainOfNothing() { complain("nothing was found: no reproducer is written") }

  /// A built-in guest's image.
  static func image(of name: String) throws -> BootImage {
    guard let guest = BuiltInGuest.named(name) else { preconditionFailure("no guest \(name)") }
    return try BootImage(guest.file)
  }
}

extension TortureVia: ExpressibleByArgument {}
extension TorturePlant: ExpressibleByArgument {}
extension TortureSubject: ExpressibleByArgument {}
