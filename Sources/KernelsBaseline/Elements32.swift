// Element operations on floats.
import KernelTypes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

func addElements32(_ table: inout KernelTable) {
  addUnary32(&table)
  addMathematics32(&table)
  addBinary32(&table)
}

private func addUnary32(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f32)] = kernel }
  set(.copy) { d, a, _, _, n in mapF(d, a, n) { $0 } }
  set(.neg) { d, a, _, _, n in mapF(d, a, n) { -$0 } }
  set(.abs) { d, a, _, _, n in mapF(d, a, n) { magnitude($0) } }
  set(.sign) { d, a, _, _, n in mapF(d, a, n) { sign($0) } }
  set(.square) { d, a, _, _, n in mapF(d, a, n) { $0 * $0 } }
  set(.sqrt) { d, a, _, _, n in mapF(d, a, n) { squareRoot($0) } }
  set(.rsqrt) { d, a, _, _, n in mapF(d, a, n) { 1 / squareRoot($0) } }
  set(.reciprocal) { d, a, _, _, n in mapF(d, a, n) { 1 / $0 } }
  set(.relu) { d, a, _, _, n in mapF(d, a, n) { choose($0 .<= 0, F.zero, $0) } }
  set(.floor) { d, a, _, _, n in mapF(d, a, n) { roundDown($0) } }
  set(.ceil) { d, a, _, _, n in mapF(d, a, n) { roundUp($0) } }
  set(.round) { d, a, _, _, n in mapF(d, a, n) { roundEven($0) } }
  set(.isnan) { d, a, _, _, n in testF(d, a, a, n) { x, _ in x .!= x } }
  set(.isfinite) { d, a, _, _, n in testF(d, a, a, n) { x, _ in magnitude(x) .< F(repeating: .infinity) } }
  set(.select) { d, mask, a, b, n in
    var i = 0
    while i < n {
      let lanes = SIMD16<Int32>(truncatingIfNeeded: loadB16(mask, i))
      store(d, i, choose(lanes .!= 0, loadF(a, i), loadF(b, i)))
      i &+= 16
    }
    return -1
  }
}

private func addMathematics32(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f32)] = kernel }
  set(.exp) { d, a, _, _, n in mapF(d, a, n) { exp($0) } }
  set(.expm1) { d, a, _, _, n in mapF(d, a, n) { expm1($0) } }
  set(.log) { d, a, _, _, n in mapF(d, a, n) { log($0) } }
  set(.log1p) { d, a, _, _, n in mapF(d, a, n) { log1p($0) } }
  set(.tanh) { d, a, _, _, n in mapF(d, a, n) { tanh($0) } }
  set(.sigmoid) { d, a, _, _, n in mapF(d, a, n) { sigmoid($0) } }
  set(.softplus) { d, a, _, _, n in mapF(d, a, n) { softplus($0) } }
  set(.sin) { d, a, _, _, n in mapF(d, a, n) { v in throughDoubles(v) { x in circular(x, shift: 0) { sin($0) } } } }
  set(.cos) { d, a, _, _, n in mapF(d, a, n) { v in throughDoubles(v) { x in circular(x, shift: 1) { cos($0) } } } }
  set(.tan) { d, a, _, _, n in mapF(d, a, n) { v in throughDoubles(v) { x in tangent(x) } } }
  set(.erf) { d, a, _, _, n in mapF(d, a, n) { v in throughDoubles(v) { x in errorFunction(x) } } }
  set(.gelu) { d, a, _, _, n in mapF(d, a, n) { v in throughDoubles(v) { x in gelu(x) } } }
}

private func addBinary32(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .f32)] = kernel }
  set(.add) { d, a, b, _, n in mapF(d, a, b, n) { $0 + $1 } }
  set(.sub) { d, a, b, _, n in mapF(d, a, b, n) { $0 - $1 } }
  set(.mul) { d, a, b, _, n in mapF(d, a, b, n) { $0 * $1 } }
  set(.div) { d, a, b, _, n in mapF(d, a, b, n) { $0 / $1 } }
  set(.max) { d, a, b, _, n in mapF(d, a, b, n) { maximum($0, $1) } }
  set(.min) { d, a, b, _, n in mapF(d, a, b, n) { minimum($0, $1) } }
  set(.pow) { d, a, b, _, n in mapF(d, a, b, n) { x, y in throughDoubles(x, y) { power($0, $1) } } }
  set(.floordiv) { d, a, b, _, n in mapF(d, a, b, n) { x, y in throughDoubles(x, y) { floorQuotient($0, $1) } } }
  set(.mod) { d, a, b, _, n in mapF(d, a, b, n) { x, y in throughDoubles(x, y) { floorRemainder($0, $1) } } }
  set(.eq) { d, a, b, _, n in testF(d, a, b, n) { $0 .== $1 } }
  set(.ne) { d, a, b, _, n in testF(d, a, b, n) { $0 .!= $1 } }
  set(.lt) { d, a, b, _, n in testF(d, a, b, n) { $0 .< $1 } }
  set(.le) { d, a, b, _, n in testF(d, a, b, n) { $0 .<= $1 } }
  set(.gt) { d, a, b, _, n in testF(d, a, b, n) { $0 .> $1 } }
  set(.ge) { d, a, b, _, n in testF(d, a, b, n) { $0 .>= $1 } }
}
