import Testing

@testable import GDBProtocol

@Suite("Requests")
struct RequestTests {
  private func request(_ text: String) -> Request { Request(Array(text.utf8)) }

  @Test("requests are read with their arguments")
  func arguments() {
    #expect(request("?") == .stopReason)
    #expect(request("m100,20") == .readMemory(address: 0x100, count: 0x20))
    #expect(request("M100,2:90cc") == .writeMemory(address: 0x100, [0x90, 0xcc]))
    #expect(request("X100,2:ab") == .writeMemory(address: 0x100, [0x61, 0x62]))
    #expect(request("p1f") == .readRegister(31))
    #expect(request("P1f=0102") == .writeRegister(31, [1, 2]))
    #expect(request("Z0,100102,1") == .insert(Breakpoint(.software, at: 0x100102)))
    #expect(request("z4,8,4") == .remove(Breakpoint(.access, at: 8, length: 4)))
    #expect(request("Hg2") == .selectThread(.cpu(1)))
    #expect(request("Hc-1") == .selectResumed(.all))
    #expect(request("T1") == .isAlive(.cpu(0)))
    #expect(request("bs") == .resumeBackward(.step))
    #expect(request("bc") == .resumeBackward(.run))
    #expect(request("qRcmd,67696320") == .monitor("gic "))
    #expect(
      request("qXfer:features:read:target.xml:10,ffb")
        == .describeTarget(offset: 0x10, count: 0xffb))
    #expect(request("vKill;1") == .kill)
    #expect(request("qSupported:swbreak+") == .features)
    #expect(request("vMustReplyEmpty") == .unknown)
    #expect(request("") == .unknown)
  }

  @Test(
    "arguments that make no sense are refused",
    arguments: [
      "m", "m0", "m0,", "m,1", "m0,1x", "m10000000000000000,1", "m0,10000000000000000", "M0,2:00",
      "M0,1:0", "Mffffffffffffffff,ffffffffffffffff:00", "X0,2:a", "p", "p10000000000000000",
      "P=00",
      "P1=0", "Z9,0,1", "Z0,0", "Z0,,", "Hgz", "Hg10000", "T", "vCont;", "vCont;x", "vCont;s:zz",
      "G0", "Gxx", "qRcmd,6", "qXfer:features:read:target.xml:0", "qThreadExtraInfo,",
    ])
  func malformed(_ text: String) { #expect(request(text) == .malformed) }

  @Test("the first action that names a vCPU counts, and the others stay")
  func resumption() throws {
    let request = request("vCont;s:2;c:1;t:1")
    #expect(request == .malformed)
    guard case .resume(let one) = self.request("vCont;s:2;c:1") else {
      Issue.record("vCont")
      return
    }
    #expect((0..<3).map { one.action(of: $0) } == [.run, .step, nil])
    guard case .resume(let all) = self.request("vCont;s:1;c") else {
      Issue.record("vCont")
      return
    }
    #expect((0..<3).map { all.action(of: $0) } == [.step, .run, .run])
  }
}
