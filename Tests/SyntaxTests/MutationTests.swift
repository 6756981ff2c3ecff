// 20,000 texts made from good ones by deleting, repeating, swapping and inserting bytes or tokens: the parser and the
// resolver end, without a crash, and every span lies in its text.
import Check
import Diagnostics
import Syntax
import Testing

@Suite struct MutationTests {
  static let seeds = [
    """
    ## A file.
    import nn
    param lr = 0.1 "step"
    let rng = random(seed)
    var p = {w: normal(rng, [784, 10]) * 0.01, b: zeros([10])}
    fn scores(p, x: [n, 784]) -> [n, 10] = x @ p.w + p.b
    for step in 0..100 by 2 {
        let [l, g] = f(p, x => x ^ -1)
        p.w[0, ..., 1..] += lr * g
        if l < 0.5 and not done { break } else if a in b { print("loss {l:.4f} of {"x{1}"}") }
    }
    try { fail("x") } catch e { e.kind }
    """,
    """
    fn ctc(logp: [T, C], y: [L], max = smooth(max, entropy, 1.0)) {
        let z[u < U] = if u % 2 == 0 { 0 } else { y[u // 2] }
        rec v[t < T, u < U], w[t < T] if abs(t - u) <= 3 {
            v[0, 0] = logp[0, 0]
            v[t, u] = logp[t, z[u]] + max(v[t-1, u-d] for d in 0..3 if d < 2 or skip[u])
        }
        max(v[T-1, U-d] for d in 1..3)
    }
    test "name" { assert 1 + 2 == 3, \"\"\"three
    lines\"\"\" }
    let r = {...r, "any key": [x for [x, _] in items(q) if x], [k]: r"raw\\"} |> f(1) |> (g)
    """,
  ].map { Array($0.utf8) }

  static let fragments = [
    "(", ")", "[", "]", "{", "}", "\"", "\"\"\"", "r\"", "\\", "\n", ";", ",", ":", ".", "..", "...", "=", "=>", "|>",
    "if ", "else ",
    "for ", "in ", "by ", "rec ", "fn ", "let ", "var ", "not ", "**", "!", "'", "#", "##", "\u{FEFF}", "é", "\u{0}",
    "0x", "1e", "9999999999999999999",
    "try ", "catch ", "return ", "test ", "param ", "import ", "while ", "elif ", "{x:", "_", "-", "++", "@", "^",
  ].map { Array($0.utf8) }

  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let start = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, start + Int.random(in: 0...12, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 2: bytes.insert(contentsOf: MutationTests.fragments.randomElement(using: &random) ?? [], at: start)
      case 3: if start < end { bytes[start] = UInt8.random(in: 0...255, using: &random) }
      case 4: if start < end { bytes.swapAt(start, Int.random(in: 0..<bytes.count, using: &random)) }
      default: bytes.removeSubrange(end...)
      }
    }
    return bytes
  }

  @Test func twentyThousandTextsDoNoHarm() {
    var random = SplitMix(state: 1)
    for round in 0..<20_000 {
      var bytes = mutate(MutationTests.seeds[round % 2], &random)
      if round % 50 == 0 { bytes = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) } }
      if round % 50 == 1 {
        bytes = (0..<80).flatMap { _ in MutationTests.fragments.randomElement(using: &random) ?? [] }
      }
      let file = SourceFile(name: "x", bytes: bytes)
      let (module, diagnostics) = Parser.parse(file)
      let all = diagnostics + Resolver.resolve(module, builtins: prelude, modules: standardModules)
      for diagnostic in all {
        if let span = diagnostic.span, span.start < 0 || span.end < span.start || span.end > bytes.count {
          Issue.record("a span outside of its text in round \(round)")
        }
      }
      if round % 10 == 0 {
        #expect(Renderer().text(all).isEmpty == all.isEmpty)
        _ = Renderer.json(all)
        _ = Parser.isIncomplete(file)
        _ = module.dump
      }
    }
  }
}
