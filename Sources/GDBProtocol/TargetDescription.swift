/// The target description that a client asks for: which registers there are.
public enum TargetDescription {
  /// The document.
  public static let document: [UInt8] = Array(xml.utf8)

  /// A part of the document as `qXfer` wants it: `m` before a part, `l` before the last.
  ///
  /// - Parameters:
  ///   - offset: Where it begins.
  ///   - count: The most bytes.
  /// - Returns: The packet; behind the end, one without contents.
  public static func part(from offset: UInt64, count: UInt64) -> Packet {
    let start = Int(min(offset, UInt64(document.count)))
    let limit = UInt64(PacketReader.payloadMax / 2)
    let part = document[start...].prefix(Int(min(count, limit)))
    let mark = part.endIndex == document.endIndex ? UInt8(ascii: "l") : UInt8(ascii: "m")
    return Packet([mark] + part)
  }

  private static var xml: String {
    var text = """
      <?xml version="1.0"?>
      <!DOCTYPE target SYSTEM "gdb-target.dtd">
      <target version="1.0">
      <architecture>i386:x86-64</architecture>

      """
    for feature in RegisterLayout.features {
      text += "<feature name=\"\(feature.name)\">\n"
      if feature.name.hasSuffix(".sse") { text += vectorType }
      for register in feature.registers {
        let group = register.group.map { " group=\"\($0)\"" } ?? ""
        text +=
          "<reg name=\"\(register.name)\" bitsize=\"\(register.size * 8)\" "
          + "type=\"\(register.type)\"\(group)/>\n"
      }
      text += "</feature>\n"
    }
    return text + "</target>\n"
  }

  /// How GDB shows an SSE register: as one number, and as numbers of each size.
  private static let vectorType = """
    <vector id="v4f" type="ieee_single" count="4"/>
    <vector id="v2d" type="ieee_double" count="2"/>
    <vector id="v16i8" type="int8" count="16"/>
    <vector id="v8i16" type="int16" count="8"/>
    <vector id="v4i32" type="int32" count="4"/>
    <vector id="v2i64" type="int64" count="2"/>
    <union id="vec128">
    <field name="v4_float" type="v4f"/>
    <field name="v2_double" type="v2d"/>
    <field name="v16_int8" type="v16i8"/>
    <field name="v8_int16" type="v8i16"/>
    <field name="v4_int32" type="v4i32"/>
    <field name="v2_int64" type="v2i64"/>
    <field name="uint128" type="uint128"/>
    </union>

    """
}
