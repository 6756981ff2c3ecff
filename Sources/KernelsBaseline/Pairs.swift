// Two float operations in one pass over memory: a loop's multiply-adds and the like. Each operation rounds by itself, so
// the bits are those of two passes. The operations are constant wherever the loops are inlined.
import KernelTypes

@_transparent private func apply(_ op: PairFirst, _ x: F, _ y: F) -> F {
  switch op {
  case .add: return x + y
  case .sub: return x - y
  case .mul: return x * y
  case .div: return x / y
  case .sqrt: return squareRoot(x)
  }
}
@_transparent private func apply(_ op: PairFirst, _ x: D, _ y: D) -> D {
  switch op {
  case .add: return x + y
  case .sub: return x - y
  case .mul: return x * y
  case .div: return x / y
  case .sqrt: return squareRoot(x)
  }
}
@_transparent private func apply(_ op: PairSecond, _ x: F, _ y: F) -> F {
  switch op {
  case .add: return x + y
  case .sub: return x - y
  case .mul: return x * y
  case .div: return x / y
  case .subtractedFrom: return y - x
  case .dividing: return y / x
  }
}
@_transparent private func apply(_ op: PairSecond, _ x: D, _ y: D) -> D {
  switch op {
  case .add: return x + y
  case .sub: return x - y
  case .mul: return x * y
  case .div: return x / y
  case .subtractedFrom: return y - x
  case .dividing: return y / x
  }
}

@_transparent
private func pairF(_ first: PairFirst, _ second: PairSecond, _ d: M, _ a: P, _ b: P, _ c: P, _ n: Int) -> Int {
  let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 16)
  let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 16)
  let stepC = RepeatedOperand.step(n, RepeatedOperand.c, 16)
  let end = RepeatedOperand.lanes(n)
  var atA = 0
  var atB = 0
  var atC = 0
  var i = 0
  while i < end {
    store(d, i, apply(second, apply(first, loadF(a, atA), loadF(b, atB)), loadF(c, atC)))
    atA &+= stepA
    atB &+= stepB
    atC &+= stepC
    i &+= 16
  }
  return -1
}

@_transparent
private func pairD(_ first: PairFirst, _ second: PairSecond, _ d: M, _ a: P, _ b: P, _ c: P, _ n: Int) -> Int {
  let stepA = RepeatedOperand.step(n, RepeatedOperand.a, 8)
  let stepB = RepeatedOperand.step(n, RepeatedOperand.b, 8)
  let stepC = RepeatedOperand.step(n, RepeatedOperand.c, 8)
  let end = RepeatedOperand.lanes(n)
  var atA = 0
  var atB = 0
  var atC = 0
  var i = 0
  while i < end {
    store(d, i, apply(second, apply(first, loadD(a, atA), loadD(b, atB)), loadD(c, atC)))
    atA &+= stepA
    atB &+= stepB
    atC &+= stepC
    i &+= 8
  }
  return -1
}

func addPairs(_ table: inout KernelTable) {
  addPairs32(&table)
  addPairs64(&table)
}

private func addPairs32(_ table: inout KernelTable) {
  func set(_ first: PairFirst, _ second: PairSecond, _ kernel: @escaping ElementKernel) {
    table.pairs[KernelTable.index(first, second, .f32)] = kernel
  }
  set(.add, .add) { d, a, b, c, n in pairF(.add, .add, d, a, b, c, n) }
  set(.add, .sub) { d, a, b, c, n in pairF(.add, .sub, d, a, b, c, n) }
  set(.add, .mul) { d, a, b, c, n in pairF(.add, .mul, d, a, b, c, n) }
  set(.add, .div) { d, a, b, c, n in pairF(.add, .div, d, a, b, c, n) }
  set(.add, .subtractedFrom) { d, a, b, c, n in pairF(.add, .subtractedFrom, d, a, b, c, n) }
  set(.add, .dividing) { d, a, b, c, n in pairF(.add, .dividing, d, a, b, c, n) }
  set(.sub, .add) { d, a, b, c, n in pairF(.sub, .add, d, a, b, c, n) }
  set(.sub, .sub) { d, a, b, c, n in pairF(.sub, .sub, d, a, b, c, n) }
  set(.sub, .mul) { d, a, b, c, n in pairF(.sub, .mul, d, a, b, c, n) }
  set(.sub, .div) { d, a, b, c, n in pairF(.sub, .div, d, a, b, c, n) }
  set(.sub, .subtractedFrom) { d, a, b, c, n in pairF(.sub, .subtractedFrom, d, a, b, c, n) }
  set(.sub, .dividing) { d, a, b, c, n in pairF(.sub, .dividing, d, a, b, c, n) }
  set(.mul, .add) { d, a, b, c, n in pairF(.mul, .add, d, a, b, c, n) }
  set(.mul, .sub) { d, a, b, c, n in pairF(.mul, .sub, d, a, b, c, n) }
  set(.mul, .mul) { d, a, b, c, n in pairF(.mul, .mul, d, a, b, c, n) }
  set(.mul, .div) { d, a, b, c, n in pairF(.mul, .div, d, a, b, c, n) }
  set(.mul, .subtractedFrom) { d, a, b, c, n in pairF(.mul, .subtractedFrom, d, a, b, c, n) }
  set(.mul, .dividing) { d, a, b, c, n in pairF(.mul, .dividing, d, a, b, c, n) }
  set(.div, .add) { d, a, b, c, n in pairF(.div, .add, d, a, b, c, n) }
  set(.div, .sub) { d, a, b, c, n in pairF(.div, .sub, d, a, b, c, n) }
  set(.div, .mul) { d, a, b, c, n in pairF(.div, .mul, d, a, b, c, n) }
  set(.div, .div) { d, a, b, c, n in pairF(.div, .div, d, a, b, c, n) }
  set(.div, .subtractedFrom) { d, a, b, c, n in pairF(.div, .subtractedFrom, d, a, b, c, n) }
  set(.div, .dividing) { d, a, b, c, n in pairF(.div, .dividing, d, a, b, c, n) }
  set(.sqrt, .add) { d, a, b, c, n in pairF(.sqrt, .add, d, a, b, c, n) }
  set(.sqrt, .sub) { d, a, b, c, n in pairF(.sqrt, .sub, d, a, b, c, n) }
  set(.sqrt, .mul) { d, a, b, c, n in pairF(.sqrt, .mul, d, a, b, c, n) }
  set(.sqrt, .div) { d, a, b, c, n in pairF(.sqrt, .div, d, a, b, c, n) }
  set(.sqrt, .subtractedFrom) { d, a, b, c, n in pairF(.sqrt, .subtractedFrom, d, a, b, c, n) }
  set(.sqrt, .dividing) { d, a, b, c, n in pairF(.sqrt, .dividing, d, a, b, c, n) }
}

private func addPairs64(_ table: inout KernelTable) {
  func set(_ first: PairFirst, _ second: PairSecond, _ kernel: @escaping ElementKernel) {
    table.pairs[KernelTable.index(first, second, .f64)] = kernel
  }
  set(.add, .add) { d, a, b, c, n in pairD(.add, .add, d, a, b, c, n) }
  set(.add, .sub) { d, a, b, c, n in pairD(.add, .sub, d, a, b, c, n) }
  set(.add, .mul) { d, a, b, c, n in pairD(.add, .mul, d, a, b, c, n) }
  set(.add, .div) { d, a, b, c, n in pairD(.add, .div, d, a, b, c, n) }
  set(.add, .subtractedFrom) { d, a, b, c, n in pairD(.add, .subtractedFrom, d, a, b, c, n) }
  set(.add, .dividing) { d, a, b, c, n in pairD(.add, .dividing, d, a, b, c, n) }
  set(.sub, .add) { d, a, b, c, n in pairD(.sub, .add, d, a, b, c, n) }
  set(.sub, .sub) { d, a, b, c, n in pairD(.sub, .sub, d, a, b, c, n) }
  set(.sub, .mul) { d, a, b, c, n in pairD(.sub, .mul, d, a, b, c, n) }
  set(.sub, .div) { d, a, b, c, n in pairD(.sub, .div, d, a, b, c, n) }
  set(.sub, .subtractedFrom) { d, a, b, c, n in pairD(.sub, .subtractedFrom, d, a, b, c, n) }
  set(.sub, .dividing) { d, a, b, c, n in pairD(.sub, .dividing, d, a, b, c, n) }
  set(.mul, .add) { d, a, b, c, n in pairD(.mul, .add, d, a, b, c, n) }
  set(.mul, .sub) { d, a, b, c, n in pairD(.mul, .sub, d, a, b, c, n) }
  set(.mul, .mul) { d, a, b, c, n in pairD(.mul, .mul, d, a, b, c, n) }
  set(.mul, .div) { d, a, b, c, n in pairD(.mul, .div, d, a, b, c, n) }
  set(.mul, .subtractedFrom) { d, a, b, c, n in pairD(.mul, .subtractedFrom, d, a, b, c, n) }
  set(.mul, .dividing) { d, a, b, c, n in pairD(.mul, .dividing, d, a, b, c, n) }
  set(.div, .add) { d, a, b, c, n in pairD(.div, .add, d, a, b, c, n) }
  set(.div, .sub) { d, a, b, c, n in pairD(.div, .sub, d, a, b, c, n) }
  set(.div, .mul) { d, a, b, c, n in pairD(.div, .mul, d, a, b, c, n) }
  set(.div, .div) { d, a, b, c, n in pairD(.div, .div, d, a, b, c, n) }
  set(.div, .subtractedFrom) { d, a, b, c, n in pairD(.div, .subtractedFrom, d, a, b, c, n) }
  set(.div, .dividing) { d, a, b, c, n in pairD(.div, .dividing, d, a, b, c, n) }
  set(.sqrt, .add) { d, a, b, c, n in pairD(.sqrt, .add, d, a, b, c, n) }
  set(.sqrt, .sub) { d, a, b, c, n in pairD(.sqrt, .sub, d, a, b, c, n) }
  set(.sqrt, .mul) { d, a, b, c, n in pairD(.sqrt, .mul, d, a, b, c, n) }
  set(.sqrt, .div) { d, a, b, c, n in pairD(.sqrt, .div, d, a, b, c, n) }
  set(.sqrt, .subtractedFrom) { d, a, b, c, n in pairD(.sqrt, .subtractedFrom, d, a, b, c, n) }
  set(.sqrt, .dividing) { d, a, b, c, n in pairD(.sqrt, .dividing, d, a, b, c, n) }
}
