// Runs a pattern over a text. All threads of the program stand at the same character; a list holds them in the order of
// their priority, each instruction at most once, with the places that its groups have begun and ended at. When a thread
// matches, those behind it in the list are dropped and the ones before it go on, which gives what a search that goes
// back would have found first.
//
// Memory: two lists of (instructions x slots) integers, made once for a search.

struct PatternMatcher {
  private let pattern: Pattern
  private let text: UnsafeBufferPointer<UInt8>
  private var current: ThreadList
  private var following: ThreadList
  /// What `follow` has still to do: a thread to add, or a slot to set back.
  private var pending: [Pending] = []
  private var slots: [Int]
  /// Byte offsets: 2 g and 2 g + 1 are the start and end of group g, -1 where it took no part.
  private(set) var found: [Int]

  private enum Pending {
    case thread(Int)
    case restore(slot: Int, place: Int)
  }

  /// Threads at one character; a sparse set, so that emptying it takes no time.
  private final class ThreadList {
    var order: [Int] = []
    var position: [Int]
    var slots: [Int]

    init(_ pattern: Pattern) {
      position = [Int](repeating: 0, count: pattern.instructions.count)
      slots = [Int](repeating: -1, count: pattern.instructions.count * pattern.slotCount)
      order.reserveCapacity(pattern.instructions.count)
    }
    func contains(_ instruction: Int) -> Bool {
      position[instruction] < order.count && order[position[instruction]] == instruction
    }
    func add(_ instruction: Int) {
      position[instruction] = order.count
      order.append(instruction)
    }
  }

  init(_ pattern: Pattern, _ text: UnsafeBufferPointer<UInt8>) {
    self.pattern = pattern
    self.text = text
    current = ThreadList(pattern)
    following = ThreadList(pattern)
    slots = [Int](repeating: -1, count: pattern.slotCount)
    found = slots
  }

  /// Looks for the first match that begins at byte `start` or behind it; its places are in `found`. `whole`: it must begin
  /// there and end at the end of the text. `poll` is called every few thousand steps and may stop the search.
  mutating func search(from start: Int, whole: Bool, poll: () throws -> Void) throws -> Bool {
    var at = start
    var isFound = false
    var steps = 0
    current.order.removeAll(keepingCapacity: true)
    while true {
      if current.order.isEmpty {
        if isFound || (whole && at > start) { break }
        if let first = pattern.firstByte, !whole {
          while at < text.count && text[at] != first { at += 1 }
          if at == text.count { break }
        }
      }
      if !isFound && (!whole || at == start) {
        for index in slots.indices { slots[index] = -1 }
        follow(0, at, current)
      }
      let (code, length) = decode(at)
      following.order.removeAll(keepingCapacity: true)
      steps += current.order.count + 1
      if steps > 4096 {
        steps = 0
        try poll()
      }
      advance: for instruction in current.order {
        let matches: Bool
        switch pattern.instructions[instruction] {
        case .literal(let wanted):
          matches = length > 0 && (pattern.ignoresCase ? foldedCase(code) : code) == wanted
        case .set(let index): matches = length > 0 && pattern.sets[index].contains(code)
        case .match:
          if whole && at < text.count { continue }
          isFound = true
          load(current, instruction, into: &found)
          break advance
        default: continue
        }
        if matches {
          load(current, instruction, into: &slots)
          follow(instruction + 1, at + length, following)
        }
      }
      swap(&current, &following)
      if length == 0 { break }
      at += length
    }
    return isFound
  }

  private func load(_ list: ThreadList, _ instruction: Int, into target: inout [Int]) {
    let base = instruction * pattern.slotCount
    for index in 0..<pattern.slotCount { target[index] = list.slots[base + index] }
  }

  /// Adds the thread at `instruction` and every one that it leads to without a character, with the places in `slots`.
  private mutating func follow(_ instruction: Int, _ at: Int, _ list: ThreadList) {
    pending.append(.thread(instruction))
    while let next = pending.popLast() {
      switch next {
      case .restore(let slot, let place): slots[slot] = place
      case .thread(let instruction):
        if list.contains(instruction) { continue }
        list.add(instruction)
        switch pattern.instructions[instruction] {
        case .jump(let target): pending.append(.thread(target))
        case .split(let first, let second):
          pending.append(.thread(second))
          pending.append(.thread(first))
        case .save(let slot):
          pending.append(.restore(slot: slot, place: slots[slot]))
          slots[slot] = at
          pending.append(.thread(instruction + 1))
        case .place(let place): if holds(place, at) { pending.append(.thread(instruction + 1)) }
        case .literal, .set, .match:
          let base = instruction * pattern.slotCount
          for index in 0..<pattern.slotCount { list.slots[base + index] = slots[index] }
        }
      }
    }
  }

  private func holds(_ place: PatternPlace, _ at: Int) -> Bool {
    switch place {
    case .textStart: at == 0
    case .textEnd: at == text.count
    case .lineStart: at == 0 || text[at - 1] == 0x0A
    case .lineEnd: at == text.count || text[at] == 0x0A
    case .wordEdge: isWord(before: at) != isWord(at)
    case .noWordEdge: isWord(before: at) == isWord(at)
    }
  }
  private func isWord(_ at: Int) -> Bool {
    let (code, length) = decode(at)
    return length > 0 && NamedClass.word.contains(code)
  }
  private func isWord(before at: Int) -> Bool {
    var start = at - 1
    while start > 0 && text[start] & 0xC0 == 0x80 { start -= 1 }
    return start >= 0 && isWord(start)
  }

  /// The character at byte `at` and its bytes; 0 bytes at the end. Strings are always well-formed.
  private func decode(_ at: Int) -> (code: UInt32, length: Int) {
    guard at < text.count else { return (0, 0) }
    return decodeCharacter(text, at)
  }
}

/// The code point at byte `at` of well-formed UTF-8, and how many bytes it takes.
func decodeCharacter(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (code: UInt32, length: Int) {
  let first = UInt32(text[at])
  if first < 0x80 { return (first, 1) }
  let length = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2)
  if at + length > text.count { return (0xFFFD, text.count - at) }
  var code = first & (0x7F >> UInt32(length))
  for index in 1..<length { code = code << 6 | UInt32(text[at + index] & 0x3F) }
  return (code, length)
}
