// Strings: `"..."` ends on its line, `"""..."""` spans lines, `r"..."` and `r"""..."""` have neither escapes nor values.
// Escapes are checked here and replaced by `StringText.decode` when the parser takes the text.
import Diagnostics

extension Lexer {
  /// At a quote where a token begins.
  mutating func quote() {
    if bytes[position] == UInt8(ascii: "\"") {
      string(from: position, isRaw: false)
    } else {
      singleQuoted()
    }
  }

  /// `position` is at the first quote, `start` at the `r` in front of it if the string is raw.
  mutating func string(from start: Int, isRaw: Bool) {
    let quote = UInt8(ascii: "\"")
    let isTriple = byte(position + 1) == quote && byte(position + 2) == quote
    position += isTriple ? 3 : 1
    var flags: Token.Flags = isTriple ? .triple : []
    if isRaw { flags.insert(.raw) }
    body(start, flags, inside: false, opened: start)
  }

  /// After the `}` of a value: the rest of the string, or up to its next value.
  mutating func continueString() {
    guard let last = interpolations.popLast() else { return }
    let start = position
    position += 1
    body(start, last.isTriple ? .triple : [], inside: true, opened: last.stringStart)
  }

  /// Scans text up to the closing quote or the `{` of a value, and emits the token. `inside`: a value stands in front.
  private mutating func body(_ start: Int, _ initialFlags: Token.Flags, inside: Bool, opened: Int) {
    var flags = initialFlags
    let isTriple = flags.contains(.triple)
    let isRaw = flags.contains(.raw)
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        if !isTriple || (byte(position + 1) == UInt8(ascii: "\"") && byte(position + 2) == UInt8(ascii: "\"")) {
          position += isTriple ? 3 : 1
          emit(inside ? .stringEnd : .string, from: start, flags: flags)
          return
        }
        position += 1
      case UInt8(ascii: "\\") where !isRaw:
        flags.insert(.hasEscape)
        escape()
      case UInt8(ascii: "{") where !isRaw:
        interpolations.append(Interpolation(isTriple: isTriple, stringStart: opened, braceStart: position))
        position += 1
        emit(inside ? .stringMiddle : .stringStart, from: start, flags: flags)
        return
      case UInt8(ascii: "\n") where !isTriple:
        unterminated(start, flags, inside: inside, opened: opened)
        return
      case UInt8(ascii: "\r") where isTriple:
        // Line ends become "\n" when the text is taken.
        flags.insert(.hasEscape)
        position += 1
      default: position += 1
      }
    }
    if isTriple { result.endsInsideString = true }
    unterminated(start, flags, inside: inside, opened: opened)
  }

  private mutating func unterminated(_ start: Int, _ flags: Token.Flags, inside: Bool, opened: Int) {
    let isTriple = flags.contains(.triple)
    report(
      .unterminatedString, opened, isTriple ? min(opened + 3, bytes.count) : position,
      help: isTriple
        ? "end it with `\"\"\"`" : "end it with `\"` on its line, or write `\"\"\"` around text of several lines")
    emit(inside ? .stringEnd : .string, from: start, flags: flags.union(.unterminated))
  }

  /// A line (or the text) ends inside the value of a string that may not span lines.
  mutating func closeInterpolations(all: Bool) {
    while let last = interpolations.last, all || !last.isTriple {
      interpolations.removeLast()
      if last.isTriple { result.endsInsideString = true }
      // Strings nested in one another on this line are one mistake.
      if interpolations.last.map({ !$0.isTriple }) != true {
        let end = last.isTriple ? min(last.stringStart + 3, bytes.count) : position
        report(
          .unterminatedString, last.stringStart, end,
          labels: [Diagnostic.Label(Span(source, last.braceStart, last.braceStart + 1), "this `{` begins a value")],
          help: "end the value with `}` and the string with `\"`; a brace as text is written `\\{`")
      }
      emit(.stringEnd, from: position, flags: [.unterminated, .synthetic])
    }
  }

  /// At a `:` behind a value: the format, up to the `}`.
  mutating func format() {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "}"), bytes[position] != UInt8(ascii: "\n"),
      bytes[position] != UInt8(ascii: "\"")
    {
      position += 1
    }
    emit(.format, from: start)
  }

  /// At a backslash.
  private mutating func escape() {
    let start = position
    position += 1
    guard position < bytes.count, bytes[position] != UInt8(ascii: "\n") else { return }
    switch bytes[position] {
    case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "0"), UInt8(ascii: "\\"),
      UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "'"):
      position += 1
    case UInt8(ascii: "u"):
      position += 1
      if StringText.unicodeEscape(bytes, &position) == nil {
        report(.badEscape(text(start, position)), start, position)
      }
    default:
      position += decodeUTF8(bytes, position)?.length ?? 1
      report(.badEscape(text(start, position)), start, position)
    }
  }

  private func text(_ start: Int, _ end: Int) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<end]), as: UTF8.self)
  }

  /// `'text'`, a habit: read as a string. Without a second quote on its line it is only a stray character.
  private mutating func singleQuoted() {
    let start = position
    var end = start + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "'"), bytes[end] != UInt8(ascii: "\n") { end += 1 }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "'"), end - start < 200 else {
      unexpected(length: 1)
      return
    }
    position = end + 1
    report(
      .foreignHabit(found: "a string in single quotes", instead: "with double quotes"), start, position,
      help: "write `\"\(text(start + 1, end))\"`")
    emit(.string, from: start, flags: .raw)
  }
}

/// The text of string tokens.
enum StringText {
  /// After `\u`: `{1F600}`. Moves `position` behind what belongs to the escape.
  static func unicodeEscape(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Unicode.Scalar? {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else { return nil }
    let digits = position + 1
    var end = digits
    while end < bytes.count, end - digits < 8, bytes[end] != UInt8(ascii: "}"), bytes[end] >= UInt8(ascii: "0"),
      bytes[end] != UInt8(ascii: "\n")
    {
      end += 1
    }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "}"), end > digits else { return nil }
    position = end + 1
    return NumberText.integer(bytes, digits..<end, radix: 16).flatMap { UInt32(exactly: $0) }.flatMap(
      Unicode.Scalar.init)
  }

  /// Replaces escapes, and "\r\n" by "\n".
  static func decode(_ text: ArraySlice<UInt8>) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        if byte == UInt8(ascii: "\r"), index < bytes.count, bytes[index] == UInt8(ascii: "\n") { continue }
        guard byte == UInt8(ascii: "\\"), index < bytes.count else {
          out.append(byte)
          continue
        }
        let escaped = bytes[index]
        index += 1
        switch escaped {
        case UInt8(ascii: "n"): out.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "t"): out.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "r"): out.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "0"): out.append(0)
        case UInt8(ascii: "u"):
          if let scalar = unicodeEscape(bytes, &index) { out += Array(String(scalar).utf8) }
        default: out.append(escaped)
        }
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
