// What is not ASCII: checking the encoding, names in any script, and characters without a meaning, among them those that
// look like an operator.
import Diagnostics

/// Offset of the first byte that is not part of valid UTF-8.
func firstInvalidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
  var index = 0
  let count = bytes.count
  let raw = UnsafeRawBufferPointer(bytes)
  while index < count {
    // Eight ASCII bytes at a time.
    while index + 8 <= count,
      raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      index += 8
    }
    guard index < count else { return nil }
    if bytes[index] < 0x80 {
      index += 1
      continue
    }
    guard let (_, length) = decodeUTF8(bytes, index) else { return index }
    index += length
  }
  return nil
}

/// The scalar at `index` and its length in bytes; nil if the bytes are not valid UTF-8.
func decodeUTF8(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> (scalar: Unicode.Scalar, length: Int)? {
  let first = bytes[index]
  if first < 0x80 { return (Unicode.Scalar(first), 1) }
  let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
  guard first >= 0xC2, first <= 0xF4, index + length <= bytes.count else { return nil }
  var value = UInt32(first) & (0x7F >> UInt32(length))
  for offset in 1..<length {
    let byte = bytes[index + offset]
    guard byte & 0xC0 == 0x80 else { return nil }
    value = value << 6 | UInt32(byte & 0x3F)
  }
  let smallest: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80
  guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
  return (scalar, length)
}

extension Lexer {
  /// Characters that look like something of the language, and what to write.
  private static let lookAlikes: [Unicode.Scalar: String] = [
    "\u{00D7}": "*", "\u{00B7}": "*", "\u{22C5}": "*", "\u{00F7}": "/", "\u{2212}": "-", "\u{2013}": "-",
    "\u{2014}": "-", "\u{2264}": "<=", "\u{2265}": ">=", "\u{2260}": "!=", "\u{2192}": "->", "\u{21D2}": "=>",
    "\u{2208}": "in", "\u{2209}": "not in", "\u{2227}": "and", "\u{2228}": "or", "\u{00AC}": "not", "\u{221E}": "inf",
    "\u{2026}": "...", "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"", "\u{2018}": "\"", "\u{2019}": "\"",
    "\u{00B2}": "^ 2", "\u{FF08}": "(", "\u{FF09}": ")", "\u{FF0C}": ",",
  ]

  /// At a byte above 0x7F where a token begins.
  mutating func highByte() {
    let start = position
    guard let (scalar, length) = decodeUTF8(bytes, start) else {
      // Reported once for the file; here only passed over.
      position += 1
      return
    }
    if scalar.properties.isXIDStart {
      position += length
      while position < bytes.count {
        let class_ = tables.classes[Int(bytes[position])]
        if class_ == .letter || class_ == .digit { position += 1 } else if class_ != .high || !continueName() { break }
      }
      emit(.name, from: start)
    } else {
      unexpected(length: length)
    }
  }

  /// Steps over one scalar above 0x7F if it can go on a name.
  mutating func continueName() -> Bool {
    guard let (scalar, length) = decodeUTF8(bytes, position), scalar.properties.isXIDContinue else { return false }
    position += length
    return true
  }

  /// Reports a character without a meaning and steps over it; a run of them is reported once.
  mutating func unexpected(length: Int) {
    let start = position
    position += length
    if let last = result.diagnostics.last, case .unexpectedCharacter = last.problem, last.span?.end == start {
      result.diagnostics[result.diagnostics.count - 1].span?.end = position
      return
    }
    let scalar = decodeUTF8(bytes, start)?.scalar ?? "\u{FFFD}"
    let shown =
      scalar.value < 0x20 || scalar.value == 0x7F || scalar.properties.generalCategory == .format
        || scalar.properties.isWhitespace ? "U+" + codePoint(scalar) : String(scalar)
    let instead = Lexer.lookAlikes[scalar].map { "write `\($0)`" }
    let isSpace = scalar.properties.isWhitespace || scalar.properties.generalCategory == .format
    report(
      .unexpectedCharacter(shown), start, position, help: instead ?? (isSpace ? "replace it by a plain space" : nil))
  }

  private func codePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
