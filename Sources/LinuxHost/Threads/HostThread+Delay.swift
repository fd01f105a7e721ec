extension HostThread {
  /// For how long the calling thread has been ready to run and had no processor, since it began: the second
  /// number of `/proc/thread-self/schedstat`.
  ///
  /// - Returns: Nanoseconds; 0 where the kernel does not say.
  public static func currentDelay() -> UInt64 {
    guard let file = try? FileReader(path: "/proc/thread-self/schedstat", patience: 0),
      let text = try? file.next()
    else { return 0 }
    let words = text.split(separator: 0x20)
    return words.count > 1 ? UInt64(String(decoding: words[1], as: UTF8.self)) ?? 0 : 0
  }
}
