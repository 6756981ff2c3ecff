// What the regex builtins share: patterns compiled once, matches as records, templates of replacements.
import Diagnostics
import Tensor
import VM

/// Counts characters between byte offsets that do not go back, so that a list of matches takes one walk.
struct CharacterCounter {
  private let text: StringRef
  private var offset = 0
  private var count = 0

  init(_ text: StringRef) { self.text = text }

  mutating func character(at byte: Int) -> Int {
    if text.isASCII { return byte }
    if byte < offset { (offset, count) = (0, 0) }
    for at in offset..<byte where text.bytes[at] & 0xC0 != 0x80 { count += 1 }
    offset = byte
    return count
  }
}

/// `$1: $<name>` taken apart.
struct ReplacementTemplate {
  private enum Part {
    case text(Range<Int>)
    case group(Int)
  }
  private var parts: [Part] = []
  private let source: UnsafeBufferPointer<UInt8>

  init(_ source: UnsafeBufferPointer<UInt8>, _ pattern: Pattern, _ call: Call) throws {
    self.source = source
    var at = 0
    var start = 0
    while at < source.count {
      guard source[at] == UInt8(ascii: "$") else {
        at += 1
        continue
      }
      parts.append(.text(start..<at))
      at += 1
      if at < source.count, source[at] == UInt8(ascii: "$") {
        // The second dollar is the first character of what follows.
        start = at
        at += 1
        continue
      }
      parts.append(.group(try ReplacementTemplate.group(source, &at, pattern, call)))
      start = at
    }
    parts.append(.text(start..<source.count))
  }

  /// Behind a `$`.
  private static func group(
    _ source: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ pattern: Pattern, _ call: Call
  ) throws -> Int {
    let start = at
    if at < source.count, source[at] == UInt8(ascii: "<"), let end = source[at...].firstIndex(of: UInt8(ascii: ">")) {
      let name = String(decoding: source[(at + 1)..<end], as: UTF8.self)
      guard let group = pattern.names.first(where: { $0.name == name }) else {
        throw call.bad("the pattern has no group named `\(name)`", help: "`(?<\(name)>...)` makes one")
      }
      at = end + 1
      return group.number
    }
    var number = 0
    while at < source.count, source[at] >= 0x30, source[at] <= 0x39, number < 1000 {
      number = number * 10 + Int(source[at] - 0x30)
      at += 1
    }
    if at == start { throw call.bad("a `$` is followed by no group", help: "`$$` is the character") }
    if number >= pattern.groupCount {
      throw call.bad(
        "the pattern has no group \(number): \(pattern.groupCount - 1) group\(pattern.groupCount == 2 ? "" : "s")")
    }
    return number
  }

  func write(_ found: [Int], _ text: UnsafeBufferPointer<UInt8>, into buffer: inout TextBuffer) {
    for part in parts {
      switch part {
      case .text(let range): buffer.append(UnsafeBufferPointer(rebasing: source[range]))
      case .group(let number) where found[2 * number] >= 0:
        buffer.append(UnsafeBufferPointer(rebasing: text[found[2 * number]..<found[2 * number + 1]]))
      case .group: break
      }
    }
  }
}

extension Call {
  /// Argument `index` compiled.
  func pattern(_ index: Int) throws -> Pattern {
    let source = try string(index)
    let memory = memory
    let text = source.string
    if let known = memory.patterns[text] { return known }
    do {
      let pattern = try Pattern(source.utf8)
      if memory.patterns.count >= LibraryMemory.patternCapacity { memory.patterns.removeAll() }
      memory.patterns[text] = pattern
      return pattern
    } catch let problem as PatternProblem {
      throw Diagnostic(.badPattern(pattern: text, place: problem.place, detail: problem.detail), at: nil)
    }
  }

  /// Argument `index`, a character's number (negative from the end), as a byte offset; 0 when not given.
  func characterPlace(_ index: Int, in text: StringRef) throws -> Int {
    if isMissing(index) { return 0 }
    return text.byteOffset(ofCharacter: try position(index, count: text.characterCount, end: true))
  }

  /// Calls `body` with the places of each match from left to right. Behind a match of nothing the search goes on one
  /// character further.
  func eachMatch(_ pattern: Pattern, _ text: StringRef, _ body: ([Int]) throws -> Void) throws {
    let utf8 = text.utf8
    var matcher = PatternMatcher(pattern, utf8)
    var start = 0
    while start <= utf8.count, try matcher.search(from: start, whole: false, poll: machine.pollLimits) {
      let found = matcher.found
      try body(found)
      start = found[1]
      if found[1] == found[0] {
        start += 1
        while start < utf8.count && utf8[start] & 0xC0 == 0x80 { start += 1 }
      }
    }
  }

  /// `{text, start, end, groups, names}`, owned.
  func matchRecord(_ pattern: Pattern, _ found: [Int], _ text: StringRef, _ places: inout CharacterCounter) -> Value {
    func group(_ number: Int) -> Value {
      let start = found[2 * number]
      if start < 0 { return .none }
      return heap.string(utf8: UnsafeBufferPointer(rebasing: text.utf8[start..<found[2 * number + 1]]))
    }
    let groups = heap.list(capacity: pattern.groupCount - 1)
    for number in 1..<max(1, pattern.groupCount) { ListRef(groups).append(group(number), heap) }
    let names = heap.record(capacity: pattern.names.count)
    for (name, number) in pattern.names { RecordRef(names).insert(heap.internedString(name), group(number), heap) }
    let start = places.character(at: found[0])
    return heap.record([
      "text": group(0), "start": Value(start), "end": Value(places.character(at: found[1])), "groups": groups,
      "names": names,
    ])
  }
}
