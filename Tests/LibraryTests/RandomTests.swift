// Generators: what advances them, what does not, and on what a fork depends.
import Testing

@Suite struct RandomTests {
  static let scripts: [(String, String)] = [
    ("let a = random(0)\nlet b = a\nlet x = uniform(a, 3)\nprint(same(uniform(b, 3), uniform(random(0), 3)))", "false"),
    ("let a = random(0)\nlet b = copy(a)\nprint(same(uniform(a, 3), uniform(b, 3)))", "true"),
    (
      "let a = random(0)\nlet x = fork(a, \"k\")\nlet y = fork(a, \"k\")\nprint(same(x, y), same(a, random(0)))",
      "true true"
    ),
    ("let a = random(0)\nlet x = fork(a, 1)\nlet u = normal(a, 2)\nprint(same(x, fork(a, 1)))", "true"),
    (
      "let a = random(0)\nprint(same(fork(a, 1, 2), fork(a, 2, 1)), same(fork(a, [1, 2]), fork(a, 1, 2)))",
      "false false"
    ),
    ("let a = random(0)\nprint(same(fork(a, \"1\"), fork(a, 1)), same(fork(a, 1.0), fork(a, 1)))", "false true"),
    ("let a = random(0)\nprint(same(fork(a), a), same(fork(fork(a, 1), 2), fork(a, 1, 2)))", "false false"),
    (
      "let a = random(0)\nlet xs = spawn(a, 3)\nlet ys = spawn(a, 3)\nprint(same(xs[0], ys[0]), same(xs[0], xs[1]))",
      "false false"
    ),
    ("print(same(spawn(random(1), 2)[0], spawn(random(1), 3)[0]))", "true"),
    ("let a = random(3)\ntry { let x = normal(a, [2], sd: -1.0) } catch e { print(e.kind) }", "bad-value"),
    ("print(len(unique(list(permutation(random(1), 50)))))", "50"),
    ("print(choice(random(1), 5, 0).shape, uniform(random(1), []).shape)", "[0] []"),
  ]

  @Test(arguments: scripts) func prints(script: String, expected: String) {
    let result = runScript(script)
    #expect(result.problems.map(\.problem.message) == [])
    #expect(result.output == expected + "\n")
  }

  @Test func neighbouringSeedsAreUnrelated() {
    let result = runScript(
      """
      let rows = [uniform(random(s), [8]) for s in 0..200]
      let x = stack(rows)
      assert abs(mean(x) - 0.5) < 0.03
      assert max(abs(mean(x, axis: 0) - 0.5)) < 0.12
      assert len(unique([number(r[0]) for r in rows])) == 200
      """)
    #expect(result.problems.map(\.problem.message) == [])
  }
}
