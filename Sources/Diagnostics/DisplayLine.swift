// One source line as a terminal shows it: which bytes stand in which columns. Tabs go to the next multiple of four, East
// Asian wide characters and emoji take two columns, combining marks none, control characters and broken UTF-8 are shown
// as a replacement character; so carets stay under what they point at.

package struct DisplayLine {
  private(set) var text = String.UnicodeScalarView()
  /// Column (0-based) of each byte of the line, and of its end; all bytes of a character have its column.
  private(set) var columns: [Int] = []
  /// Columns of the end of each byte's character.
  package private(set) var width = 0

  package init(_ bytes: ArraySlice<UInt8>) {
    columns.reserveCapacity(bytes.count + 1)
    var index = bytes.startIndex
    var joined = false
    var oddFlagLetter = false
    while index < bytes.endIndex {
      let (scalar, length) = Self.decode(bytes, index)
      let isFlagLetter = (0x1F1E6...0x1F1FF).contains(scalar.value)
      for _ in 0..<length { columns.append(width) }
      index += length
      if scalar == "\t" {
        let step = 4 - width % 4
        for _ in 0..<step { text.append(" ") }
        width += step
      } else {
        text.append(scalar)
        // What a zero-width joiner glues on, and the second letter of a flag, take no columns of their own.
        if !joined { width += isFlagLetter ? (oddFlagLetter ? 0 : 2) : Self.width(of: scalar) }
      }
      joined = scalar.value == 0x200D
      oddFlagLetter = isFlagLetter && !oddFlagLetter
    }
    columns.append(width)
  }

  /// Column of a byte offset from the start of the line; past the end is the end.
  func column(_ offset: Int) -> Int { columns[min(max(offset, 0), columns.count - 1)] }

  /// The scalar at `index` and the bytes it takes; a broken sequence gives U+FFFD for its first byte.
  private static func decode(_ bytes: ArraySlice<UInt8>, _ index: Int) -> (Unicode.Scalar, Int) {
    let first = bytes[index]
    if first < 0x80 {
      return (first >= 0x20 && first != 0x7F || first == 0x09 ? Unicode.Scalar(first) : "\u{FFFD}", 1)
    }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, index + length <= bytes.endIndex else { return ("\u{FFFD}", 1) }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for byte in bytes[(index + 1)..<(index + length)] {
      guard byte & 0xC0 == 0x80 else { return ("\u{FFFD}", 1) }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    guard let scalar = Unicode.Scalar(value), value >= (length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80) else {
      return ("\u{FFFD}", 1)
    }
    // Marks that turn the direction of text would reorder the carets.
    let turns = (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) || (0x80...0x9F).contains(value)
    return (turns ? "\u{FFFD}" : scalar, length)
  }

  static func width(of scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if (0x1F3FB...0x1F3FF).contains(value) { return 0 }
    return wide.contains { $0.contains(value) } || scalar.properties.isEmojiPresentation ? 2 : 1
  }

  /// East Asian Width W and F of Unicode's EastAsianWidth.txt, neighbouring blocks joined.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
    0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
  ]
}
