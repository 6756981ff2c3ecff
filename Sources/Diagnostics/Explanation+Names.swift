// Entries of `trellis explain`: what names mean.

extension Explanation {
  static let unknownName = Explanation(
    """
    Nothing of this name is known here: it is misspelt, declared in another block, or needs an import.
    """,
    wrong: """
      let rate = 0.1
      print(rte)
      """,
    right: """
      let rate = 0.1
      print(rate)
      """)
  static let alreadyDeclared = Explanation(
    """
    A block declares a name once. To give a `var` a new value, assign to it; inner blocks may use the \
    name anew.
    """,
    wrong: """
      var x = 1
      var x = 2
      """,
    right: """
      var x = 1
      x = 2
      """)
  static let assignToConstant = Explanation(
    """
    What is declared with `let`, a parameter, the name of a loop, a function or a module keeps its \
    value. A name that changes is declared with `var`.
    """,
    wrong: """
      let x = 1
      x = 2
      """,
    right: """
      var x = 1
      x = 2
      """)
  static let outerVariable = Explanation(
    """
    A named function uses a `var` from around it. Functions hold values, and a variable may have another \
    one at each call: pass it as an argument.
    """,
    wrong: """
      var count = 1
      fn next() = count + 1
      print(next())
      """,
    right: """
      var count = 1
      fn next(count) = count + 1
      print(next(count))
      """)
  static let outsideLoop = Explanation(
    """
    `break` or `continue` stands outside of a loop, or in a function inside of one.
    """,
    wrong: "break",
    right: "for i in 0..3 { break }")
  static let usedBeforeDefinition = Explanation(
    """
    A name is used above its definition. Only functions of the top level may be used before theirs.
    """,
    wrong: """
      print(rate)
      let rate = 0.1
      """,
    right: """
      let rate = 0.1
      print(rate)
      """)
  static let unknownModule = Explanation(
    """
    `import` knows no module of this name. A file is imported by its path: import "./layers.trl" as \
    layers.
    """,
    wrong: "import optm",
    right: """
      import optim
      print(optim.length([3.0, 4.0]))
      """)
  static let importCycle = Explanation(
    """
    Two files import each other, so neither can run first. Move what both need to a third file.
    """)
  static let duplicateArgument = Explanation(
    """
    A call gives one argument twice.
    """,
    wrong: "print(sum([1, 2], keep: true, keep: true))",
    right: "print(sum([1, 2]))")
}
