// Numbers: `12`, `1_000`, `0x1F`, `0b1010`, `1.5`, `1.`, `.5`, `1e-3`. The lexer finds their ends and reports what is wrong with their
// form; the parser takes the value with `NumberText`. `1..3` is a range, and `1.T` a field.
import Diagnostics

extension Lexer {
  mutating func number() {
    let start = position
    var isFloat = false
    var isGood = true
    if byte(start) == UInt8(ascii: "0"), let radix = NumberText.radix(byte(start + 1)) {
      position += 2
      let digits = position
      skipWord()
      isGood = position > digits && NumberText.integer(bytes, digits..<position, radix: radix) != nil
    } else {
      skipDigits()
      let next = tables.classes[Int(byte(position + 1))]
      if byte(position) == UInt8(ascii: "."),
        next == .digit || (next != .letter && byte(position + 1) != UInt8(ascii: "."))
      {
        isFloat = true
        position += 1
        skipDigits()
      }
      if byte(position) | 0x20 == UInt8(ascii: "e") {
        let sign = byte(position + 1) == UInt8(ascii: "-") || byte(position + 1) == UInt8(ascii: "+") ? 1 : 0
        if tables.classes[Int(byte(position + 1 + sign))] == .digit {
          isFloat = true
          position += 1 + sign
          skipDigits()
        }
      }
      // `12abc`, `1__0`, `1_`
      let end = position
      skipWord()
      isGood = position == end && NumberText.hasGoodUnderscores(bytes, start..<end)
    }
    if !isGood {
      let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
      let isBase = text.hasPrefix("0x") || text.hasPrefix("0b")
      report(
        .badNumber("`\(text)` is not a number"), start, position,
        help: isBase
          ? "after `0x` come the digits 0 to 9 and a to f, after `0b` the digits 0 and 1; 64 bits at most"
          : "a number is written like 12, 1_000, 0.5 or 1e-3; a name can't begin with a digit")
    }
    emit(isFloat ? .float : .int, from: start, flags: isGood ? [] : .unterminated)
  }

  private mutating func skipDigits() {
    while position < bytes.count, tables.classes[Int(bytes[position])] == .digit || bytes[position] == UInt8(ascii: "_")
    {
      position += 1
    }
  }

  private mutating func skipWord() {
    while position < bytes.count {
      let class_ = tables.classes[Int(bytes[position])]
      guard class_ == .digit || class_ == .letter || (class_ == .high && decodeUTF8(bytes, position) != nil) else {
        return
      }
      position += 1
    }
  }
}

/// The values of number tokens.
enum NumberText {
  static func radix(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "x"): 16
    case UInt8(ascii: "b"): 2
    default: nil
    }
  }

  /// Each underscore stands between two digits.
  static func hasGoodUnderscores(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    func isDigit(_ index: Int) -> Bool { range.contains(index) && bytes[index] &- UInt8(ascii: "0") < 10 }
    for index in range where bytes[index] == UInt8(ascii: "_") {
      if !isDigit(index - 1) || !isDigit(index + 1) { return false }
    }
    return true
  }

  /// The digits' value; nil if one is no digit of the base or the value is above 2^64 - 1.
  static func integer(_ bytes: some RandomAccessCollection<UInt8>, radix: UInt64) -> UInt64? {
    var value: UInt64 = 0
    for byte in bytes where byte != UInt8(ascii: "_") {
      let digit: UInt64
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt64(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
      guard digit < radix else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  static func integer(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, radix: UInt64) -> UInt64? {
    integer(UnsafeBufferPointer(rebasing: bytes[range]), radix: radix)
  }

  /// The value of a whole-number token, `0x` and `0b` included; hexadecimal and binary are bit patterns of up to 64 bits.
  static func magnitude(_ text: ArraySlice<UInt8>) -> (value: UInt64, isBits: Bool)? {
    if text.count > 2, let first = text.first, first == UInt8(ascii: "0"), let radix = radix(text[text.startIndex + 1])
    {
      return integer(text.dropFirst(2), radix: radix).map { ($0, true) }
    }
    return integer(text, radix: 10).map { ($0, false) }
  }

  /// The value of a float token; infinite when it is too large.
  static func float(_ text: ArraySlice<UInt8>) -> Double? {
    // Clinger's fast path: up to 2^53 times or by a power of ten that is exact gives the correctly rounded value.
    var mantissa: UInt64 = 0
    var exponent = 0
    var seenDot = false
    var index = text.startIndex
    while index < text.endIndex, mantissa < 1 << 53 {
      let byte = text[index]
      if byte == UInt8(ascii: ".") {
        seenDot = true
      } else if byte &- UInt8(ascii: "0") < 10 {
        mantissa = mantissa * 10 + UInt64(byte - UInt8(ascii: "0"))
        if seenDot { exponent -= 1 }
      } else if byte != UInt8(ascii: "_") {
        break
      }
      index += 1
    }
    if index == text.endIndex, mantissa < 1 << 53, exponent >= -22 { return Double(mantissa) / powersOfTen[-exponent] }
    return Double(String(decoding: text.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)) ?? Double(dotted(text))
  }

  private static let powersOfTen: [Double] = (0...22).map { power in
    (0..<power).reduce(1.0) { value, _ in value * 10 }
  }

  /// `1.` and `.5` with the digit that Swift's reader wants.
  private static func dotted(_ text: ArraySlice<UInt8>) -> String {
    var out = ""
    var isDigit = false
    for byte in text where byte != UInt8(ascii: "_") {
      if byte == UInt8(ascii: "."), !isDigit { out += "0" }
      if out.hasSuffix("."), byte &- UInt8(ascii: "0") >= 10 { out += "0" }
      out.unicodeScalars.append(Unicode.Scalar(byte))
      isDigit = byte &- UInt8(ascii: "0") < 10
    }
    return out.hasSuffix(".") ? out + "0" : out
  }
}
