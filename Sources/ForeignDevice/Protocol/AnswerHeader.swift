/// The protocol's `swvmm_answer`.
struct AnswerHeader: Hashable, CustomStringConvertible {
  var size: Int
  var number: UInt32
  var results = 0
  var states = 0

  init(size: Int, number: UInt32, results: Int = 0, states: Int = 0) {
    self.size = size
    self.number = number
    self.results = results
    self.states = states
  }

  init(_ first: UInt64, _ second: UInt64) {
    self.init(
      size: Int(first & 0xffff_ffff), number: UInt32(first >> 32),
      results: Int(second & 0xffff_ffff), states: Int(second >> 32))
  }

  var description: String {
    "\(size) bytes, number \(number), \(results) results, \(states) states"
  }
}
