// Lines that are too long. Each round breaks every such line at one place, the best that there is; a line without any
// stays as it is.

extension Layout {
  mutating func breakLongLines() {
    // Every round that goes on puts a break in front of at least one atom.
    for _ in atoms.indices {
      var hasChanged = false
      for line in lines() where isTooLong(line) {
        if breakLine(line) { hasChanged = true }
      }
      if !hasChanged { return }
      openBrackets()
    }
  }

  private func isTooLong(_ line: Line) -> Bool {
    var column = line.indent
    for index in line.atoms {
      if spansLines(index) { return false }
      if index > line.atoms.lowerBound { column += gap(index) }
      column += width(index)
      if column > maximumWidth { return true }
    }
    return false
  }

  private mutating func breakLine(_ line: Line) -> Bool {
    let level = outerGroup(line.atoms.lowerBound)
    let inner = line.atoms.dropFirst()
    func isHere(_ index: Int) -> Bool { outerGroup(index) == level && atoms[index].kind.opening == nil }
    let statements = inner.filter { atoms[$0].isAfterSemicolon && isHere($0) }
    let items = inner.filter { atoms[$0 - 1].hasComma && outerGroup($0 - 1) == level }
    let clauses = inner.filter { atoms[$0].kind == .forWord && isHere($0) && level >= 0 && groups[level].hasFor }
    for places in [statements, clauses, items] {
      if breakAtLastFitting(places, line) { return true }
    }
    let brackets = line.atoms.filter { isHere($0) && atoms[$0].bracket >= 0 && !groups[atoms[$0].bracket].isOpen }
    let blocks = brackets.filter { groups[atoms[$0].bracket].shape == .block }
    if openWidest(blocks, line) { return true }
    func signs(_ isWanted: (TokenKind) -> Bool) -> [Int] {
      // A newline behind an operator goes on; `|>` may begin a line.
      inner.filter { index in
        if atoms[index].kind == .pipe { return isHere(index) && isWanted(.pipe) }
        return isHere(index - 1) && atoms[index - 1].kind != .pipe && isWanted(atoms[index - 1].kind)
          && (atoms[index - 1].kind != .minus || followsOperand(index - 1))
      }
    }
    let pipes = signs { $0 == .pipe }
    for index in pipes { atoms[index].breaksBefore = true }
    if !pipes.isEmpty { return true }
    for kind in [TokenKind.orWord, .andWord] {
      if breakAtLastFitting(signs { $0 == kind }, line) { return true }
    }
    if openWidest(brackets, line) { return true }
    for precedence in [Precedence.comparison, .additive, .multiplicative] {
      if breakAtLastFitting(signs { $0.infix?.precedence == precedence && $0 != .notWord }, line) { return true }
    }
    return breakAtLastFitting(signs { $0 == .assign || $0 == .lambdaArrow }, line)
  }

  /// Breaks in front of the last of `places` whose front part fits, or of the first one.
  private mutating func breakAtLastFitting(_ places: [Int], _ line: Line) -> Bool {
    guard var best = places.first else { return false }
    var column = line.indent
    var place = places.startIndex
    for index in line.atoms where place < places.endIndex {
      if index == places[place] {
        if column <= maximumWidth { best = index }
        place += 1
      }
      column += gapInLine(index, line) + width(index)
    }
    atoms[best].breaksBefore = true
    return true
  }

  private func gapInLine(_ index: Int, _ line: Line) -> Int { index > line.atoms.lowerBound ? gap(index) : 0 }

  /// Opens the widest of the brackets that begin at `openers`, if that gains room.
  private mutating func openWidest(_ openers: [Int], _ line: Line) -> Bool {
    let widths = openers.map { opener in
      (opener, (opener..<min(groups[atoms[opener].bracket].closer, line.atoms.upperBound)).reduce(0) { $0 + width($1) })
    }
    guard let (opener, room) = widths.max(by: { $0.1 < $1.1 }), room > 2 * Formatter.step else { return false }
    let number = lastBlock(of: atoms[opener].bracket)
    let group = groups[number]
    guard open(number) else { return false }
    // The content stays on one line if it fits; else every item has its own, or small ones share lines.
    let content = (group.opener + 1)..<group.closer
    let inside = content.reduce(line.indent + Formatter.step) {
      $0 + width($1) + ($1 > content.lowerBound ? gap($1) : 0)
    }
    let isSmall = content.allSatisfy { outerGroup($0) == number && self.width($0) < 16 }
    let sharesLine =
      group.hasFor || isSmall
      || inside <= maximumWidth && !content.contains { atoms[$0].breaksBefore && $0 > content.lowerBound }
    for index in content.dropFirst() {
      let isItem = atoms[index - 1].hasComma && outerGroup(index - 1) == number && !sharesLine
      let isStatement = atoms[index].isAfterSemicolon && atoms[index].group == number
      if isItem || isStatement { atoms[index].breaksBefore = true }
    }
    return true
  }

  /// What to open for a bracket: that of its only item or a block that ends it, as in `force({ ... })` and
  /// `map(xs, x => { ... })`; else itself.
  private func lastBlock(of number: Int) -> Int {
    var number = number
    while true {
      let group = groups[number]
      let last = group.closer - 1
      guard group.shape != .block, last > group.opener, atoms[last].kind.opening != nil else { return number }
      let inner = atoms[last].bracket
      let isOnly = !(group.opener + 1..<last).contains { atoms[$0].hasComma && outerGroup($0) == number }
      let hugs = groups[inner].shape == .block || isOnly && groups[inner].opener == group.opener + 1
      guard hugs, !groups[inner].isOpen, groups[inner].closer > groups[inner].opener + 1 else { return number }
      number = inner
    }
  }
}
