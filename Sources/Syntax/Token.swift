// The table of tokens: the raw value of a kind is its spelling, or its description when it has no fixed spelling. The
// lexer's look-up tables and the wording of errors are made from it; precedences are in `Operators.swift`.
import Diagnostics

package enum TokenKind: String, CaseIterable, Sendable {
  // Without a fixed spelling
  case end = "the end of the file"
  case name = "a name"
  case int = "a whole number"
  case float = "a number"
  case string = "a string"
  /// `"x is {`
  case stringStart = "a string with a value in it"
  /// `} and {`
  case stringMiddle = "the next part of the string"
  /// `}"`
  case stringEnd = "the end of the value in a string"
  /// `:.3f` before the `}` of a value in a string
  case format = "a format"

  // Brackets and punctuation
  case parenOpen = "(", parenClose = ")", bracketOpen = "[", bracketClose = "]", braceOpen = "{", braceClose = "}"
  case comma = ",", semicolon = ";", colon = ":", dot = ".", range = "..", ellipsis = "..."
  case assign = "=", lambdaArrow = "=>", resultArrow = "->", pipe = "|>"

  // Operators
  case plus = "+", minus = "-", join = "++", star = "*", slash = "/", floorSlash = "//", percent = "%", at = "@"
  case caret = "^"
  case equal = "==", notEqual = "!=", less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">="
  case plusAssign = "+=", minusAssign = "-=", joinAssign = "++=", starAssign = "*=", slashAssign = "/="
  case floorSlashAssign = "//=", percentAssign = "%=", atAssign = "@=", caretAssign = "^="

  // Keywords; `param test rec by as` are names that mean something in one place each.
  case noneWord = "none", trueWord = "true", falseWord = "false", andWord = "and", orWord = "or", notWord = "not"
  case letWord = "let", varWord = "var", fnWord = "fn", ifWord = "if", elseWord = "else", forWord = "for", inWord = "in"
  case whileWord = "while", breakWord = "break", continueWord = "continue", returnWord = "return", tryWord = "try"
  case catchWord = "catch", importWord = "import", assertWord = "assert"

  // Of other languages; each gets its hint in `Parser+Habits.swift`.
  case starStar = "**", starStarAssign = "**=", ampersands = "&&", bars = "||", exclamation = "!", question = "?"
  case ampersand = "&", bar = "|", tilde = "~", tripleEqual = "===", notTripleEqual = "!=="
  case unequal = "<>", walrus = ":=", halfOpenRange = "..<"
}

extension TokenKind {
  package var isKeyword: Bool {
    switch self {
    case .noneWord, .trueWord, .falseWord, .andWord, .orWord, .notWord, .letWord, .varWord, .fnWord, .ifWord, .elseWord,
      .forWord, .inWord, .whileWord, .breakWord, .continueWord, .returnWord, .tryWord, .catchWord, .importWord,
      .assertWord:
      true
    default: false
    }
  }

  /// Spelled with a letter or digit, or not spelled at all: not found by the punctuation table.
  var isPunctuation: Bool {
    switch self {
    case .end, .name, .int, .float, .string, .stringStart, .stringMiddle, .stringEnd, .format: false
    default: !isKeyword
    }
  }

  /// An expression can begin with it.
  var beginsExpression: Bool {
    switch self {
    case .name, .int, .float, .string, .stringStart, .parenOpen, .bracketOpen, .braceOpen, .minus, .noneWord, .trueWord,
      .falseWord, .notWord, .ifWord, .tryWord, .fnWord, .exclamation:
      true
    default: false
    }
  }

  /// A statement can begin with it, so a newline before it ends the statement above.
  var beginsStatement: Bool {
    switch self {
    case .letWord, .varWord, .forWord, .whileWord, .breakWord, .continueWord, .returnWord, .importWord, .assertWord,
      .end,
      .braceClose, .semicolon:
      true
    default: beginsExpression
    }
  }

  var closing: TokenKind? {
    switch self {
    case .parenOpen: .parenClose
    case .bracketOpen: .bracketClose
    case .braceOpen: .braceClose
    default: nil
    }
  }
  var opening: TokenKind? {
    switch self {
    case .parenClose: .parenOpen
    case .bracketClose: .bracketOpen
    case .braceClose: .braceOpen
    default: nil
    }
  }
}

/// Sixteen bytes, no references.
package struct Token: Sendable {
  package struct Flags: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The first token of its line.
    static let afterNewline = Flags(rawValue: 1)
    /// A string without escapes: `r"..."`.
    static let raw = Flags(rawValue: 2)
    /// A string in three quotes.
    static let triple = Flags(rawValue: 4)
    static let hasEscape = Flags(rawValue: 8)
    /// A string that stops without its closing quote.
    static let unterminated = Flags(rawValue: 16)
    /// Put in by `BracketRepair`; takes no bytes.
    static let synthetic = Flags(rawValue: 32)
  }

  package var kind: TokenKind
  package var flags: Flags
  package var start: Int32
  package var end: Int32
  /// For brackets and strings with values: the token of the other end.
  var partner: Int32 = -1

  var isFirstOnLine: Bool { flags.contains(.afterNewline) }
}

/// `##` lines, without the marks, and the place of the token behind them.
package struct DocumentationBlock: Sendable {
  package let text: String
  package let span: Span
  /// Byte offset of the token that follows.
  package let next: Int
  /// No empty line between the block and that token.
  package let isAttached: Bool
}
