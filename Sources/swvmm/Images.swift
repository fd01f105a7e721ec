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
      commandName: "list", abstract: "List the built-in guests.")

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
      let guests = BuiltInGuest.all
      if json {
        let list = guests.map { guest in
          JSONValue.object([
            .init("name", .string(guest.name)), .init("summary", .string(guest.summary)),
            .init("bytes", .integer(Int64(guest.file.count))),
          ])
        }
        return try publish(JSONValue.array(list).text(.pretty) + "\n")
      }
      var table = TextTable(.list)
      for guest in guests { table.append([guest.name, guest.summary]) }
      try publish(table.text)
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write a built-in guest's ELF file, which also boots in QEMU.",
      discussion: """
        qemu-system-x86_64 -M microvm,pit=off,pic=off,rtc=off -accel kvm -cpu qemu64 -m 32 \
        -nodefaults -no-reboot -display none -serial stdio \
        -device isa-debug-exit,iobase=0xf4,iosize=1 -kernel FILE
        """)

    @Argument(help: "The guest's name.")
    var name: String

    @Argument(help: "The file to write.", completion: .file())
    var file: String

    func run() throws {
      guard let guest = BuiltInGuest.named(name) else { throw GuestFile.missing(name) }
      try exiting { try HostFile.write(guest.file, to: file) }
    }
  }
}
