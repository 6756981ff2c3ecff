// The table of subcommands: one verb each. `trellis FILE` is `trellis run FILE`, `trellis` alone the REPL.

struct Verb: Sendable {
  let name: String
  /// What stands behind the verb, as help shows it.
  let operands: String
  let summary: String
  let details: String
  /// Everything behind the first operand belongs to the script.
  let passesThrough: Bool
  let run: @Sendable (Settings, [String]) throws -> ExitCode

  static let all: [Verb] = [
    Verb(
      name: "run", operands: "FILE [--PARAM VALUE]... [ARGUMENT]...",
      summary: "run a script (`trellis FILE` for short)",
      details: """
        FILE is a script, or - for standard input. What stands behind it is the script's: --PARAM VALUE sets one of
        its params, --PARAM alone switches a boolean one on and --no-PARAM off, anything else it finds in `arguments`.
        `trellis run --help FILE` says what a script is for and which params it has.
        """, passesThrough: true, run: runCommand),
    Verb(
      name: "test", operands: "[PATH]...", summary: "run the tests in scripts and documents",
      details: """
        In every .trl file below the PATHs (default: the current folder) this runs the `test "..." { }` blocks, the
        examples fenced with ``` in its ## comments, and, if it says `# expect: TEXT`, `# error KIND` or `# exit N`
        outside such examples, the file as a whole, holding its output against these. In .md files it runs the blocks
        fenced with ```trellis, and of those fenced with ```sh the lines that begin with `trellis`.
        """, passesThrough: false, run: testCommand),
    Verb(
      name: "fmt", operands: "PATH... [--check]", summary: "write scripts in the canonical layout",
      details: """
        Lays out every .trl file below the PATHs (- reads standard input and writes the result): indentation, spaces,
        commas at the ends of open brackets, lines of at most 120 columns. Line breaks, comments and columns that were
        aligned are kept. A file that does not parse is reported and left as it is. With --check no file changes: those
        that would are named, and the exit code is 1 if there are any.
        """, passesThrough: false, run: formatCommand),
    Verb(
      name: "doc", operands: "NAME | --html DIR", summary: "what a builtin, a module or one of its functions does",
      details: """
        NAME is a builtin such as `softmax`, a module of the standard library such as `nn`, or one of its members such
        as `nn.mlp`; `mlp` alone will do if only one module has it. A word of the language such as `rec` gives its page
        of the manual. With --html this writes the manual of the language and the library into DIR, as pages that open
        without a network; DIR/index.html is the first.
        """, passesThrough: false, run: documentCommand),
    Verb(
      name: "check", operands: "PATH...", summary: "find mistakes in scripts without running them",
      details: """
        In every .trl file below the PATHs, and in its examples, this finds unknown names and fields, wrong arguments,
        kinds of value and shapes that a run would fail with, and warns of what is suspicious. Of .md files it checks
        the blocks fenced with ```trellis. Exit code 65 if there are errors; warnings are no failure.
        """, passesThrough: false, run: checkCommand),
    Verb(
      name: "explain", operands: "[KIND]", summary: "what a kind of error means, with an example",
      details: """
        KIND is the word in an error's brackets: of `error[shape-mismatch]: ...` it is shape-mismatch. This says what it
        means and shows a script that has the error and one that does not. Without KIND it lists all kinds.
        """, passesThrough: false, run: explainCommand),
  ]

  static func named(_ name: String) -> Verb? { all.first { $0.name == name } }
}
