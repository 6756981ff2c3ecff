// Which brackets are open, and which line breaks are taken back: a break makes its bracket open, an open bracket makes
// the blocks around it open, an open block the other arms of its `if`; so this goes on until nothing changes.

extension Layout {
  mutating func openBrackets() {
    removeBreaks()
    while spreadOpenings() {}
  }

  /// Breaks that the layout has no use for: before the `{` of a block, before `else` and `catch`, in empty brackets.
  private mutating func removeBreaks() {
    for index in atoms.indices.dropFirst() {
      if !atoms[index].comments.isEmpty || !atoms[index - 1].trailing.isEmpty {
        atoms[index].breaksBefore = true
        continue
      }
      let atom = atoms[index]
      let isBody =
        atom.kind == .braceOpen && !atom.startsStatement && groups[atom.bracket].shape == .block
        && followsHead(index)
      let isEmpty = atom.kind.opening != nil && atom.bracket >= 0 && groups[atom.bracket].opener == index - 1
      if isBody || isEmpty || atom.kind == .elseWord || atom.kind == .catchWord { atoms[index].breaksBefore = false }
    }
  }

  /// The `{` at `index` is the body of what stands in front of it.
  private func followsHead(_ index: Int) -> Bool {
    switch atoms[index - 1].kind {
    case .elseWord, .tryWord, .catchWord, .lambdaArrow, .assign: true
    default: !atoms[index - 1].hasComma && endsOperand(index - 1)
    }
  }

  private mutating func spreadOpenings() -> Bool {
    var hasChanged = false
    for index in atoms.indices where atoms[index].breaksBefore && atoms[index].group >= 0 {
      if open(atoms[index].group) { hasChanged = true }
    }
    for group in groups.indices where groups[group].shape == .block {
      let next = groups[group].nextArm
      guard next >= 0, groups[group].isOpen != groups[next].isOpen else { continue }
      if open(groups[group].isOpen ? next : group) { hasChanged = true }
    }
    return hasChanged
  }

  /// Opens a group: its content begins on a new line, and its closing bracket stands on one. True if it was closed and
  /// is not empty.
  @discardableResult
  mutating func open(_ number: Int) -> Bool {
    let group = groups[number]
    guard !group.isOpen, group.closer > group.opener + 1 || atoms[group.closer].breaksBefore else { return false }
    groups[number].isOpen = true
    atoms[group.opener + 1].breaksBefore = true
    atoms[group.closer].breaksBefore = true
    var around = group.parent
    while around >= 0 {
      if groups[around].shape == .block { open(around) }
      around = groups[around].parent
    }
    return true
  }
}
