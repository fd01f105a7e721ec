import TestSupport
import Testing

extension Live {
  /// Where `swvmm torture` writes a C program, and where it does not.
  @Suite("Files of reproducers", .timeLimit(.minutes(5)))
  struct TortureReproducerTests {
    private static let spent = "apic-oneshot:exit3:natural:rest0:get-l:set-l:same"
    private static let right = "apic-oneshot:exit1:natural:rest0:get-l:set-l:same"

    @Test(
      "a program that cannot be made is refused before the search", .requiresKVM,
      arguments: [
        ("replay \(spent):lose-irr --reproducer x.c", "no plant"),
        ("replay \(spent) --via recipe --reproducer x.c", "--via bare"),
        ("replay \(spent) --reproducer -", "name a file"),
        ("apic-oneshot --reproducer -", "name a file"),
        ("replay \(spent) --guest flat --reproducer x.c", "a PVH note"),
        ("apic-oneshot --guest flat --reproducer x.c", "a PVH note"),
      ])
    func refused(words: String, reason: String) {
      let result = shell("printf '\\364' >flat; $SWVMM torture \(words); s=$?; ls x.c; exit $s")
      #expect(result.status == 64 && result.output == "", "\(result.output)")
      #expect(result.errors.contains(reason), "\(result.errors)")
    }

    @Test(
      "a file that cannot be opened is refused with what to do", .requiresKVM,
      arguments: [
        ("folder", "Is a directory (EISDIR): name a file in it"),
        ("none/x.c", "(ENOENT): create its folder first"),
        ("dangling", "(ENOENT): create its folder first"),
        ("''", "(ENOENT): the path is empty"),
        ("pipe", "nothing reads this pipe: start its reader first"),
      ])
    func unopenable(path: String, advice: String) {
      let result = shell(
        """
        mkdir folder; mkfifo pipe; ln -s nowhere/x.c dangling
        $SWVMM torture replay \(Self.spent) --times 1 --reproducer \(path)
        """)
      #expect(result.status == 71 && result.output == "", "\(result.output)")
      #expect(result.errors.contains(advice), "\(result.errors)")
    }

    @Test(
      "where nothing is found no file is made, an old one stays, and the program says so",
      .requiresKVM
    )
    func nothing() {
      let result = shell(
        """
        echo old >old.c
        for file in old.c new.c /dev/full; do
          $SWVMM torture replay \(Self.right) --times 1 --reproducer $file || echo $?
        done
        cat old.c; ls *.c
        """)
      #expect(
        result.output.hasSuffix("nothing in 1 of 1\nold\nold.c\n"), "\(result.output)")
      let complaints = result.errors.split(separator: "\n")
      #expect(
        complaints
          == Array(repeating: "swvmm: nothing was found: no reproducer is written", count: 3))
    }
  }
}
