// A set of characters: `[a-z_]`, `\d`, `.`. Characters below 128 are answered from a bitmap; others from ranges and the
// named classes.

/// `\d`, `\w`, `\s`.
enum NamedClass {
  case digit, word, space

  func contains(_ code: UInt32) -> Bool {
    switch self {
    case .digit: return code >= 0x30 && code <= 0x39
    case .word:
      if code < 0x80 {
        return (code >= 0x30 && code <= 0x39) || (code | 0x20 >= 0x61 && code | 0x20 <= 0x7A) || code == 0x5F
      }
      guard let scalar = Unicode.Scalar(code) else { return false }
      return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    case .space:
      if code < 0x80 { return code == 0x20 || (code >= 0x09 && code <= 0x0D) }
      return Unicode.Scalar(code)?.properties.isWhitespace ?? false
    }
  }
}

struct CharacterSet {
  private var ranges: [ClosedRange<UInt32>] = []
  private var classes: [(name: NamedClass, isNegated: Bool)] = []
  var isNegated = false
  private var ignoresCase = false
  /// Bit c of two words: whether character c < 128 is in the set. Made by `seal`.
  private var low: (UInt64, UInt64) = (0, 0)

  mutating func add(_ range: ClosedRange<UInt32>) { ranges.append(range) }
  mutating func add(_ name: NamedClass, negated: Bool) { classes.append((name, negated)) }
  mutating func invert() { isNegated.toggle() }

  /// Ends the making: from here on the set only answers.
  mutating func seal(ignoringCase: Bool) {
    ignoresCase = ignoringCase
    for code in UInt32(0)..<128 where holds(code) {
      if code < 64 { low.0 |= 1 << UInt64(code) } else { low.1 |= 1 << UInt64(code - 64) }
    }
  }

  func contains(_ code: UInt32) -> Bool {
    if code < 64 { return low.0 >> UInt64(code) & 1 != 0 }
    if code < 128 { return low.1 >> UInt64(code - 64) & 1 != 0 }
    return holds(code)
  }

  private func holds(_ code: UInt32) -> Bool {
    var found = lists(code)
    if !found && ignoresCase {
      let (lower, upper) = (foldedCase(code), raisedCase(code))
      found = (lower != code && lists(lower)) || (upper != code && lists(upper))
    }
    return found != isNegated
  }

  private func lists(_ code: UInt32) -> Bool {
    ranges.contains { $0.contains(code) } || classes.contains { $0.name.contains(code) != $0.isNegated }
  }
}

/// The small form of a letter, if it is one character.
func foldedCase(_ code: UInt32) -> UInt32 {
  if code < 0x80 { return code >= 0x41 && code <= 0x5A ? code | 0x20 : code }
  return Unicode.Scalar(code).map { single($0.properties.lowercaseMapping) ?? code } ?? code
}

/// The capital form of a letter, if it is one character.
private func raisedCase(_ code: UInt32) -> UInt32 {
  if code < 0x80 { return code >= 0x61 && code <= 0x7A ? code & 0xDF : code }
  return Unicode.Scalar(code).map { single($0.properties.uppercaseMapping) ?? code } ?? code
}

private func single(_ text: String) -> UInt32? {
  var scalars = text.unicodeScalars.makeIterator()
  guard let first = scalars.next(), scalars.next() == nil else { return nil }
  return first.value
}
