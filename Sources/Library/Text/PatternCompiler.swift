// Writes the tree of a pattern as a program for the matcher. A count repeats the code of what it counts, so the size of
// the program and the work of writing it are bounded: `(?:(?:){1000}){1000}` writes nothing, a billion times.
import Diagnostics

enum PatternInstruction {
  /// The next character is this one.
  case literal(UInt32)
  /// The next character is in set number `index`.
  case set(Int)
  /// Continue at both, the first one having priority.
  case split(Int, Int)
  case jump(Int)
  /// Remember the place in slot number `index`: 2 g for the start of group g, 2 g + 1 for its end.
  case save(Int)
  case place(PatternPlace)
  case match
}

/// A compiled pattern.
final class Pattern {
  let instructions: [PatternInstruction]
  let sets: [CharacterSet]
  let ignoresCase: Bool
  /// Groups, the whole match (group 0) included.
  let groupCount: Int
  let names: [(name: String, number: Int)]
  /// A byte with which every match begins, if there is one: the search skips to it.
  let firstByte: UInt8?
  var slotCount: Int { 2 * groupCount }

  init(_ source: UnsafeBufferPointer<UInt8>) throws {
    var parser = PatternParser(source)
    let tree = try parser.parse()
    var compiler = PatternCompiler()
    try compiler.emit(.group(tree, number: 0))
    compiler.finish()
    instructions = compiler.instructions
    sets = compiler.sets
    ignoresCase = parser.options.ignoresCase
    groupCount = parser.groupCount + 1
    names = parser.names
    if instructions.count * 2 * groupCount > PatternLimit.places {
      throw PatternProblem(
        place: 0,
        detail: "\(groupCount - 1) groups are too many for its \(instructions.count) steps; `(?: )` is no group")
    }
    firstByte = parser.options.ignoresCase ? nil : Pattern.firstByte(tree)
  }

  private static func firstByte(_ tree: PatternTree) -> UInt8? {
    switch tree {
    case .literal(let code): code < 0x80 ? UInt8(code) : nil
    case .sequence(let items): items.first.flatMap(firstByte)
    case .group(let inner, _): firstByte(inner)
    case .repeated(let inner, let least, _, _): least > 0 ? firstByte(inner) : nil
    default: nil
    }
  }
}

private struct PatternCompiler {
  private(set) var instructions: [PatternInstruction] = []
  private(set) var sets: [CharacterSet] = []
  private var work = 0

  mutating func finish() { instructions.append(.match) }

  mutating func emit(_ tree: PatternTree) throws {
    work += 1
    if instructions.count > PatternLimit.instructions || work > 4 * PatternLimit.instructions {
      throw PatternProblem(
        place: 0, detail: "with its counts written out it has more than \(PatternLimit.instructions) steps")
    }
    switch tree {
    case .empty: break
    case .literal(let code): instructions.append(.literal(code))
    case .set(let set):
      instructions.append(.set(sets.count))
      sets.append(set)
    case .place(let place): instructions.append(.place(place))
    case .sequence(let items): for item in items { try emit(item) }
    case .group(let inner, let number):
      instructions.append(.save(2 * number))
      try emit(inner)
      instructions.append(.save(2 * number + 1))
    case .choice(let branches): try emit(choice: branches)
    case .repeated(let inner, let least, let most, let isLazy):
      for _ in 0..<least { try emit(inner) }
      if let most {
        try emit(optional: inner, times: most - least, isLazy)
      } else {
        try emit(loop: inner, isLazy)
      }
    }
  }

  private mutating func emit(choice branches: [PatternTree]) throws {
    var ends: [Int] = []
    for (index, branch) in branches.enumerated() {
      if index == branches.count - 1 {
        try emit(branch)
        break
      }
      let fork = instructions.count
      instructions.append(.split(fork + 1, 0))
      try emit(branch)
      ends.append(instructions.count)
      instructions.append(.jump(0))
      instructions[fork] = .split(fork + 1, instructions.count)
    }
    for end in ends { instructions[end] = .jump(instructions.count) }
  }

  /// `(e(e(e)?)?)?`: each further one only behind the one before.
  private mutating func emit(optional inner: PatternTree, times: Int, _ isLazy: Bool) throws {
    var forks: [Int] = []
    for _ in 0..<times {
      forks.append(instructions.count)
      instructions.append(.split(0, 0))
      try emit(inner)
    }
    let end = instructions.count
    for fork in forks { instructions[fork] = isLazy ? .split(end, fork + 1) : .split(fork + 1, end) }
  }

  private mutating func emit(loop inner: PatternTree, _ isLazy: Bool) throws {
    let fork = instructions.count
    instructions.append(.split(0, 0))
    try emit(inner)
    instructions.append(.jump(fork))
    let end = instructions.count
    instructions[fork] = isLazy ? .split(end, fork + 1) : .split(fork + 1, end)
  }
}
