// Entries of `trellis explain`: the file, the system, and limits.

extension Explanation {
  static let callDepth = Explanation(
    """
    Functions call each other deeper than the limit, mostly because a recursion has no end.
    """,
    wrong: """
      fn f(n) = n * f(n - 1)
      print(f(5.0))
      """,
    right: """
      fn f(n) = if n == 0 { 1 } else { n * f(n - 1) }
      print(f(5.0))
      """)
  static let stepLimit = Explanation(
    """
    The host limits how many steps a script may take, and this one took more.
    """)
  static let timeLimit = Explanation(
    """
    The host limits how long a script may take, and this one took longer.
    """)
  static let memoryLimit = Explanation(
    """
    The host limits how much memory a script may take. The message says how much more was asked for.
    """)
  static let interrupted = Explanation(
    """
    Somebody stopped the script, as with Ctrl-C.
    """)
  static let fileProblem = Explanation(
    """
    A file can't be read or written; the message has the system's reason.
    """,
    wrong: "print(read_text(\"no/such/file.txt\"))",
    right: "print(file_exists(\"no/such/file.txt\"))")
  static let badData = Explanation(
    """
    A file could be read, but its content is not of the format that was expected, or it ends too early.
    """)
  static let badText = Explanation(
    """
    A text is not of the format that it should be: JSON, CSV, a number. The message gives the line and the column at which \
    it stops making sense.
    """,
    wrong: "print(parse_json(\"[1, 2\"))",
    right: "print(parse_json(\"[1, 2]\"))")
  static let badPattern = Explanation(
    """
    A regular expression can't be understood. The message shows the place in the pattern; a backslash in front of \
    a character takes it literally.
    """,
    wrong: #"print(regex_find("ab", "a(b"))"#,
    right: #"print(regex_find("ab", "a(b)"))"#)
  static let missingLibrary = Explanation(
    """
    A library of the system that is opened when it is needed is not installed. The message names the \
    package.
    """)
  static let accessDenied = Explanation(
    """
    The program that runs the script gave it no access to files, clock or environment.
    """)
  static let hostFailed = Explanation(
    """
    A function that the program around the script provides has failed. What it says stands in the message.
    """)
  static let wrongOption = Explanation(
    """
    A word of the command line fits no `param` of the script, or its value is of another kind. `trellis run --help FILE` \
    lists the params.
    """)
  static let internalError = Explanation(
    """
    Trellis contradicts itself. This is never the script's fault: please report it, with the script.
    """)
}
