// The atoms of a text and the brackets they stand in, and from these the lines with their indentation.
import Diagnostics

struct Layout {
  enum Shape { case parentheses, call, list, index, record, block }

  /// A bracket and what is in it.
  struct Group {
    let opener: Int
    var closer: Int
    let shape: Shape
    /// The group around it, -1 at the top level.
    let parent: Int
    /// Its content stands on lines of its own.
    var isOpen = false
    /// A comprehension: no comma may follow its last item.
    var hasFor = false
    /// The block of the next arm of the same `if` or `try`.
    var nextArm = -1

    /// The key of a record: `[1]: 2` has one item and no comma.
    var isKey = false

    var takesComma: Bool { shape != .block && shape != .parentheses && !hasFor && !isKey }
  }

  struct Line {
    let atoms: Range<Int>
    let indent: Int
  }

  let bytes: [UInt8]
  let marks: LayoutMarks
  let maximumWidth: Int
  var atoms: [Atom]
  var groups: [Group] = []

  init(_ source: SourceFile, _ marks: LayoutMarks, maximumWidth: Int) {
    self.maximumWidth = maximumWidth
    bytes = source.bytes
    self.marks = marks
    atoms = AtomReader.read(source.bytes, marks)
    findGroups()
  }

  private mutating func findGroups() {
    var stack: [Int] = []
    // The block of the last arm, by the group around it.
    var lastArm: [Int: Int] = [:]
    for index in atoms.indices {
      let around = stack.last ?? -1
      atoms[index].group = around
      let kind = atoms[index].kind
      if kind.closing != nil {
        let group = Group(opener: index, closer: index, shape: shape(index), parent: around)
        if group.shape == .block, let before = lastArm[around] {
          groups[before].nextArm = groups.count
          lastArm[around] = nil
        }
        stack.append(groups.count)
        atoms[index].bracket = groups.count
        groups.append(group)
      } else if kind.opening != nil, let last = stack.popLast() {
        atoms[index].bracket = last
        groups[last].closer = index
        let next = index + 1 < atoms.count ? atoms[index + 1].kind : .end
        groups[last].isKey = groups[last].shape == .list && next == .colon
        if groups[last].shape == .block, next == .elseWord || next == .catchWord {
          lastArm[groups[last].parent] = last
        }
      } else if kind == .forWord, around >= 0, groups[around].shape != .block {
        groups[around].hasFor = true
      }
    }
  }

  private func shape(_ index: Int) -> Shape {
    let atom = atoms[index]
    switch atom.kind {
    case .braceOpen: return marks.records.contains(atom.token) ? .record : .block
    case .bracketOpen: return marks.indices.contains(atom.token) ? .index : .list
    default:
      let partner = Int(marks.tokens[atom.token].partner) + 1
      let isLambda = partner < marks.tokens.count && marks.tokens[partner].kind == .lambdaArrow
      return isLambda || followsOperand(index) ? .call : .parentheses
    }
  }

  /// The group whose items atom `index` is one of: for brackets the one around them.
  func outerGroup(_ index: Int) -> Int {
    let atom = atoms[index]
    return atom.kind.opening != nil && atom.bracket >= 0 ? groups[atom.bracket].parent : atom.group
  }

  // MARK: What atoms mean

  func isWord(_ index: Int, _ word: StaticString) -> Bool {
    let atom = atoms[index]
    guard atom.kind == .name, atom.end - atom.start == word.utf8CodeUnitCount else { return false }
    return (0..<word.utf8CodeUnitCount).allSatisfy { bytes[atom.start + $0] == word.utf8Start[$0] }
  }

  /// An operand can end with it, so that an operator, a call or an index may follow.
  func endsOperand(_ index: Int) -> Bool {
    switch atoms[index].kind {
    case .name:
      // `by` and `as` behind an operand are words.
      guard isWord(index, "by") || isWord(index, "as"), index > 0, !atoms[index].startsStatement else { return true }
      let before = atoms[index - 1]
      if before.kind == .range { return !isStepBehindRange(index) }
      return before.hasComma || !endsOperand(index - 1)
    case .int, .float, .string, .stringStart, .parenClose, .bracketClose, .braceClose, .noneWord, .trueWord, .falseWord:
      return true
    default: return atoms[index].kind.isKeyword && index > 0 && atoms[index - 1].kind == .dot
    }
  }

  /// `..by 2`, as the parser tells it from a name.
  func isStepBehindRange(_ index: Int) -> Bool {
    guard isWord(index, "by"), index + 1 < atoms.count, !atoms[index].hasComma else { return false }
    switch atoms[index + 1].kind {
    case .int, .float, .name, .parenOpen: return true
    default: return false
    }
  }

  /// It goes on with the operand in front of it, as the `(` of a call or a sign between operands does.
  func followsOperand(_ index: Int) -> Bool {
    let atom = atoms[index]
    guard index > 0, !atom.startsStatement, !atom.isAfterSemicolon, !atoms[index - 1].hasComma else { return false }
    return endsOperand(index - 1)
  }

  // MARK: Lines

  /// The lines that the breaks make, with their indentation.
  func lines() -> [Line] {
    var lines: [Line] = []
    var indents = [Int](repeating: 0, count: atoms.count)
    var start = 0
    for index in atoms.indices.dropFirst() where atoms[index].breaksBefore {
      add(start..<index, &lines, &indents)
      start = index
    }
    if !atoms.isEmpty { add(start..<atoms.count, &lines, &indents) }
    return lines
  }

  private func add(_ range: Range<Int>, _ lines: inout [Line], _ indents: inout [Int]) {
    let first = atoms[range.lowerBound]
    var indent = 0
    if first.kind.opening != nil, first.bracket >= 0 {
      indent = indents[groups[first.bracket].opener]
    } else {
      if first.group >= 0 { indent = indents[groups[first.group].opener] + Formatter.step }
      if !startsItem(range.lowerBound) { indent += Formatter.step }
    }
    for index in range { indents[index] = indent }
    lines.append(Line(atoms: range, indent: indent))
  }

  /// Not the continuation of a statement or item.
  private func startsItem(_ index: Int) -> Bool {
    let atom = atoms[index]
    if atom.startsStatement || atom.kind == .end || index == 0 { return true }
    if atom.kind == .elseWord || atom.kind == .catchWord { return true }
    let isBracket = atom.group >= 0 && groups[atom.group].shape != .block
    guard isBracket else { return false }
    if groups[atom.group].opener == index - 1 { return true }
    if atoms[index - 1].hasComma && outerGroup(index - 1) == atom.group { return true }
    return atom.kind == .forWord || atom.kind == .ifWord && followsOperand(index)
  }
}
