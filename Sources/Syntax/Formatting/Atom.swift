// Tokens as the layout sees them. Commas and semicolons are no atoms but a property of their neighbours, so that they can
// come and go; a string with values in it is one atom, taken as it is; comments belong to the atom in front of them, on
// whose line they stand, or to the one behind.

/// A comment on a line of its own.
struct LineComment {
  let text: Range<Int>
  let column: Int
  let isAfterBlank: Bool
}

struct Atom {
  let kind: TokenKind
  let start: Int
  let end: Int
  /// Number of its token.
  let token: Int
  /// 1-based column in the source.
  let column: Int
  /// On a line of its own; the first one of the text too.
  var breaksBefore = false
  var isAfterBlank = false
  var isAfterSemicolon = false
  var hasComma = false
  var startsStatement = false
  /// Comments above its line.
  var comments: [LineComment] = []
  /// Comments behind it on its line, the further ones below the first.
  var trailing: [Range<Int>] = []
  var trailingColumn = 0
  /// The innermost group it is a part of: for an opening bracket the one outside, for a closing one its own.
  var group = -1
  /// The group it opens or closes.
  var bracket = -1
}

/// Makes the atoms of a text.
struct AtomReader {
  private let bytes: [UInt8]
  private let marks: LayoutMarks
  private(set) var atoms: [Atom] = []
  // What stands between the last atom and the next one.
  private var comments: [LineComment] = []
  private var newlines = 0
  private var breaks = false
  private var isAfterSemicolon = false

  static func read(_ bytes: [UInt8], _ marks: LayoutMarks) -> [Atom] {
    var reader = AtomReader(bytes, marks)
    reader.run()
    return reader.atoms
  }

  private init(_ bytes: [UInt8], _ marks: LayoutMarks) {
    self.bytes = bytes
    self.marks = marks
  }

  private mutating func run() {
    let tokens = marks.tokens
    var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      gap(position..<Int(token.start))
      let last = token.kind == .stringStart ? max(index, Int(token.partner)) : index
      let end = Int(tokens[last].end)
      switch token.kind {
      case .semicolon: isAfterSemicolon = true
      case .comma where !atoms.isEmpty: atoms[atoms.count - 1].hasComma = true
      default: append(token, index, end)
      }
      position = end
      index = last + 1
    }
  }

  private mutating func append(_ token: Token, _ index: Int, _ end: Int) {
    var atom = Atom(kind: token.kind, start: Int(token.start), end: end, token: index, column: column(Int(token.start)))
    atom.breaksBefore = breaks || atoms.isEmpty || token.kind == .end
    atom.isAfterBlank = newlines > 1
    let isFirst = atoms.last.map { $0.kind.closing != nil } ?? true
    atom.isAfterSemicolon = isAfterSemicolon && !isFirst && token.kind.opening == nil
    atom.comments = comments
    atom.startsStatement = marks.statements.contains(index)
    atoms.append(atom)
    comments = []
    newlines = 0
    breaks = false
    isAfterSemicolon = false
  }

  /// White space and comments.
  private mutating func gap(_ range: Range<Int>) {
    var position = range.lowerBound
    while position < range.upperBound {
      if bytes[position] == UInt8(ascii: "\n") {
        newlines += 1
        breaks = true
      } else if bytes[position] == UInt8(ascii: "#") {
        let start = position
        while position < range.upperBound, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        comment(trimmed(start..<position))
        continue
      }
      position += 1
    }
  }

  private mutating func comment(_ text: Range<Int>) {
    let place = column(text.lowerBound)
    let last = atoms.count - 1
    if !breaks, last >= 0 {
      if atoms[last].trailing.isEmpty { atoms[last].trailingColumn = place }
      atoms[last].trailing.append(text)
    } else if comments.isEmpty, newlines == 1, last >= 0, !atoms[last].trailing.isEmpty,
      atoms[last].trailingColumn == place
    {
      // Goes on with the comment above.
      atoms[last].trailing.append(text)
    } else {
      comments.append(LineComment(text: text, column: place, isAfterBlank: newlines > 1))
    }
    newlines = 0
    breaks = true
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == 13 || bytes[end - 1] == 9 {
      end -= 1
    }
    return range.lowerBound..<end
  }

  private func column(_ offset: Int) -> Int {
    var column = 1
    var place = offset
    while place > 0, bytes[place - 1] != UInt8(ascii: "\n") {
      place -= 1
      if bytes[place] & 0xC0 != 0x80 { column += 1 }
    }
    return column
  }
}
