// What stands between two atoms of a line.

extension Layout {
  /// Whether a space stands between the atoms `index - 1` and `index` of one line.
  func isSpaced(_ index: Int) -> Bool {
    let atom = atoms[index]
    let before = atoms[index - 1]
    if hasComma(index - 1) || atom.isAfterSemicolon { return true }
    if atom.bracket >= 0, before.bracket == atom.bracket { return false }
    if before.kind.closing != nil { return groups[before.bracket].shape == .block }
    if atom.kind.opening != nil { return groups[atom.bracket].shape == .block }
    // `1.x` and `0.. .5` would be read as other tokens.
    if atom.kind == .dot { return before.kind == .int || before.kind == .float }
    if before.kind == .dot || before.kind == .ellipsis { return false }
    if atom.kind == .range { return false }
    if before.kind == .range { return bytes[atom.start] == UInt8(ascii: ".") || isStepBehindRange(index) }
    if atom.kind == .colon { return false }
    if atom.kind == .parenOpen || atom.kind == .bracketOpen { return !followsOperand(index) }
    if isSign(index - 1) { return false }
    return !isTight(index) && !isTight(index - 1)
  }

  /// A minus with nothing to subtract from.
  private func isSign(_ index: Int) -> Bool { atoms[index].kind == .minus && !followsOperand(index) }

  /// A sign in an index such as `t-1` or `i..i+n`: between names and numbers with no other operators, brackets or fields.
  private func isTight(_ index: Int) -> Bool {
    let atom = atoms[index]
    guard atom.kind == .plus || atom.kind == .minus, atom.group >= 0, groups[atom.group].shape == .index else {
      return false
    }
    let group = groups[atom.group]
    var first = index
    while first - 1 > group.opener, !atoms[first - 1].hasComma, !endsBound(first - 1) { first -= 1 }
    var end = index
    while end < group.closer, !endsBound(end) {
      end += 1
      if atoms[end - 1].hasComma { break }
    }
    return (first..<end).allSatisfy { place in
      let kind = atoms[place].kind
      return (place - first) % 2 == 0 ? kind == .name || kind == .int : kind == .plus || kind == .minus
    }
  }

  /// `..` and `by` stand between the bounds of a slice.
  private func endsBound(_ index: Int) -> Bool {
    atoms[index].kind == .range || isWord(index, "by") && !endsOperand(index)
  }

  /// Columns of an atom; of one over several lines its last line.
  func width(_ index: Int) -> Int {
    var width = 0
    for byte in bytes[atoms[index].start..<atoms[index].end] {
      if byte == UInt8(ascii: "\n") { width = 0 } else if byte & 0xC0 != 0x80 { width += 1 }
    }
    return width + (hasComma(index) ? 1 : 0)
  }

  /// A comma is written behind the atom: between items, and behind the last one of an open bracket.
  func hasComma(_ index: Int) -> Bool {
    let around = outerGroup(index)
    guard around >= 0, index + 1 == groups[around].closer else { return atoms[index].hasComma }
    return groups[around].isOpen && groups[around].takesComma
  }

  /// A string over several lines.
  func spansLines(_ index: Int) -> Bool {
    bytes[atoms[index].start..<atoms[index].end].contains(UInt8(ascii: "\n"))
  }

  /// `;` and the space in front of atom `index` in a line, as columns.
  func gap(_ index: Int) -> Int {
    isSpaced(index) ? (atoms[index].isAfterSemicolon ? 2 : 1) : 0
  }
}
