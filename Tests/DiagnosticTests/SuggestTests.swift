// Near misses.
import Diagnostics
import Testing

@Suite struct SuggestTests {
  private let names = [
    "softmax", "log_softmax", "sigmoid", "zeros", "zeros_like", "ones", "sum", "max", "min", "learning_rate", "e", "pi",
  ]

  @Test(arguments: [
    ("sofmax", ["softmax"]), ("Sigmoid", ["sigmoid"]), ("learningRate", ["learning_rate"]),
    ("lerning_rte", ["learning_rate"]),
    ("zeroslike", ["zeros_like"]), ("logsoftmax", ["log_softmax"]), ("maxx", ["max"]), ("usm", ["sum"]), ("inside", []),
    ("q", []), ("xyz", []),
    ("", []), ("E", ["e"]), ("mx", ["max"]),
  ])
  func near(name: String, expected: [String]) { #expect(Suggest.near(name, among: names) == expected) }

  @Test func longNamesAreNotCompared() {
    #expect(Suggest.near(String(repeating: "a", count: 100_000), among: ["a"]) == [])
  }
}
