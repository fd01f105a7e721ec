import ArgumentParser
import LinuxHost
import VMM

/// `swvmm guest`: a new guest.
struct GuestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guest", abstract: "Begin a new guest.", subcommands: [New.self])

  struct New: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "new",
      abstract: "Write a folder with a guest that takes ticks of a timer.",
      discussion: """
        The folder has a Makefile, a start in assembly, a main function in C, the platform's header and a \
        linker script. Debian's gcc is all that it takes to build the guest, which runs here and, by its \
        PVH entry, in QEMU.
        """)

    @Argument(
      help: "The folder, which must not exist: letters, digits, '.', '_' and '-', a letter first.")
    var name: String

    func run() throws {
      guard Self.isName(name) else {
        let place = name.contains("/") ? "; the folder is made where you are (cd)" : ""
        throw Failure(
          .usage,
          "\(shown(name)): a guest's name is letters, digits, '.', '_' and '-', a letter first, at "
            + "most \(Self.nameSizeMax)\(place)")
      }
      try exiting {
        var folder = try NewFolder(creating: name)
        for file in GuestTemplate.all { try folder.add(file.name, file.contents) }
        folder.keep()
      }
      try publish(
        """
        \(name)/ has the guest; to build it, and to run it:
          make -C \(name)
          swvmm run \(name)/\(name).elf

        """)
    }

    private static let nameSizeMax = 64

    /// Whether a folder of that name is harmless: to a shell, not make, and not a program that takes a
    /// name for an option.
    private static func isName(_ name: String) -> Bool {
      guard name.utf8.count <= nameSizeMax, let first = name.unicodeScalars.first else {
        return false
      }
      func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && scalar.properties.isAlphabetic
      }
      return isLetter(first)
        && name.unicodeScalars.allSatisfy {
          isLetter($0) || ("0"..."9").contains($0) || [".", "_", "-"].contains($0)
        }
    }
  }
}
