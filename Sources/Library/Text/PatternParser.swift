// Reads a pattern. Recursive descent, one function a level: choice, sequence, quantified item, item. Errors carry the
// number of the character at which the pattern goes wrong.

struct PatternParser {
  private let text: [UInt32]
  private var at = 0
  private var depth = 0
  private(set) var options = PatternOptions()
  private(set) var groupCount = 0
  /// Names of groups and their numbers, in the order of the pattern.
  private(set) var names: [(name: String, number: Int)] = []

  init(_ pattern: UnsafeBufferPointer<UInt8>) {
    text = String(decoding: pattern, as: UTF8.self).unicodeScalars.map(\.value)
  }

  mutating func parse() throws -> PatternTree {
    try readOptions()
    let tree = try choice()
    if at < text.count { throw problem("this `)` closes no group; `\\)` is the character") }
    return tree
  }

  private func problem(_ detail: String, at place: Int? = nil) -> PatternProblem {
    PatternProblem(place: place ?? at, detail: detail)
  }
  private func shown(_ code: UInt32) -> String { Unicode.Scalar(code).map { "`\($0)`" } ?? "this character" }
  private func sees(_ character: Unicode.Scalar, ahead: Int = 0) -> Bool {
    at + ahead < text.count && text[at + ahead] == character.value
  }
  private mutating func takes(_ character: Unicode.Scalar) -> Bool {
    if sees(character) {
      at += 1
      return true
    }
    return false
  }

  /// `(?i)`, `(?m)`, `(?s)` or several of these, in front of everything else.
  private mutating func readOptions() throws {
    guard sees("("), sees("?", ahead: 1), at + 2 < text.count else { return }
    var next = at + 2
    var found = options
    while next < text.count, text[next] != 0x29 {
      switch Unicode.Scalar(text[next]) {
      case "i": found.ignoresCase = true
      case "m": found.hasLines = true
      case "s": found.dotIsAll = true
      default: return
      }
      next += 1
    }
    if next == text.count { return }
    options = found
    at = next + 1
  }

  private mutating func choice() throws -> PatternTree {
    var branches = [try sequence()]
    while takes("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws -> PatternTree {
    var items: [PatternTree] = []
    while at < text.count, !sees("|"), !sees(")") { items.append(try quantified()) }
    return items.count == 1 ? items[0] : (items.isEmpty ? .empty : .sequence(items))
  }

  private mutating func quantified() throws -> PatternTree {
    let start = at
    let item = try self.item()
    guard let (least, most) = try quantifier() else { return item }
    if case .place = item { throw problem("there is nothing to repeat: this matches no character", at: start) }
    let isLazy = takes("?")
    let second = at
    if try quantifier() != nil || sees("+") {
      throw problem("this repeats a repetition; put the first one into a group `(?: )`", at: second)
    }
    return .repeated(item, least: least, most: most, isLazy: isLazy)
  }

  private mutating func quantifier() throws -> (least: Int, most: Int?)? {
    if takes("*") { return (0, nil) }
    if takes("+") { return (1, nil) }
    if takes("?") { return (0, 1) }
    guard sees("{") else { return nil }
    let start = at
    at += 1
    let least = number()
    let hasComma = takes(",")
    let most = hasComma ? number() : least
    guard takes("}"), least != nil || most != nil else {
      throw problem("a count is written `{2}`, `{2,}`, `{,5}` or `{2,5}`; `\\{` is the character", at: start)
    }
    if max(least ?? 0, most ?? 0) > PatternLimit.count {
      throw problem("counts go up to \(PatternLimit.count)", at: start)
    }
    if let least, let most, least > most {
      throw problem("the least count \(least) is above the most, \(most)", at: start)
    }
    return (least ?? 0, most)
  }

  private mutating func number() -> Int? {
    let start = at
    var value = 0
    while at < text.count, text[at] >= 0x30, text[at] <= 0x39 {
      value = min(value * 10 + Int(text[at] - 0x30), PatternLimit.count + 1)
      at += 1
    }
    return at == start ? nil : value
  }

  private mutating func item() throws -> PatternTree {
    let start = at
    let code = text[at]
    at += 1
    switch Unicode.Scalar(code) {
    case "(": return try group(start)
    case "[": return .set(try characterClass(start))
    case ".":
      var set = CharacterSet()
      if !options.dotIsAll { set.add(0x0A...0x0A) }
      set.invert()
      set.seal(ignoringCase: false)
      return .set(set)
    case "^": return .place(options.hasLines ? .lineStart : .textStart)
    case "$": return .place(options.hasLines ? .lineEnd : .textEnd)
    case "*", "+", "?": throw problem("\(shown(code)) has nothing before it to repeat", at: start)
    case "{": throw problem("this count has nothing before it to repeat; `\\{` is the character", at: start)
    case "\\": return try escape(start)
    default: return .literal(options.ignoresCase ? foldedCase(code) : code)
    }
  }

  private mutating func group(_ start: Int) throws -> PatternTree {
    depth += 1
    defer { depth -= 1 }
    if depth > PatternLimit.depth { throw problem("groups are nested more than \(PatternLimit.depth) deep", at: start) }
    var number: Int?
    if takes("?") {
      if !takes(":") {
        let isPython = sees("P") && sees("<", ahead: 1)
        if isPython { at += 1 }
        guard takes("<"), !sees("="), !sees("!") else {
          throw problem("a group begins `(`, `(?:` or `(?<name>`; there is no look ahead or behind", at: start)
        }
        number = try named(start)
      }
    } else {
      groupCount += 1
      number = groupCount
    }
    let inner = try choice()
    guard takes(")") else { throw problem("this group is never closed; `\\(` is the character", at: start) }
    return number.map { .group(inner, number: $0) } ?? inner
  }

  private mutating func named(_ start: Int) throws -> Int {
    var name = String.UnicodeScalarView()
    while at < text.count, NamedClass.word.contains(text[at]), let scalar = Unicode.Scalar(text[at]) {
      name.append(scalar)
      at += 1
    }
    guard takes(">"), !name.isEmpty else {
      throw problem("the name of a group is letters, digits and `_` in `<` and `>`", at: start)
    }
    if names.contains(where: { $0.name == String(name) }) {
      throw problem("two groups have the name `\(String(name))`", at: start)
    }
    groupCount += 1
    names.append((String(name), groupCount))
    return groupCount
  }
}

// MARK: Classes and escapes

extension PatternParser {
  private enum Escaped {
    case code(UInt32)
    case named(NamedClass, isNegated: Bool)
  }

  fileprivate mutating func escape(_ start: Int) throws -> PatternTree {
    if sees("b") || sees("B") {
      at += 1
      return .place(text[at - 1] == 0x62 ? .wordEdge : .noWordEdge)
    }
    switch try escaped(start) {
    case .code(let code): return .literal(options.ignoresCase ? foldedCase(code) : code)
    case .named(let name, let isNegated):
      var set = CharacterSet()
      set.add(name, negated: isNegated)
      set.seal(ignoringCase: false)
      return .set(set)
    }
  }

  /// What stands behind a `\`.
  private mutating func escaped(_ start: Int) throws -> Escaped {
    guard at < text.count else { throw problem("the pattern ends behind a `\\`; `\\\\` is the character", at: start) }
    let code = text[at]
    at += 1
    switch Unicode.Scalar(code) {
    case "d": return .named(.digit, isNegated: false)
    case "D": return .named(.digit, isNegated: true)
    case "w": return .named(.word, isNegated: false)
    case "W": return .named(.word, isNegated: true)
    case "s": return .named(.space, isNegated: false)
    case "S": return .named(.space, isNegated: true)
    case "n": return .code(0x0A)
    case "t": return .code(0x09)
    case "r": return .code(0x0D)
    case "f": return .code(0x0C)
    case "v": return .code(0x0B)
    case "0": return .code(0)
    case "x": return .code(try hexadecimal(start, digits: 2))
    case "u":
      guard sees("{") else { return .code(try hexadecimal(start, digits: 4)) }
      at += 1
      let value = try hexadecimal(start, digits: nil)
      guard takes("}") else { throw problem("`\\u{` needs a `}` behind its digits", at: start) }
      return .code(value)
    default:
      if code < 0x80, NamedClass.word.contains(code) {
        let help = code >= 0x31 && code <= 0x39 ? "a pattern can't refer back to a group" : "no such escape"
        throw problem("`\\\(Unicode.Scalar(code).map(String.init) ?? "")`: \(help)", at: start)
      }
      return .code(code)
    }
  }

  private mutating func hexadecimal(_ start: Int, digits: Int?) throws -> UInt32 {
    var value: UInt32 = 0
    var count = 0
    while at < text.count, count < digits ?? 6, let scalar = Unicode.Scalar(text[at]), scalar.isASCII,
      let digit = Character(scalar).hexDigitValue
    {
      value = value << 4 | UInt32(digit)
      at += 1
      count += 1
    }
    guard count == digits || (digits == nil && count > 0), Unicode.Scalar(value) != nil else {
      throw problem("a character is written `\\x41`, `\\u00e4` or `\\u{1F600}`", at: start)
    }
    return value
  }

  /// Behind the `[`.
  fileprivate mutating func characterClass(_ start: Int) throws -> CharacterSet {
    var set = CharacterSet()
    let isNegated = takes("^")
    var isFirst = true
    while isFirst || !sees("]") {
      isFirst = false
      guard at < text.count else { throw problem("this class is never closed; `\\[` is the character", at: start) }
      let from = at
      guard let low = try member(into: &set) else { continue }
      // `-` at the end is itself.
      guard sees("-"), !sees("]", ahead: 1), at + 1 < text.count else {
        set.add(low...low)
        continue
      }
      at += 1
      guard let high = try member(into: &set) else { throw problem("a range ends at one character", at: from) }
      if low > high { throw problem("this range goes from \(shown(low)) down to \(shown(high))", at: from) }
      set.add(low...high)
    }
    at += 1
    if isNegated { set.invert() }
    set.seal(ignoringCase: options.ignoresCase)
    return set
  }

  /// A character of a class; nil for a named class, which is added.
  private mutating func member(into set: inout CharacterSet) throws -> UInt32? {
    let start = at
    let code = text[at]
    at += 1
    if code != 0x5C { return code }
    if takes("b") { return 0x08 }
    switch try escaped(start) {
    case .code(let code): return code
    case .named(let name, let isNegated):
      set.add(name, negated: isNegated)
      return nil
    }
  }
}
