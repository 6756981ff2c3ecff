// Trees of small texts, one table a topic.
import Syntax
import Testing

@Suite struct ParserTests {
  @Test(arguments: [
    ("1 + 2 * 3", "(+ 1 (* 2 3))"), ("(1 + 2) * 3", "(* (+ 1 2) 3)"), ("a - b - c", "(- (- a b) c)"),
    ("a @ b + c", "(+ (@ a b) c)"), ("a // b % c", "(% (// a b) c)"), ("a ++ b ++ c", "(++ (++ a b) c)"),
    ("2 ^ 3 ^ 2", "(^ 2 (^ 3 2))"), ("-x ^ 2", "(neg (^ x 2))"), ("2.0 ^ -1", "(^ 2.0 (neg 1))"),
    ("2 ^ -x ^ 2", "(^ 2 (neg (^ x 2)))"), ("--x", "(neg (neg x))"), ("-x.y[0]", "(neg (index (. x y) 0))"),
    ("a * -b", "(* a (neg b))"),
    ("-9223372036854775808", "-9223372036854775808"), ("0xFFFFFFFFFFFFFFFF", "-1"), ("1_000_000", "1000000"),
    ("1e-3", "0.001"),
    (".5 + 1.", "(+ 0.5 1.0)"), ("a < b", "(< a b)"), ("a < b <= c", "(compare a < b <= c)"),
    ("a in b == true", "(compare a in b == true)"), ("k not in r", "(not in k r)"), ("not a == b", "(not (== a b))"),
    ("not not a", "(not (not a))"), ("a or b and not c", "(or a (and b (not c)))"), ("0..n + 1", "(.. 0 (+ n 1))"),
    ("0..n by 2", "(.. 0 n by 2)"), ("a..b == c", "(== (.. a b) c)"), ("x |> f", "(call f x)"),
    ("x |> f(a)", "(call f x a)"),
    ("x |> f(a) |> g(b: 1)", "(call g (call f x a) b: 1)"), ("x |> (f(a))", "(call (call f a) x)"),
    ("x |> m.f(a)", "(call (. m f) x a)"), ("x |> y => y + 1", "(call (fn (y) (+ y 1)) x)"),
    ("a or b |> f", "(call f (or a b))"),
    ("f(a)(b)[c].d", "(. (index (call (call f a) b) c) d)"), ("x.if", "(. x if)"),
    ("a and b or c and d", "(or (and a b) (and c d))"),
  ])
  func operators(text: String, expected: String) { #expect(dump(text) == expected) }

  @Test(arguments: [
    ("none", "none"), ("[1, 2, ...xs]", "(list 1 2 (... xs))"), ("[]", "(list)"), ("{}", "(record)"),
    ("{a: 1}", "(record [\"a\" 1])"),
    (
      "{\"any key\": 2, [e]: 3, ...r, 4: 5, -1: 6, if: 7, true: 8}",
      "(record [\"any key\" 2] [e 3] (... r) [4 5] [(neg 1) 6] [\"if\" 7] [true 8])"
    ),
    ("{\"k{i}\": 1}", "(record [(string \"k\" i) 1])"), ("{ a }", "(do a)"), ("{ f(); a }", "(do (call f) a)"),
    ("{ [a, b] = f() }", "(do (set [a b] (call f)))"),
    ("\"a{x}b{y:.3f}\"", "(string \"a\" x \"b\" (format y \".3f\"))"),
    ("\"\\t\\u{41}\\{\"", "\"\tA{\""), ("r\"\\n\"", "\"\\n\""), ("\"\"\"a\nb\"\"\"", "\"a\\nb\""), ("\"\"", "\"\""),
    ("\"{\"{x}\"}\"", "(string (string x))"), ("\"{if a { 1 } else { 2 }}\"", "(string (if a (do 1) (do 2)))"),
    ("if a { 1 } else if b { 2 } else { 3 }", "(if a (do 1) (if b (do 2) (do 3)))"),
    ("try { a } catch { b }", "(try (do a) catch (do b))"), ("try { a } catch e { e }", "(try (do a) catch e (do e))"),
    ("let x = if a { 1 } else { 2 }", "(let x (if a (do 1) (do 2)))"),
  ])
  func operands(text: String, expected: String) { #expect(dump(text) == expected) }

  @Test(arguments: [
    ("x[0]", "(index x 0)"), ("x[1..3, :]", "(index x (slice 1 3) (slice _ _))"), ("x[2..]", "(index x (slice 2 _))"),
    ("x[..-1]", "(index x (slice _ (neg 1)))"), ("x[..n by 2]", "(index x (slice _ n by 2))"),
    ("x[..]", "(index x (slice _ _))"),
    ("x[.. by 2]", "(index x (slice _ _ by 2))"), ("x[a.. by 2, 0]", "(index x (slice a _ by 2) 0)"),
    ("x[a..by]", "(index x (slice a by))"),
    ("x[none, :]", "(index x new-axis (slice _ _))"), ("x[..., 0]", "(index x ... 0)"),
    ("x[y > 0]", "(index x (> y 0))"),
    ("e[ids[t], d]", "(index e (index ids t) d)"), ("x[n-1..]", "(index x (slice (- n 1) _))"),
  ])
  func indices(text: String, expected: String) { #expect(dump(text) == expected) }

  @Test(arguments: [
    ("f()", "(call f)"), ("f(a, b: 3)", "(call f a b: 3)"), ("f(a,)", "(call f a)"),
    ("f(x => x, y)", "(call f (fn (x) x) y)"),
    ("sum(e for i)", "(call sum (for e {i}))"),
    ("sum(e for i < n, k in a..b if c)", "(call sum (for e {i < n} {k in (.. a b) if c}))"),
    ("sum(e for i <= n if a if b, axis: 0)", "(call sum (for e {i <= n if a if b}) axis: 0)"),
    ("max(x * x for x in xs)", "(call max (for (* x x) {x in xs}))"),
    ("[f(x) for x in xs if c]", "(list-for (call f x) {x in xs if c})"),
    ("[k for [k, v] in items(r), i < v]", "(list-for k {[k v] in (call items r)} {i < v})"),
    (
      "let c[i, k] = sum(a[i, j] * b[j, k] for j)",
      "(let-index c {i} {k} (call sum (for (* (index a i j) (index b j k)) {j})))"
    ),
    ("let z[u < U] = u % 2", "(let-index z {u < U} (% u 2))"),
    (
      "rec v[t < T, s] if t > s {\n v[0, s] = 1; v[t, s] if s > 0 = v[t-1, s]\n}",
      "(rec v[{t < T} {s}] if (> t s) (= v[0 s] 1) (= v[t s] if (> s 0) (index v (- t 1) s)))"
    ),
    ("rec A[i < n], B[i < n] { A[i] = B[i]; B[i] = 0 }", "(rec A[{i < n}] B[{i < n}] (= A[i] (index B i)) (= B[i] 0))"),
  ])
  func callsAndBinders(text: String, expected: String) { #expect(dump(text) == expected) }

  @Test(arguments: [
    ("fn f(a, b = 2) { a }", "(fn f (a, b = 2) (do a))"), ("fn f(a) = a", "(fn f (a) a)"),
    ("fn f() { }", "(fn f () (do))"),
    (
      "fn f(a: [n, d], b: {w: [n+1], c: [..., _]}) -> [] = a", "(fn f (a: [n d], b: {w: [(+ n 1)] c: [... _]}) -> [] a)"
    ),
    ("fn f(max = max) = {a: 1}", "(fn f (max = max) (record [\"a\" 1]))"), ("() => e", "(fn () e)"),
    ("x => y => x", "(fn (x) (fn (y) x))"),
    ("(x, y = 1) => { x }", "(fn (x, y = 1) (do x))"), ("x => {}", "(fn (x) (record))"),
    ("x => { let y = x; y }", "(fn (x) (do (let y x) y))"),
    ("(f)(x)", "(call f x)"), ("(a: [n]) => a", "(fn (a: [n]) a)"), ("let x: [n, 3] = y", "(let x [n 3] y)"),
  ])
  func functions(text: String, expected: String) { #expect(dump(text) == expected) }

  @Test(arguments: [
    ("x = 1", "(set x 1)"), ("x[0].w[i, 1..2] += 1", "(+= x[0].w[i (slice 1 2)] 1)"),
    ("x ^= 2; y ++= z", "(^= x 2)\n(++= y z)"),
    ("[a, [b.c, _]] = f()", "(set [a [b.c _]] (call f))"), ("_ = f()", "(set _ (call f))"),
    ("var [a, b] = c", "(var [a b] c)"),
    ("let [a, _] = f()", "(let [a _] (call f))"), ("while a { b }", "(while a (do b))"),
    ("for x in 0..3 { break; continue }", "(for x in (.. 0 3) (do (break) (continue)))"),
    ("for [k, v] in items(r) { }", "(for [k v] in (call items r) (do))"),
    ("for k in {a: 1} { k }", "(for k in (record [\"a\" 1]) (do k))"),
    ("while x == ({}) { }", "(while (== x (record)) (do))"), ("return", "(return)"),
    ("return a + 1", "(return (+ a 1))"),
    ("assert a, \"m\"", "(assert a \"m\")"), ("param lr = 0.1 \"step\"", "(param lr 0.1 \"step\")"),
    ("import nn", "(import nn as nn)"),
    ("import nn as n", "(import nn as n)"), ("import \"./a b.trl\" as x", "(import \"./a b.trl\" as x)"),
    ("import \"./x.trl\"", "(import \"./x.trl\" as x)"),
    ("test \"t\" { assert true }", "(test \"t\" (do (assert true)))"),
    ("test = param + rec(by, as)", "(set test (+ param (call rec by as)))"),
    ("param(1)", "(call param 1)"), ("rec[0] = 1", "(set rec[0] 1)"),
  ])
  func statements(text: String, expected: String) { #expect(dump(text) == expected) }

  @Test(
    arguments: [
      ("a\nb", "a\nb"), ("a; b;", "a\nb"), ("a +\nb", "(+ a b)"), ("a\n* b", "(* a b)"), ("a\n-b", "a\n(neg b)"),
      ("a\n(b)", "a\nb"),
      ("a\n[b]", "a\n(list b)"), ("x\n  |> f\n  |> g", "(call g (call f x))"),
      ("x\n  .y\n  .z(1)", "(call (. (. x y) z) 1)"),
      ("f(\na\n,\nb\n)", "(call f a b)"), ("[a\n-b]", "(list (- a b))"), ("let x =\n 1", "(let x 1)"),
      ("x =>\n y", "(fn (x) y)"),
      ("{a: 1\n, b: 2\n}", "(record [\"a\" 1] [\"b\" 2])"), ("f(x => {\na\n-b\n})", "(call f (fn (x) (do a (neg b))))"),
      ("if a { b }\nelse { c }", "(if a (do b) (do c))"), ("try { a }\ncatch { b }", "(try (do a) catch (do b))"),
      ("return\na", "(return)\na"), ("a\nnot b", "a\n(not b)"), ("a not\nin b", "(not in a b)"),
      ("a\nnot in b", "a\n(not in b)"),
      ("assert a,\n\"m\"", "(assert a \"m\")"), ("while a\n{ b }", "(while a (do b))"), ("x[\n0\n]", "(index x 0)"),
      ("a\r\nb\r\n", "a\nb"),
      ("param x = 1\n\"text\"", "(param x 1)\n\"text\""), ("(a\nb)", nil), ("a b", nil),
    ] as [(String, String?)])
  func newlines(text: String, expected: String?) {
    // `a\nnot in b` is two statements, and the second has a mistake.
    guard let expected, text != "a\nnot in b" else { return #expect(!syntaxProblems(text).isEmpty) }
    #expect(dump(text) == expected)
  }
}
