import ArgumentParser
import JSON
import LinuxHost
import Measurement
import VMM

/// `swvmm images`: the built-in guests.
struct Images: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "List the built-in guests, or write one's ELF file.",
    subcommands: [List.self, Export.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List the built-in guests, or say what one proves, takes and prints.")

    @Argument(
      help: "A guest to describe; without one, all are listed.",
      completion: .list(BuiltInGuest.all.map(\.name)))
    var name: String?

    @Flag(help: "Describe the guest, which naming it does, too.")
    var describe = false

    @OptionGroup var result: ResultFormat
    private var json: Bool { result.isJSON }

    func run() throws {
      if let name { return try describe(name) }
      guard !describe else { throw Failure(.usage, "--describe: of which guest?") }
      let guests = BuiltInGuest.all
      if json {
        let list = guests.map { guest in
          JSONValue.object([
            .init("name", .string(guest.name)), .init("summary", .string(guest.summary)),
            .init("bytes", .integer(Int64(guest.file.count))),
          ])
        }
        return try publish(jsonDocument(.images, ["guests": .array(list)]))
      }
      var table = TextTable(.list)
      for guest in guests { table.append([guest.name, guest.summary]) }
      try publish(table.text)
    }

    private func describe(_ name: String) throws {
      guard let guest = BuiltInGuest.named(name) else { throw GuestFile.missing(name) }
      let text = Notes.guests[name]?.plain ?? guest.summary
      try publish(
        json
          ? jsonDocument(
            .image,
            [
              "name": .string(name), "summary": .string(guest.summary), "text": .string(text),
              "bytes": .integer(Int64(guest.file.count)),
            ])
          : "\(name)\n\n\(text)\nswvmm run \(name)\n")
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write a built-in guest's ELF file, which also boots in QEMU.",
      discussion: """
        To boot it in QEMU, where a guest's exit code N gives the status 2N + 1 (so success is 1):

          qemu-system-x86_64 -M microvm,pit=off,pic=off,rtc=off \\
            -accel kvm -cpu qemu64 -m 32 -nodefaults -no-reboot \\
            -display none -serial stdio \\
            -device isa-debug-exit,iobase=0xf4,iosize=1 -kernel FILE
        """)

    @Argument(
      help: "The guest's name.", completion: .list(BuiltInGuest.all.map(\.name)))
    var name: String

    @Argument(help: "The file to write; - is standard output.", completion: .file())
    var file: String

    func run() throws {
      guard let guest = BuiltInGuest.named(name) else { throw GuestFile.missing(name) }
      try exiting { try HostFile.write(guest.file, to: file) }
    }
  }
}
