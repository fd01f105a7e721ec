/// The number that a guest reported on a line `name: number`.
public func number(_ name: String, in output: String) -> Int? {
  output.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.flatMap {
    Int($0.dropFirst(name.count + 2))
  }
}
