/// The protocol's `swvmm_answer`.
struct AnswerHeader: Hashable, CustomStringConvertible {
  var size: Int
  var number: UInt32
  var results = 0
  var states = 0
  var stateSize = 0

  static let byteCount = 16

  init(size: Int, number: UInt32, results: Int = 0, states: Int = 0, stateSize: Int = 0) {
    self.size = size
    self.number = number
    self.results = results
    self.states = states
    self.stateSize = stateSize
  }

  init(_ bytes: ArraySlice<UInt8>) {
    var reader = WireReader(bytes)
    let (size, number): (UInt32, UInt32) = (reader.number(), reader.number())
    let (results, states): (UInt16, UInt16) = (reader.number(), reader.number())
    let stateSize: UInt32 = reader.number()
    self.init(
      size: Int(size), number: number, results: Int(results), states: Int(states),
      stateSize: Int(stateSize))
  }

  var description: String {
    "\(size) bytes, number \(number), \(results) results, \(states) states of \(stateSize) bytes"
  }
}
