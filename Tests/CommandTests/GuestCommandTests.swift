import TestSupport
import Testing

@testable import VMM

@Suite("A new guest's folder")
struct GuestCommandTests {
  @Test("has the files of the template as the repository has them")
  func files() throws {
    let sources =
      "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/guest-images/"
    let result = shell(
      """
      umask 022; $SWVMM guest new my-guest.2 >said && cat said && ls my-guest.2 \
      && cp \(sources)include/platform.h . && diff -r my-guest.2 \(sources)template \
      | grep -v '^Only in my-guest.2: platform.h$'; cmp platform.h my-guest.2/platform.h
      """)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(
      result.output == """
        my-guest.2/ has the guest; to build it, and to run it:
          make -C my-guest.2
          swvmm run my-guest.2/my-guest.2.elf
        Makefile
        gcc.options
        guest.ld
        main.c
        platform.h
        start.S

        """)
  }

  @Test(
    "a name that is none is refused, and nothing is made",
    arguments: [
      "''", ".", "..", "a/b", "/tmp/guest", ".hidden", "-x", "--", "a b", "'a$b'", "'a;b'", "1st",
      "ä", "'a\nb'", "a:b", String(repeating: "a", count: 65),
    ])
  func badNames(name: String) {
    let result = shell("mkdir in; cd in; $SWVMM guest new -- \(name); s=$?; ls -A; exit $s")
    #expect(result.status == 64, "\(result)")
    #expect(result.hasOneLineOfComplaint && result.output.isEmpty, "\(result)")
  }

  @Test("what is there stays as it was", arguments: ["mkdir it", "echo mine >it", "ln -s none it"])
  func existing(preparation: String) {
    let result = shell("\(preparation); $SWVMM guest new it; s=$?; ls it* ; exit $s")
    #expect(result.status == 71)
    #expect(
      result.errors.contains(
        "swvmm: mkdir of it: File exists (EEXIST): choose another name, or remove what is there\n"),
      "\(result)")
    #expect(!result.output.contains("Makefile"))
  }

  @Test("a folder whose files do not all fit is taken away again")
  func noRoom() {
    // Blocks of 512 bytes: the first files fit, main.c does not.
    let result = shell("(ulimit -f 6; exec $SWVMM guest new it); s=$?; ls -A; exit $s")
    #expect(result.status == 71 && result.hasOneLineOfComplaint, "\(result)")
    #expect(result.errors.contains("it/main.c: File too large"), "\(result)")
    #expect(result.output == "err\nout\nscript\n")
  }

  @Test("wrong words make nothing")
  func wrongWords() {
    let result = shell("$SWVMM guest new a/b; $SWVMM guest; $SWVMM guest new; ls -A")
    #expect(result.output.hasSuffix("err\nout\nscript\n"), "\(result)")
  }
}
