extension String {
  /// The text as XML and HTML take it, within an element or an attribute's quotes.
  ///
  /// *Why control characters are spelled out (``visible``):* XML 1.0 and HTML have no form for most of them,
  /// escaped or not. Nor has XML for U+FFFE and U+FFFF, which become U+FFFD.
  public var markup: String {
    var text = ""
    for scalar in visible.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\u{fffe}", "\u{ffff}": text += "\u{fffd}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
