import TSCReplay

/// The records of a text that is given to the scanner in pieces of `size` bytes.
func records(_ bytes: [UInt8], piecesOf size: Int = .max) throws(TraceError) -> [TraceRecord] {
  var scanner = TraceScanner()
  var records: [TraceRecord] = []
  var start = 0
  while start < bytes.count {
    let end = start + min(size, bytes.count - start)
    try scanner.scan(Array(bytes[start..<end]).span) { records.append($0) }
    start = end
  }
  try scanner.finish { records.append($0) }
  return records
}

func records(_ text: String, piecesOf size: Int = .max) throws(TraceError) -> [TraceRecord] {
  try records(Array(text.utf8), piecesOf: size)
}

/// What a trace comes to.
func verdict(_ text: String) throws(TraceError) -> TSCVerdict {
  var scanner = TraceScanner()
  var accounts = TraceAccounts()
  let body = { (record: TraceRecord) throws(TraceError) in try accounts.note(record) }
  try scanner.scan(Array(text.utf8).span, body)
  try scanner.finish(body)
  return accounts.verdict(lines: scanner.lineCount, loss: scanner.loss)
}
