// Element operations on booleans: bytes 0 and 1.
import KernelTypes

func addElementsBool(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .bool)] = kernel }
  set(.copy) { d, a, _, _, n in mapB(d, a, a, n) { x, _ in x } }
  set(.not) { d, a, _, _, n in mapB(d, a, a, n) { x, _ in x ^ 1 } }
  set(.and) { d, a, b, _, n in mapB(d, a, b, n) { $0 & $1 } }
  set(.or) { d, a, b, _, n in mapB(d, a, b, n) { $0 | $1 } }
  // On bytes 0 and 1 comparisons are logic, too.
  set(.eq) { d, a, b, _, n in mapB(d, a, b, n) { $0 ^ $1 ^ 1 } }
  set(.ne) { d, a, b, _, n in mapB(d, a, b, n) { $0 ^ $1 } }
  set(.lt) { d, a, b, _, n in mapB(d, a, b, n) { ($0 ^ 1) & $1 } }
  set(.le) { d, a, b, _, n in mapB(d, a, b, n) { ($0 ^ 1) | $1 } }
  set(.gt) { d, a, b, _, n in mapB(d, a, b, n) { $0 & ($1 ^ 1) } }
  set(.ge) { d, a, b, _, n in mapB(d, a, b, n) { $0 | ($1 ^ 1) } }
  set(.select) { d, mask, a, b, n in
    var i = 0
    while i < n {
      let lanes = 0 &- loadB16(mask, i)
      store(d, i, (loadB16(a, i) & lanes) | (loadB16(b, i) & ~lanes))
      i &+= 16
    }
    return -1
  }
}
