// The wording of every problem: one calm sentence on what was found and what was expected; the likely cure is the
// second property and goes on its own line. The id comes from the case name, so that it can't drift from it.

extension Problem {
  /// `shapeMismatch` -> `shape-mismatch`.
  package var id: String {
    let name = Mirror(reflecting: self).children.first?.label ?? String(describing: self)
    var id = ""
    for character in name {
      if character.isUppercase { id += "-" }
      id += character.lowercased()
    }
    return id
  }

  /// What was found and what was expected.
  package var message: String {
    switch self {
    case .invalidUtf8(let byte): "byte \(hex(byte)) is not valid UTF-8 here"
    case .unexpectedCharacter(let character): "the character `\(character)` has no meaning here"
    case .unterminatedString: "this string has no closing quote"
    case .badEscape(let text): "`\(text)` is not an escape that strings know"
    case .badNumber(let why): why
    case .unexpectedToken(let found, let expected): "expected \(expected), found \(found)"
    case .missingBracket(let open, let close): "this `\(open)` is never closed, expected a `\(close)`"
    case .strayBracket(let bracket): "this `\(bracket)` closes nothing: no bracket is open here"
    case .foreignHabit(let found, let instead): "\(found) is written \(instead) in Trellis"
    case .nestedTooDeeply(let limit): "this is more than \(limit) levels deep"
    case .notAtTopLevel(let what): "`\(what)` belongs at the top level of a file, not inside a block"
    case .outsideFunction(let what): "`\(what)` is used outside a function"
    case .misplacedComprehension: "a comprehension must be the only positional argument of its call"

    case .unknownName(let name, _): "the name `\(name)` is not defined"
    case .alreadyDeclared(let name): "`\(name)` is already declared in this block"
    case .assignToConstant(let name): "`\(name)` can't be assigned to"
    case .outerVariable(let name, let function):
      "\(function) uses the variable `\(name)`, which belongs to the code around it"
    case .outsideLoop(let what): "`\(what)` is used outside a loop"
    case .usedBeforeDefinition(let name): "`\(name)` is used before it is defined"
    case .unknownModule(let name, _): "there is no module `\(name)`"
    case .importCycle(let path): "these modules import each other: \(path.joined(separator: " -> "))"
    case .duplicateArgument(let name): "the argument `\(name)` is given twice"

    case .wrongType(let operation, let expected, let found): "\(named(operation)) needs \(expected), found \(found)"
    case .wrongArity(let function, let expected, let found): "`\(function)` takes \(expected), found \(found)"
    case .unknownArgument(let function, let name, _): "`\(function)` has no argument named `\(name)`"
    case .missingArgument(let function, let name): "`\(function)` needs the argument `\(name)`"
    case .unknownField(let name, _): "there is no field `\(name)`"
    case .missingKey(let key): "there is no key \(key)"
    case .indexOutOfRange(let index, let size, let axis):
      "index \(index) is out of range for \(axis.map { "\($0) of " } ?? "")size \(size)"
    case .axisOutOfRange(let operation, let axis, let rank):
      "\(named(operation)) asks for axis \(axis) of a tensor with \(rank == 0 ? "no axes" : rank == 1 ? "one axis" : "\(rank) axes")"
    case .labelOutOfRange(let label, let classes): "there is no label \(label) among \(classes) classes"
    case .shapeMismatch(let operation, let detail): "\(named(operation)) \(detail)"
    case .sizeMismatch(let name, let expected, let found): "the size `\(name)` is \(expected) but is \(found) here"
    case .treeMismatch(let operation, let detail): "\(named(operation)) needs trees of equal structure: \(detail)"
    case .unboundedIndex(let name): "nothing says how far the index `\(name)` goes"
    case .rangeClash(let index, let first, let second):
      "the index `\(index)` would go to \(first) in one read and to \(second) in another"
    case .lateStart(let index, let start): "the index `\(index)` would begin at \(start), but a tensor begins at 0"
    case .notInBody(let what): "\(what) can't be part of a definition"
    case .negativeIndex(let index): "the index \(index) lies before the first cell: indices don't wrap here"
    case .outsideTable(let index, let sizes, let name): "index \(index) lies outside of \(name), \(sizes)"
    case .undefinedCell(let cell): "no clause defines the cell \(cell)"
    case .leftOutCell(let cell): "the cell \(cell) is read, but the condition of its table leaves it out"
    case .forwardRead(let read, let cell): "the cell \(cell) reads \(read), which is not done before it"
    case .readCycle: "these reads go round in a circle: each cell would need itself"
    case .differentRanks: "tables that read each other need the same number of indices"
    case .unusedName(let name): "`\(name)` is never used"
    case .stretchedBoth(let operation, let left, let right, let result):
      "\(named(operation)) stretches both sides: \(left) and \(right) give \(result)"
    case .unprovedRead(let read, let table): "nothing shows that `\(read)` goes back in `\(table)`: the data decide"
    case .sharedGenerator(let name): "the generator `\(name)` would be drawn from by several workers at once"
    case .integerOverflow(let operation): "the result of \(named(operation)) does not fit in a 64-bit integer"
    case .divisionByZero(let operation): "\(named(operation)) divides an integer by zero"
    case .badValue(let operation, let detail): "\(named(operation)): \(detail)"
    case .notDifferentiable(let operation, let why): "\(named(operation)) has no derivative: \(why)"
    case .mappedValue: "inside `vmap` this value stands for all items of the batch, so there is no one value to look at"
    case .callDepth(let limit): "calls are nested more than \(limit) deep"
    case .stepLimit(let limit): "the script took more than its \(limit) steps"
    case .timeLimit(let seconds): "the script took longer than its \(seconds) s"
    case .memoryLimit(let requested, let limit):
      "\(bytes(requested)) more memory would pass the limit of \(bytes(limit))"
    case .interrupted: "interrupted"
    case .assertionFailed(let text):
      text.isEmpty ? "the assertion does not hold" : "the assertion does not hold: \(text)"
    case .failed(let text): text
    case .fileProblem(let path, let detail): "`\(path)`: \(detail)"
    case .badData(let path, let detail): "`\(path)` can't be read as data: \(detail)"
    case .badText(let name, let line, let column, let detail): "\(name), line \(line), column \(column): \(detail)"
    case .badPattern(_, let place, let detail): "the pattern is wrong at character \(place): \(detail)"
    case .missingLibrary(let library, _): "the library \(library) is not installed"
    case .accessDenied(let what, let capability): "\(what) is not allowed: the host gave no access to \(capability)"
    case .wrongOption(let text): text
    case .hostFailed(let function, let message): "`\(function)`: \(message)"
    case .internalError(let detail): "internal error, please report it: \(detail)"
    }
  }

  /// The cure that follows from the payload alone; `Diagnostic.help` goes before it.
  package var cure: String? {
    switch self {
    case .unknownName(_, let near), .unknownModule(_, let near), .unknownArgument(_, _, let near),
      .unknownField(_, let near):
      near.isEmpty ? nil : "did you mean \(alternatives(near))?"
    case .badEscape: #"the escapes are \n \t \r \0 \\ \" \{ \} \u{1F600}; a raw string r"..." has none"#
    case .nestedTooDeeply: "give parts of it names with `let`, or move them to functions"
    case .outerVariable(let name, _): "pass `\(name)` as an argument; a function holds only values that never change"
    case .badPattern(let pattern, let place, _):
      "it reads `\(pattern.prefix(place).suffix(40))` up to there and goes on with `\(pattern.dropFirst(place).prefix(40))`"
    case .missingLibrary(_, let package): "install it with `apt install \(package)`"
    case .axisOutOfRange(_, _, let rank) where rank > 0:
      "the axes are 0 to \(rank - 1), or -\(rank) to -1 from the last"
    case .labelOutOfRange(_, let classes) where classes > 0: "labels count from 0, so the last is \(classes - 1)"
    case .misplacedComprehension: "bracket it as a list: `[e for x in xs]`"
    case .callDepth: "is there a case in which the function returns without calling itself?"
    case .unboundedIndex(let name):
      "write its range, `\(name) < n`, or read something with it alone: the size of `x[\(name)]` is its range"
    case .lateStart(let index, _): "write the range, `\(index) < n`, and say with `if` what its first cells are"
    case .negativeIndex: "shift the table by one: `i <= n` has room for a first cell"
    case .mappedValue:
      "`where(c, a, b)` chooses item by item; `[f(x) for x in xs]` calls f for each item alone, and may look"
    case .undefinedCell: "the first clause that matches a cell defines it; add one for this cell"
    case .sharedGenerator(let name):
      "give each item its own: `spawn(\(name), n)`, or `fork(\(name), \"item\", i)` inside the function"
    case .usedBeforeDefinition: "move its definition before this line"
    default: nil
    }
  }
}

/// An operation is given as `sum` or `@` and shown in backquotes; a phrase ("the power of integers") stays as it is.
private func named(_ operation: String) -> String {
  operation.contains("`") || operation.contains(" ") ? operation : "`\(operation)`"
}

/// `a`, `a` or `b`, `a`, `b` or `c`; each in backquotes.
private func alternatives(_ names: [String]) -> String {
  let quoted = names.map { "`\($0)`" }
  guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
  return quoted.dropLast().joined(separator: ", ") + " or " + last
}

private func hex(_ byte: Int) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return "0x" + String(repeating: "0", count: max(0, 2 - digits.count)) + digits
}

/// 1536 -> "1.5 KB"; counted in powers of 1024.
private func bytes(_ count: Int) -> String {
  var value = Double(count)
  var unit = 0
  let units = ["bytes", "KB", "MB", "GB", "TB", "PB"]
  while value >= 1024, unit < units.count - 1 {
    value /= 1024
    unit += 1
  }
  let tenths = (value * 10).rounded() / 10
  return unit == 0 || tenths == tenths.rounded() ? "\(Int(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
}
