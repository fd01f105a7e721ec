internal import CForeignDevice

/// The C header with which an adapter is one struct of function pointers and a `main` of one line.
public enum ForeignDeviceHeader {
  /// Its text.
  public static var text: String {
    let bytes = (0..<foreign_device_header_size()).map { foreign_device_header_byte($0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
