// The lexer's look-up tables, made once from `TokenKind`: keywords packed into eight bytes, and punctuation by first
// byte, longest first.

struct TokenTables: Sendable {
  static let shared = TokenTables()

  enum ByteClass: UInt8 { case other, space, newline, letter, digit, punctuation, quote, hash, high }

  struct Punctuation: Sendable {
    let second: UInt8
    let third: UInt8
    let length: UInt8
    let kind: TokenKind
  }

  let classes: [ByteClass]
  private let punctuation: [Punctuation]
  private let punctuationStart: [Int]
  private let keywords: [(packed: UInt64, kind: TokenKind)]
  private let keywordStart: [Int]

  private init() {
    var classes = [ByteClass](repeating: .other, count: 256)
    for byte in UInt8.min...UInt8.max {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): classes[Int(byte)] = .space
      case UInt8(ascii: "\n"): classes[Int(byte)] = .newline
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
        classes[Int(byte)] = .letter
      case UInt8(ascii: "0")...UInt8(ascii: "9"): classes[Int(byte)] = .digit
      case UInt8(ascii: "\""), UInt8(ascii: "'"): classes[Int(byte)] = .quote
      case UInt8(ascii: "#"): classes[Int(byte)] = .hash
      case 0x80...: classes[Int(byte)] = .high
      default: break
      }
    }

    let spellings = TokenKind.allCases.filter(\.isPunctuation).map { (Array($0.rawValue.utf8), $0) }
    let sorted = spellings.sorted { ($0.0[0], $1.0.count) < ($1.0[0], $0.0.count) }
    var starts = [Int](repeating: 0, count: 257)
    for (bytes, _) in sorted {
      classes[Int(bytes[0])] = .punctuation
      starts[Int(bytes[0]) + 1] += 1
    }
    for byte in 0..<256 { starts[byte + 1] += starts[byte] }
    self.classes = classes
    punctuationStart = starts
    punctuation = sorted.map { bytes, kind in
      Punctuation(
        second: bytes.count > 1 ? bytes[1] : 0, third: bytes.count > 2 ? bytes[2] : 0, length: UInt8(bytes.count),
        kind: kind)
    }

    let words = TokenKind.allCases.filter(\.isKeyword).map { (Array($0.rawValue.utf8), $0) }.sorted {
      $0.0[0] < $1.0[0]
    }
    var wordStarts = [Int](repeating: 0, count: 257)
    for (bytes, _) in words { wordStarts[Int(bytes[0]) + 1] += 1 }
    for byte in 0..<256 { wordStarts[byte + 1] += wordStarts[byte] }
    keywordStart = wordStarts
    keywords = words.map { bytes, kind in (bytes.reduce(0) { $0 << 8 | UInt64($1) }, kind) }
  }

  /// The keyword whose bytes, most significant first, are `packed`; names of more than eight bytes are none.
  @inline(__always)
  func keyword(first: UInt8, packed: UInt64) -> TokenKind? {
    for index in keywordStart[Int(first)]..<keywordStart[Int(first) + 1] where keywords[index].packed == packed {
      return keywords[index].kind
    }
    return nil
  }

  /// The longest punctuation that begins with these three bytes (0 behind the end of the text).
  @inline(__always)
  func punctuation(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Punctuation? {
    for index in punctuationStart[Int(first)]..<punctuationStart[Int(first) + 1] {
      let entry = punctuation[index]
      switch entry.length {
      case 1: return entry
      case 2: if entry.second == second { return entry }
      default: if entry.second == second && entry.third == third { return entry }
      }
    }
    return nil
  }
}
