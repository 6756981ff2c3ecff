// Entries of `trellis explain`: mistakes in writing.

extension Explanation {
  static let invalidUtf8 = Explanation(
    """
    Scripts are UTF-8 text. The file has bytes that are no UTF-8, often because an editor saved it in \
    another encoding: save it as UTF-8.
    """)
  static let unexpectedCharacter = Explanation(
    """
    A character stands where none of the language can. Letters of any script may be part of names; other \
    signs may stand in strings and comments only.
    """,
    wrong: "let price = 3 §",
    right: "let price = 3  # §")
  static let unterminatedString = Explanation(
    """
    A string has no closing quote on its line. Text over several lines stands between three quotes.
    """,
    wrong: "print(\"hello)",
    right: "print(\"hello\")")
  static let badEscape = Explanation(
    """
    Behind a backslash in a string stands a letter that means nothing there. In a raw string, r"...", a \
    backslash is itself.
    """,
    wrong: "print(\"C:\\qdata\")",
    right: "print(r\"C:\\qdata\")")
  static let badNumber = Explanation(
    """
    A number is written with digits, at most one point between digits, and an exponent; `_` may part \
    digits.
    """,
    wrong: "let x = 12abc",
    right: "let x = 12")
  static let unexpectedToken = Explanation(
    """
    The text is not what the grammar asks for here. The mistake is often just before the place that is \
    named: a forgotten comma, `=` or bracket.
    """,
    wrong: "let = 3",
    right: "let x = 3")
  static let missingBracket = Explanation(
    """
    A bracket is opened and never closed. Indentation tells where the close was meant to be.
    """,
    wrong: "print(1 + 2",
    right: "print(1 + 2)")
  static let strayBracket = Explanation(
    """
    A closing bracket stands without an open one.
    """,
    wrong: "let x = 1)",
    right: "let x = (1)")
  static let foreignHabit = Explanation(
    """
    Another language writes it like this. Trellis has another word or sign for it, which the message \
    names.
    """,
    wrong: "print(2 ** 3)",
    right: "print(2 ^ 3)")
  static let nestedTooDeeply = Explanation(
    """
    Expressions or blocks are nested deeper than anybody can follow, which mostly comes from generated \
    text.
    """)
  static let notAtTopLevel = Explanation(
    """
    `import`, `param` and `test` belong at the top level of a file, where a reader and the tool find \
    them.
    """,
    wrong: """
      if true {
          import nn
      }
      """,
    right: """
      import nn
      print(nn.count({w: zeros([2])}))
      """)
  static let outsideFunction = Explanation(
    """
    `return` stands outside of a function, where there is nothing to return from.
    """,
    wrong: "return 3",
    right: """
      fn three() { return 3 }
      print(three())
      """)
  static let misplacedComprehension = Explanation(
    """
    A comprehension `e for x in xs` is the only positional argument of its call. Beside others it needs \
    brackets, which make a list of it.
    """,
    wrong: "print(1, x for x in [1, 2])",
    right: "print(1, [x for x in [1, 2]])")
}
