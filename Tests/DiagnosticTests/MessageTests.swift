// The wording of every problem, recorded in Recorded/messages.txt (TRELLIS_RECORD=1 records again). A problem without a
// sample here fails `everyProblemHasASample`, which reads the case names from the source of `Problem`.
import Diagnostics
import Foundation
import Testing

@Suite struct MessageTests {
  static let samples: [Problem] = [
    .invalidUtf8(byte: 0xFC), .unexpectedCharacter("§"), .unterminatedString, .badEscape("\\q"),
    .badNumber("`12ab` is not a number"), .unexpectedToken(found: "`)`", expected: "an expression"),
    .missingBracket(open: "{", close: "}"), .strayBracket(")"), .foreignHabit(found: "`&&`", instead: "`and`"),
    .nestedTooDeeply(limit: 200), .notAtTopLevel("import"), .outsideFunction("return"), .misplacedComprehension,
    .unknownName("sofmax", near: ["softmax"]), .unknownName("frobnicate", near: []), .alreadyDeclared("x"),
    .assignToConstant("x"), .outerVariable("count", function: "`next`"), .outsideLoop("break"),
    .usedBeforeDefinition("rate"), .unknownModule("optm", near: ["optim"]), .importCycle(["a.trl", "b.trl", "a.trl"]),
    .duplicateArgument("axis"),
    .wrongType(operation: "+", expected: "numbers", found: "a string and a number"),
    .wrongArity(function: "f", expected: "2 arguments", found: 3),
    .unknownArgument(function: "sum", name: "axes", near: ["axis"]), .missingArgument(function: "f", name: "b"),
    .unknownField("wieght", near: ["weight", "height"]), .missingKey("\"a\""),
    .indexOutOfRange(index: "5", size: 3, axis: nil), .indexOutOfRange(index: "5", size: 3, axis: "axis 1"),
    .axisOutOfRange(operation: "sum", axis: 2, rank: 2), .labelOutOfRange(label: 10, classes: 10),
    .shapeMismatch(operation: "@", detail: "needs inner sizes to agree, found 784 and 748"),
    .sizeMismatch(name: "n", expected: "3", found: "4"), .treeMismatch(operation: "+", detail: "only the left has `w`"),
    .unboundedIndex("i"), .rangeClash(index: "j", first: "3", second: "4"), .lateStart(index: "i", start: 1),
    .notInBody("a slice"), .negativeIndex("-1"),
    .outsideTable(index: "5", sizes: "which has size 5", name: "`v`"), .undefinedCell("`v[0, 1]`"),
    .leftOutCell("`v[3, 0]`"), .forwardRead(read: "`v[3]`", cell: "`v[2]`"), .readCycle, .differentRanks,
    .unusedName("rate"),
    .stretchedBoth(operation: "-", left: "[3, 1]", right: "[3]", result: "[3, 3]"), .sharedGenerator("rng"),
    .unprovedRead(read: "v[c - w[k]]", table: "v"),
    .integerOverflow(operation: "*"), .divisionByZero(operation: "//"),
    .badValue(operation: "reshape", detail: "6 elements don't fill [4, 2]"),
    .notDifferentiable(operation: "sort", why: "it moves whole items"), .mappedValue, .callDepth(limit: 1000),
    .stepLimit(limit: 1_000_000), .timeLimit(seconds: 2.5), .memoryLimit(requested: 1_572_864, limit: 1_048_576),
    .interrupted, .assertionFailed(""), .assertionFailed("sizes agree"), .failed("no data"),
    .fileProblem(path: "a.txt", detail: "there is no such file"), .badData(path: "a.gz", detail: "it ends too early"),
    .badText(name: "`a.json`", line: 3, column: 14, detail: "expected a value, found `}`"),
    .badPattern(pattern: "a(b", place: 1, detail: "this group is never closed"),
    .missingLibrary(library: "OpenBLAS", package: "libopenblas0"),
    .accessDenied(what: "reading a file", capability: "files"),
    .wrongOption("the script has no param for --rat"),
    .hostFailed(function: "fetch_image", message: "the camera is off"), .internalError("a register was not set"),
  ]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  @Test func everyProblemHasASample() throws {
    let source = MessageTests.folder.appendingPathComponent("../../Sources/Diagnostics/Problem.swift")
    let lines = try String(contentsOf: source, encoding: .utf8).split(separator: "\n")
    let cases = lines.prefix { !$0.hasPrefix("}") }.compactMap { line -> String? in
      guard line.hasPrefix("  case ") else { return nil }
      return String(line.dropFirst(7).prefix { $0.isLetter || $0.isNumber })
    }
    #expect(cases.count > 40)
    let ids = Set(MessageTests.samples.map(\.id))
    for name in cases {
      let id = name.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
      #expect(ids.contains(id), "\(name) has no sample in MessageTests")
    }
  }

  @Test func kindsHaveTheIdsOfTheirProblems() {
    for sample in MessageTests.samples { #expect(sample.kind.rawValue == sample.id) }
  }

  @Test func wording() throws {
    let file = MessageTests.folder.appendingPathComponent("Recorded/messages.txt")
    let current = MessageTests.samples.map { Renderer().text(Diagnostic($0, at: nil)) }.joined()
    if ProcessInfo.processInfo.environment["TRELLIS_RECORD"] != nil {
      try current.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == current, "record with TRELLIS_RECORD=1 if that is meant")
  }
}
